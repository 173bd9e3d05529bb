"""Which files lie below a folder, in which order; links in circles end."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallelsdk.exceptions import DataException
from parallelsdk.storage.listing import UNFINISHED_MARK, iter_files, iter_matches

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


def test_what_cannot_be_read_is_listed_so_that_whoever_opens_it_hears_of_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "below").mkdir()
    os.mkfifo(tmp_path / "below" / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    names = ["below/pipe", "gone", "loop", "socket"]
    assert list(iter_files(str(tmp_path))) == [str(tmp_path / name) for name in names]
    assert list(iter_matches(str(tmp_path), ["**", "p*"])) == [str(tmp_path / "below" / "pipe")]


def test_a_folder_below_that_cannot_be_read_is_listed_like_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/x.csv", "closed/x.csv", "z.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):  # a superuser may read everything, so mode bits do not do
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    expected = [str(tmp_path / name) for name in ("a/x.csv", "closed", "z.csv")]
    assert list(iter_files(str(tmp_path))) == expected
    assert list(iter_matches(str(tmp_path), ["**", "*.csv"])) == expected


def test_files_that_are_being_written_are_not_listed_and_those_that_look_like_them_are(
    tmp_path: Path,
) -> None:
    (tmp_path / ".parallelsdk-0123456789abcdef").mkdir()
    (tmp_path / ".parallelsdk-0123456789abcdef" / "half").touch()
    (tmp_path / ".partial-0123456789abcdef").touch()
    expected = [".parallelsdk-0123456789abcdef/half", ".partial-0123456789abcdef"]
    assert list(iter_files(str(tmp_path))) == [str(tmp_path / name) for name in expected]
    (tmp_path / ".parallelsdk-0123456789abcdef" / UNFINISHED_MARK).touch()
    assert list(iter_files(str(tmp_path))) == [str(tmp_path / expected[1])]


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


def test_a_folder_that_is_gone_before_it_is_entered_is_no_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    files = iter_files(str(tmp_path))
    assert next(files) == str(tmp_path / "a" / "file")
    (tmp_path / "b" / "file").unlink()
    (tmp_path / "b").rmdir()
    assert list(files) == []
