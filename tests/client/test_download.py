"""Downloads never harm what is there and never leave the folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from parallelsdk.client.download import Copy, copies_of, copy_all
from parallelsdk.exceptions import JobException, MlException


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


@pytest.mark.parametrize(
    "number", [errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS, errno.EACCES]
)
def test_where_hard_links_are_not_to_be_had_files_are_downloaded_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    source, target = _source(tmp_path), tmp_path / "target"

    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refused)
    copy_all(copies_of(str(source), "out"), str(target))
    assert (target / "out" / "a.txt").read_text() == "a"
    assert (target / "out" / "sub" / "b.txt").read_text() == "b"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "target"]


def test_without_hard_links_a_name_that_was_taken_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = _source(tmp_path) / "a.txt", tmp_path / "target"

    def taken(_: str, path: str) -> None:
        Path(path).write_text("somebody else's")
        raise OSError(errno.ENOTSUP, "no links here")

    monkeypatch.setattr(os, "link", taken)
    with pytest.raises(FileExistsError):
        copy_all(copies_of(str(source), "out"), str(target))
    assert (target / "out" / "a.txt").read_text() == "somebody else's"
    assert os.listdir(target / "out") == ["a.txt"]


def test_without_hard_links_a_disk_that_fails_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = _source(tmp_path) / "a.txt", tmp_path / "target"

    def refused(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "no")

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(OSError, match="no"):
        copy_all(copies_of(str(source), "out"), str(target))
    assert os.listdir(target / "out") == []


@pytest.mark.timeout(30)
def test_an_output_that_is_a_pipe_is_refused_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rows.txt")
    with pytest.raises(MlException, match=r"rows\.txt' is a FIFO, not a file"):
        copy_all(copies_of(str(tmp_path / "rows.txt"), "out"), str(tmp_path / "target"))
