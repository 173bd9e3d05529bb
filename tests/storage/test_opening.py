"""Only files are opened as data, and nobody waits for anything else."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from parallelsdk.exceptions import DataException, UnreadableFileError
from parallelsdk.storage.opening import open_data, open_regular
from parallelsdk.storage.reader import ByteReader, open_file, read_bytes

pytestmark = pytest.mark.timeout(30)

OPENERS: list[Callable[[str], object]] = [
    open_regular,
    open_data,
    read_bytes,
    open_file,
    ByteReader,
]


@pytest.mark.parametrize("opener", OPENERS)
def test_what_is_no_file_is_refused_by_its_name_and_at_once(
    tmp_path: Path, opener: Callable[[str], object]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(tmp_path)
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
        for name, words in {
            "pipe": "pipe' is a FIFO, not a file",
            "link": "link' is a FIFO, not a file",
            "socket": "socket' is a socket, not a file",
            "": "is a folder, not a file",
            "gone": "gone' cannot be read: it is a link to 'nowhere', and nothing is there",
            "loop": "loop' cannot be read: Too many levels of symbolic links",
            "none": "none' cannot be read: No such file or directory",
            "a\0b": "cannot be read: its name has a byte 0 in it",
        }.items():
            with pytest.raises(UnreadableFileError) as caught:
                opener(str(tmp_path / name))
            assert words in str(caught.value)
    with pytest.raises(DataException, match="/dev/zero' is a device, not a file"):
        opener("/dev/zero")


def test_a_file_that_becomes_a_pipe_while_it_is_opened_is_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.touch()
    real = os.open

    def late(name: str, *arguments: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(name, *arguments)

    monkeypatch.setattr(os, "open", late)
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(UnreadableFileError, match="is a FIFO, not a file"):
        open_regular(str(path))
    assert len(os.listdir("/dev/fd")) == before


def test_a_file_is_read_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"bytes")
    handle = open_regular(str(tmp_path / "file"))
    assert not fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_NONBLOCK
    assert fcntl.fcntl(handle, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
    os.close(handle)
    with open_data(str(tmp_path / "file")) as file:
        assert file.read() == b"bytes"
