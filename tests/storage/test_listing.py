"""Which files lie below a folder, in which order; links in circles end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallelsdk.exceptions import DataException
from parallelsdk.storage.listing import iter_files, iter_matches

NAME = st.text(alphabet="ab.-*[\udcff\n", min_size=1, max_size=3).filter(
    lambda name: name not in (".", "..")
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.lists(st.lists(NAME, min_size=1, max_size=3).map("/".join), max_size=6))
def test_files_come_once_sorted_component_by_component(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    root = tmp_path_factory.mktemp("root")
    made = set()
    for name in names:
        path = root / name
        if not path.exists() and not any(parent.is_file() for parent in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            made.add(name)
    found = [os.path.relpath(path, root) for path in iter_files(str(root))]
    expected = sorted(made, key=lambda name: os.fsencode(name).split(b"/"))
    assert found == expected
    assert found == [os.path.relpath(p, root) for p in iter_matches(str(root), ["**", "*"])]


def test_links_in_circles_end_and_links_elsewhere_are_followed(tmp_path: Path) -> None:
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "x").touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "y").touch()
    (tmp_path / "in" / "a" / "up").symlink_to("..")
    (tmp_path / "in" / "self").symlink_to(".")
    (tmp_path / "in" / "train").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "test").symlink_to(tmp_path / "out")
    (tmp_path / "out" / "back").symlink_to(tmp_path / "in")
    found = [os.path.relpath(path, tmp_path / "in") for path in iter_files(str(tmp_path / "in"))]
    assert found == ["a/x", "test/y", "train/y"]


def test_dangling_links_are_listed_and_pipes_are_not(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    assert list(iter_files(str(tmp_path))) == [str(tmp_path / "gone")]


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataException, match="nowhere' cannot be read: No such file"):
        list(iter_files(str(tmp_path / "nowhere")))


def test_a_deep_tree_is_no_recursion(tmp_path: Path) -> None:
    path, folders = str(tmp_path), []
    for _ in range(1500):
        path += "/d"
        os.mkdir(path)
        folders.append(path)
    Path(path, "f").touch()
    try:
        assert list(iter_files(str(tmp_path))) == [f"{path}/f"]
    finally:  # pytest's own clean-up recurses
        os.remove(f"{path}/f")
        for folder in reversed(folders):
            os.rmdir(folder)
