"""Downloads never harm what is there and never leave the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.client.download import Copy, copies_of, copy_all
from parallelsdk.exceptions import JobException


def _source(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    (source / "sub" / "empty").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "sub" / "b.txt").write_text("b")
    return source


def test_a_folder_is_copied_with_its_empty_folders(tmp_path: Path) -> None:
    target = tmp_path / "target"
    copy_all(copies_of(str(_source(tmp_path)), "out"), str(target))
    assert (target / "out" / "a.txt").read_text() == "a"
    assert (target / "out" / "sub" / "b.txt").read_text() == "b"
    assert (target / "out" / "sub" / "empty").is_dir()


def test_a_file_keeps_its_name(tmp_path: Path) -> None:
    target = tmp_path / "target"
    copy_all(copies_of(str(_source(tmp_path) / "a.txt"), "out"), str(target))
    assert os.listdir(target / "out") == ["a.txt"]


def test_downloading_twice_is_no_conflict(tmp_path: Path) -> None:
    source, target = _source(tmp_path), tmp_path / "target"
    copy_all(copies_of(str(source), "out"), str(target))
    copy_all(copies_of(str(source), "out"), str(target))
    assert (target / "out" / "a.txt").read_text() == "a"


def test_a_file_with_other_content_is_kept_and_nothing_is_written(tmp_path: Path) -> None:
    source, target = _source(tmp_path), tmp_path / "target"
    (target / "out" / "sub").mkdir(parents=True)
    (target / "out" / "sub" / "b.txt").write_text("mine")
    with pytest.raises(JobException, match=r"b\.txt.*Nothing was written"):
        copy_all(copies_of(str(source), "out"), str(target))
    assert (target / "out" / "sub" / "b.txt").read_text() == "mine"
    assert not (target / "out" / "a.txt").exists()


@pytest.mark.parametrize("relative", ["../x.txt", "/x.txt", "out/../../x.txt"])
def test_nothing_leaves_the_folder_by_name(tmp_path: Path, relative: str) -> None:
    source = _source(tmp_path) / "a.txt"
    with pytest.raises(JobException, match="leads out of"):
        copy_all([Copy(str(source), relative)], str(tmp_path / "target"))
    assert not (tmp_path / "x.txt").exists()


def test_nothing_leaves_the_folder_through_a_link(tmp_path: Path) -> None:
    source, target, elsewhere = _source(tmp_path), tmp_path / "target", tmp_path / "elsewhere"
    target.mkdir()
    elsewhere.mkdir()
    (target / "out").symlink_to(elsewhere)
    with pytest.raises(JobException, match="leads out of"):
        copy_all(copies_of(str(source), "out"), str(target))
    assert list(elsewhere.iterdir()) == []


def test_a_link_to_a_folder_above_is_not_followed(tmp_path: Path) -> None:
    source = _source(tmp_path)
    (source / "sub" / "up").symlink_to(source)
    copied = {copy.relative for copy in copies_of(str(source), "out")}
    assert copied == {"out/a.txt", "out/sub/b.txt", "out/sub/empty"}


def test_a_name_that_is_no_utf8_is_copied(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    name = os.fsdecode(b"\xff\n$(x)")
    (source / name).write_text("a")
    copy_all(copies_of(str(source), "out"), str(target))
    assert os.listdir(target / "out") == [name]
