"""A store of large files by their content: what many jobs have in common lies on the disk once.

A file of a job's code is a clone of the stored one where the file system can make clones, else
another name of it (a hard link), else a copy. What has two names must not be written in place: it
is read-only, and one that was written nevertheless is told by its time and not used again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import time
import uuid
from typing import Final

from parallelsdk.storage.sharing import share

LEAST_BYTES: Final = 64 * 1024  # below it a copy costs no more than a name
_TIME: Final = 299_792_458  # seconds, of every stored file: in 1979, which no write leaves
_PARTIAL: Final = ".partial-"  # begins the name of a file that is not whole yet
_MAKING: Final = 86_400  # seconds after which whoever made it was killed
_READ: Final = 0o444
_EXECUTE: Final = 0o111
_BLOCK: Final = 1 << 20


class FileStore:
    """The files below ``folder``, each under the hash of its content."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def bring(self, source: str, goal: str) -> bytes:
        """Make ``goal`` a file with the content of ``source``, and whether it can be executed; the
        SHA-256 of the content. Raises OSError.
        """
        executable = os.access(source, os.X_OK)
        with open(source, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        stored = self._path(digest, executable)
        if not _is_whole(stored):
            digest, stored = self._add(source, executable)
        with contextlib.suppress(OSError):  # pruned meanwhile, or no more names: then a copy
            _name(stored, goal)
            return digest
        shutil.copy(source, goal)
        with open(goal, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    def prune(self) -> int:
        """Remove what no job has a name of, clones being none; the bytes that are free then."""
        freed, now = 0, time.time()
        for folder, _, files in os.walk(self._folder):
            for name in files:
                path = os.path.join(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    found = os.stat(path)
                    in_the_making = name.startswith(_PARTIAL) and now < found.st_ctime + _MAKING
                    if found.st_nlink == 1 and not in_the_making:
                        os.unlink(path)
                        freed += found.st_size
        return freed

    def _add(self, source: str, executable: bool) -> tuple[bytes, str]:
        """Store a file as it is now; its hash, which may be another than before, and its place."""
        os.makedirs(self._folder, exist_ok=True)
        partial = os.path.join(self._folder, f"{_PARTIAL}{uuid.uuid4().hex}")
        try:
            total = hashlib.sha256()
            with open(source, "rb") as old, open(partial, "xb") as new:
                while block := old.read(_BLOCK):
                    total.update(block)
                    new.write(block)
            os.chmod(partial, _READ | (_EXECUTE if executable else 0))
            os.utime(partial, (_TIME, _TIME))
            stored = self._path(total.digest(), executable)
            os.makedirs(os.path.dirname(stored), exist_ok=True)
            os.replace(partial, stored)
            return total.digest(), stored
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)

    def _path(self, digest: bytes, executable: bool) -> str:
        name = digest.hex() + ("x" if executable else "")
        return os.path.join(self._folder, name[:2], name[2:])


def is_stored(found: os.stat_result) -> bool:
    """Whether a file has the time of a stored one: it was copied, and not written since."""
    return stat.S_ISREG(found.st_mode) and found.st_mtime_ns == _TIME * 10**9


def _is_whole(stored: str) -> bool:
    """Whether there is such a file, and nobody has written to it since it was stored."""
    try:
        return is_stored(os.stat(stored))
    except FileNotFoundError:
        return False


def _name(stored: str, goal: str) -> None:
    if share(stored, goal):
        os.chmod(goal, os.stat(stored).st_mode & 0o777 | 0o200)  # a clone is its owner's to change
        os.utime(goal, (_TIME, _TIME))
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(goal)
    os.link(stored, goal)
