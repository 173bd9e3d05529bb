"""Copies are complete or absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.exceptions import DataException
from parallelsdk.storage import transfer
from parallelsdk.storage.transfer import copy, replacing


def test_what_was_there_stays_until_the_new_is_complete(tmp_path: Path) -> None:
    goal = tmp_path / ("n" * 255)
    goal.write_text("old")
    with pytest.raises(RuntimeError), replacing(str(goal)) as partial:
        Path(partial).write_text("half")
        raise RuntimeError
    assert goal.read_text() == "old"
    assert len(os.listdir(tmp_path)) == 1
    with replacing(str(goal)) as partial:
        Path(partial).write_text("new")
        assert goal.read_text() == "old"
    assert goal.read_text() == "new"
    assert len(os.listdir(tmp_path)) == 1


def test_a_folder_is_copied_whole_with_names_that_look_like_patterns(tmp_path: Path) -> None:
    source = tmp_path / "in"
    for name in ("*", "[a]/x", os.fsdecode(b"\xff"), "new\nline"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(repr(name))
    (source / "loop").symlink_to(".")
    copy(str(source), str(tmp_path / "deep" / "out"))
    copied = {
        str(p.relative_to(tmp_path / "deep/out")): p for p in (tmp_path / "deep/out").rglob("*")
    }
    files = {name: path.read_text() for name, path in copied.items() if path.is_file()}
    assert files == {name: repr(name) for name in ("*", "[a]/x", os.fsdecode(b"\xff"), "new\nline")}


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text("a")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transfer, "_copy_file", full)
    with pytest.raises(OSError, match="No space left"):
        copy(str(tmp_path / "in"), str(tmp_path / "out"))
    assert os.listdir(tmp_path) == ["in"]
    with pytest.raises(DataException, match="There is nothing at"):
        copy(str(tmp_path / "nothing"), str(tmp_path / "out"))
