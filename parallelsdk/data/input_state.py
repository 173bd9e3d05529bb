"""Whether the files of a mini-batch are what they were when the input was split.

Alone, because the same question is asked in workers, before and after ``run()``, and in the driver,
on a resume and at the end; whoever asks pays a look at the file and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable

# Taken by name: user code may put something else into the module's place.
from os import stat
from typing import NoReturn

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.opening import open_regular
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.state import UNKNOWN, FileState, state_of
from parallelsdk.storage.uri import is_local

StateOf = Callable[[bytes], FileState]


def is_of_this_machine(path: bytes) -> bool:
    """Whether a source of a plan is an absolute path, and no URL."""
    return path.startswith(b"/")


def is_same(path: bytes, size: int, mtime_ns: int, inode: int) -> bool:
    """Whether a file of this machine is in this state; one of a store is not looked at.

    Said here once more, besides ``state_of``, because each mini-batch pays for it twice.
    """
    if not path.startswith(b"/"):
        return True
    try:
        found = stat(path)
    except OSError:
        return False
    return (
        found.st_mtime_ns == mtime_ns
        and found.st_size == size
        and (found.st_ino == inode or found.st_ino == inode + 2**64)
    )


def refuse_unreadable(path: bytes) -> NoReturn:
    """Raises DataException for a file that was none, or could not be read, when it was planned."""
    os.close(open_regular(path))
    raise DataException(
        f"{without_secrets(os.fsdecode(path))!r} could not be read when the job began. Now it can: "
        "resume the job, or submit it anew.",
        target=ErrorTarget.DATA,
    )


class Original:
    """Where the state of an input file is looked up: at the file, or at what it is a copy of."""

    def __init__(
        self, delivered: str = "", source: str = "", stored: StateOf = lambda _: UNKNOWN
    ) -> None:
        """``delivered`` is where the step finds its input, ``source`` where that came from.

        ``stored`` knows the files of a store.
        """
        delivered = delivered.rstrip("/")  # of a URL as its author wrote it
        self.source = source
        self._copies = os.fsencode(delivered), os.fsencode(source)
        self._is_copy = bool(delivered) and delivered != source
        self._stored = stored

    @property
    def copies(self) -> str:
        """The folder, or file, whose files are copies; empty when none is."""
        return os.fsdecode(self._copies[0]) if self._is_copy else ""

    def place(self, path: bytes) -> bytes:
        """The path or URL of a file, or of what it is a copy of."""
        if self._is_copy and path.startswith(self._copies[0]):
            return self._copies[1] + path[len(self._copies[0]) :]
        return path

    def lookup(self) -> StateOf:
        """The same as a call, made quick for the files of a folder of this machine."""
        return self if self._is_copy or not is_local(self.source) else _state_of_local

    def __call__(self, path: bytes) -> FileState:
        """The state of the file, or of its original, as it is now."""
        path = self.place(path)
        return state_of(path) if is_of_this_machine(path) else self._stored(path)


def _state_of_local(path: bytes) -> FileState:
    return state_of(path) if path.startswith(b"/") else UNKNOWN
