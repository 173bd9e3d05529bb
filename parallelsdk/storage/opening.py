"""Data are regular files: opened without ever waiting, and anything else is refused by its name.

Alone, because opening a FIFO waits for a writer that may never come, and reading a device may never
end: every place that opens data of a user does it here.
"""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from parallelsdk.exceptions import ErrorTarget, UnreadableFileError


def open_regular(path: str | bytes) -> int:
    """A descriptor to read the file at ``path`` with. Raises UnreadableFileError, without waiting.

    Links are followed. A FIFO is not even touched: whoever writes to it would notice.
    """
    try:
        _refuse_others(path, os.stat(path))
        # It may have become something else meanwhile, and opening that must not wait either.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:  # the second: a name with a byte 0 in it
        raise unreadable(path, error) from error
    try:
        _refuse_others(path, os.fstat(handle))
        os.set_blocking(handle, True)
    except BaseException:
        os.close(handle)
        raise
    return handle


def open_data(path: str | bytes) -> BinaryIO:
    """The file at ``path`` as a Python file to read bytes from. Raises UnreadableFileError."""
    return os.fdopen(open_regular(path), "rb")


def unreadable(path: str | bytes, error: OSError | ValueError) -> UnreadableFileError:
    """The error for a file that the operating system does not let us read."""
    reason = getattr(error, "strerror", "") or str(error)
    if isinstance(error, ValueError):  # each release of Python says it in other words
        reason = "its name has a byte 0 in it"
    if isinstance(error, FileNotFoundError) and os.path.islink(path):
        reason = f"it is a link to {os.readlink(os.fsdecode(path))!r}, and nothing is there"
    return UnreadableFileError(
        f"{os.fsdecode(path)!r} cannot be read: {reason}.", target=ErrorTarget.DATA
    )


def is_special(path: str) -> bool:
    """Whether there is a FIFO, a socket or a device at ``path``: nothing that can be copied."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def kind_of(mode: int) -> str:
    """What a file of this ``st_mode`` is, in words: ``a file``, ``a FIFO``, ``a folder`` ..."""
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFLNK: "a link",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "no file")


def _refuse_others(path: str | bytes, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    what = f"{kind_of(status.st_mode)}, not a file"
    if stat.S_ISDIR(status.st_mode):
        try:
            os.listdir(path)
        except OSError as error:  # listed like a file, because what is in it cannot be told
            what = f"a folder that cannot be read: {error.strerror}"
    raise UnreadableFileError(f"{os.fsdecode(path)!r} is {what}.", target=ErrorTarget.DATA)
