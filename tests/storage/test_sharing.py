"""Shown files are the step's own, whether their bytes are shared or copied."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.storage import sharing


def test_shared_bytes_are_the_steps_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file system with shared bytes answers; here the bytes are copied in its place."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("x")
    (tmp_path / "a" / "x").chmod(0o640)
    os.utime(tmp_path / "a" / "x", ns=(5, 7))
    asked: list[Any] = []

    def ioctl(new: Any, request: int, old: int) -> None:
        asked.append(request)
        new.write(os.pread(old, 100, 0))

    monkeypatch.setattr("parallelsdk.storage.sharing.fcntl.ioctl", ioctl)
    files = list(sharing.files_to_show(str(tmp_path / "a")))
    assert sharing.can_share(str(tmp_path / "a"), files, str(tmp_path / "probe"))
    shown = sharing.show(str(tmp_path / "a"), files, str(tmp_path / "b"))
    assert asked == [0x40049409] * 2
    assert (tmp_path / "b" / "x").read_text() == "x"
    status = (tmp_path / "b" / "x").stat()
    assert status.st_mode & 0o777 == 0o640
    assert [(file.name, file.size, file.mtime_ns) for file in shown] == [("x", 1, 7)]
    (tmp_path / "b" / "x").write_text("other")
    assert (tmp_path / "a" / "x").read_text() == "x"
    assert not (tmp_path / "probe").exists()
