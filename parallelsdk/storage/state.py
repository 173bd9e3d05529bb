"""What tells that a file is still the same: its size, the time of its last change, its inode.

Alone, because plans keep it, and workers, resumes and copies compare it: always for equality and
never with a clock, which may run wrong, while a file may bear any time.
"""

from __future__ import annotations

import hashlib
import os
from stat import S_ISREG
from typing import Final, NamedTuple

from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.opening import kind_of
from parallelsdk.storage.remote import without_secrets

_INODE_LIMIT: Final = 2**63  # inodes have 64 bits without a sign; plans keep them with one


class FileState(NamedTuple):
    """``size`` in bytes; below 0 it says why there is no state, and the rest is 0.

    Of a file in a store, ``mtime_ns`` and ``inode`` are what ``remote_state`` makes of its version.
    """

    size: int
    mtime_ns: int
    inode: int

    @property
    def is_known(self) -> bool:
        """Whether it is the state of a file that was there."""
        return self.size >= 0


UNKNOWN: Final = FileState(-1, 0, 0)  # nobody has asked, or a store does not say
UNREADABLE: Final = FileState(-2, 0, 0)  # there was no file, or none that could be read


def state_of(path: str | bytes) -> FileState:
    """The state of a file of this machine as it is now; UNREADABLE where there is no file."""
    try:
        return state_from(os.stat(path))
    except (OSError, ValueError):
        return UNREADABLE


def state_from(found: os.stat_result) -> FileState:
    """The state that the operating system has told; UNREADABLE for what is no file."""
    if not S_ISREG(found.st_mode):
        return UNREADABLE
    inode = found.st_ino
    return FileState(
        found.st_size, found.st_mtime_ns, inode if inode < _INODE_LIMIT else inode - 2**64
    )


def change(path: str, before: FileState) -> str | None:
    """How the file at ``path`` differs from what it was, as a sentence; None when it does not."""
    now = state_of(path)
    return None if now == before else told_change(path, before, now)


def told_change(path: str, before: FileState, now: FileState) -> str:
    """The sentence on a file that was in one state and is in another."""
    name = repr(without_secrets(path))
    if not before.is_known:
        return f"{name} could not be read when the job began, and has changed since."
    if not now.is_known:
        what = _absence(path)
    elif before.size != now.size:
        what = f"size {before.size} then, {now.size} now"
    else:
        what = "it was replaced" if before.inode != now.inode else "it was written to"
    return f"{name} has changed since the job began: {what}."


def tree_state(path: str) -> str:
    """One text for the states of a file, or of all files below a folder, and their names."""
    digest = TreeState(path)
    for file in iter_files(path) if os.path.isdir(path) else (path,):
        digest.add(file, state_of(file))
    return digest.text


class TreeState:
    """The same, of files that are looked at one after another, in the order of their listing."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._digest = hashlib.sha256()

    def add(self, path: str, state: FileState) -> None:
        """One more file below the root."""
        name = os.fsencode(path.removeprefix(self._root))
        self._digest.update(b"%b\0%d %d %d\n" % (name, *state))

    @property
    def text(self) -> str:
        """What all files so far come to."""
        return self._digest.hexdigest()


def _absence(path: str) -> str:
    """Why there is no file any more."""
    try:
        return f"it is {kind_of(os.stat(path).st_mode)} now"
    except OSError as error:
        return "it is gone" if isinstance(error, FileNotFoundError) else str(error.strerror)
