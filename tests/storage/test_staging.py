"""How data reach a step in each mode, and how results leave."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import fsspec
import pytest

from parallelsdk.exceptions import DataException, MissingExtraException
from parallelsdk.storage import transfer
from parallelsdk.storage.delivery import deliver_output
from parallelsdk.storage.staging import stage_input


@pytest.mark.parametrize("mode", [None, "ro_mount", "eval_mount", "direct"])
def test_local_data_are_handed_through(tmp_path: Path, mode: str | None) -> None:
    (tmp_path / "data").mkdir()
    found = stage_input(f"file://{tmp_path}/data", mode=mode, folder=str(tmp_path / "stage"))
    assert found == str(tmp_path / "data")
    assert not (tmp_path / "stage").exists()


@pytest.mark.parametrize("mode", ["download", "eval_download"])
def test_a_download_is_a_private_copy_made_anew(tmp_path: Path, mode: str) -> None:
    (tmp_path / "model.bin").write_text("weights")
    for _ in range(2):
        found = stage_input(str(tmp_path / "model.bin"), mode=mode, folder=str(tmp_path / "stage"))
        assert found == str(tmp_path / "stage" / "model.bin")
        assert Path(found).read_text() == "weights"
        Path(found).write_text("spoilt")
    assert (tmp_path / "model.bin").read_text() == "weights"


def test_missing_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataException, match=r"There is nothing at '.*/gone'"):
        stage_input(str(tmp_path / "gone"), mode=None, folder=str(tmp_path))
    with pytest.raises(DataException, match="There is nothing at 'memory://gone'"):
        stage_input("memory://gone", mode=None, folder=str(tmp_path))


def test_remote_data_are_fetched_and_results_delivered(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/staging-test/a/b.txt", b"remote")
    try:
        found = stage_input("memory://staging-test/a", mode="ro_mount", folder=str(tmp_path))
        assert found == str(tmp_path / "a")
        assert (tmp_path / "a" / "b.txt").read_text() == "remote"
        deliver_output(str(tmp_path / "a" / "b.txt"), "memory://staging-test/out.txt")
        assert store.cat("/staging-test/out.txt") == b"remote"
    finally:
        store.rm("/staging-test", recursive=True)


def test_a_store_whose_package_is_missing_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", missing)
    with pytest.raises(MissingExtraException, match="extra 's3'"):
        stage_input("s3://bucket/key", mode="download", folder=str(tmp_path))
    with pytest.raises(DataException, match="cannot be opened"):
        monkeypatch.undo()
        stage_input("nonsense://bucket/key", mode="download", folder=str(tmp_path))


def test_a_result_is_delivered_to_a_new_place(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "rows.txt").write_text("1\n")
    deliver_output(str(tmp_path / "out"), str(tmp_path / "a" / "b"))
    deliver_output(str(tmp_path / "out" / "rows.txt"), str(tmp_path / "c" / "rows.txt"))
    assert (tmp_path / "a" / "b" / "rows.txt").read_text() == "1\n"
    assert (tmp_path / "c" / "rows.txt").read_text() == "1\n"
    assert sorted(os.listdir(tmp_path)) == ["a", "c", "out"]


def test_an_upload_that_breaks_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/upload-test/kept.txt", b"old")
    for name in ("a", "b", "c"):
        (tmp_path / "out" / name).mkdir(parents=True)
        (tmp_path / "out" / name / "f.txt").write_text(name)
    copy, copied = type(store).cp_file, []

    def break_at_the_second(self: object, source: str, goal: str, **options: object) -> None:
        copied.append(goal)
        if len(copied) > 1:
            raise PermissionError("no more")
        copy(self, source, goal, **options)

    try:
        with (
            monkeypatch.context() as patch,
            pytest.raises(DataException, match="cannot be written"),
        ):
            patch.setattr(type(store), "cp_file", break_at_the_second)
            deliver_output(str(tmp_path / "out"), "memory://upload-test")
        assert store.find("/") == ["/upload-test/kept.txt"]
        deliver_output(str(tmp_path / "out"), "memory://upload-test")
        assert len(store.find("/")) == 4
    finally:
        store.rm("/upload-test", recursive=True)


@pytest.mark.timeout(60)
def test_a_private_copy_stands_for_what_cannot_be_read_by_a_link_to_the_original(
    tmp_path: Path,
) -> None:
    source = tmp_path / "data"
    source.mkdir()
    (source / "a").write_text("a")
    (source / "gone").symlink_to("nowhere")
    os.mkfifo(source / "pipe")
    copy = Path(stage_input(str(source), mode="download", folder=str(tmp_path / "stage")))
    assert (copy / "a").read_text() == "a" and not (copy / "a").is_symlink()
    assert os.readlink(copy / "gone") == str(source / "gone")
    assert os.readlink(copy / "pipe") == str(source / "pipe")


@pytest.mark.timeout(60)
def test_a_private_copy_of_a_pipe_is_refused_in_bounded_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataException, match="pipe' is a FIFO, not a file"):
        stage_input(str(tmp_path / "pipe"), mode="download", folder=str(tmp_path / "stage"))


@pytest.mark.parametrize("times", [1, 99])
def test_a_private_copy_is_of_one_moment_or_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """The first file changes each time that the last one has been copied, so many times."""
    source = tmp_path / "data"
    source.mkdir()
    for name in "ab":
        (source / name).write_text("0")
    real, changes = transfer._copy_file, []

    def copy_file(path: str, target: str) -> object:
        state = real(path, target)
        if path.endswith("b") and len(changes) < times:
            changes.append(path)
            (source / "a").write_text("1" * (len(changes) + 1))
        return state

    monkeypatch.setattr(transfer, "_copy_file", copy_file)
    folder = str(tmp_path / "stage")
    if times > 3:
        with pytest.raises(DataException, match="data' changes while it is copied"):
            stage_input(str(source), mode="download", folder=folder)
    else:
        copy = Path(stage_input(str(source), mode="download", folder=folder))
        assert (copy / "a").read_text() == "11"


def test_a_file_that_does_not_stand_still_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("0")
    real = shutil.copyfileobj

    def copy_and_change(old: Any, new: Any) -> None:
        real(old, new)
        path.write_text(path.read_text() + "0")

    monkeypatch.setattr(transfer.shutil, "copyfileobj", copy_and_change)
    with pytest.raises(DataException, match="file' changes while it is copied"):
        stage_input(str(path), mode="download", folder=str(tmp_path / "stage"))
