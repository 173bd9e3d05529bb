"""Files of a folder shown in another: with shared bytes where the file system can, else as copies.

Alone, because the two differ in what they cost and in nothing else: a shown file is the step's own
to change or to remove. Hard links would not do, for a file that is written in place is written
under all of its names.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from parallelsdk.exceptions import UnreadableFileError
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.opening import open_data

_FICLONE: Final = 0x40049409  # from linux/fs.h; others answer that they know no such request


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a folder: its name below it, its size, and the time of its last change there."""

    name: str
    size: int
    mtime_ns: int


def files_to_show(folder: str, *, hidden: frozenset[str] = frozenset()) -> Iterator[ShownFile]:
    """The regular files of a folder, but for those that are ``hidden``."""
    for path in iter_files(folder):
        name = os.path.relpath(path, folder)
        if name not in hidden and os.path.isfile(path):
            with contextlib.suppress(FileNotFoundError):
                found = os.stat(path)
                yield ShownFile(name, found.st_size, found.st_mtime_ns)


def can_share(folder: str, files: Iterable[ShownFile], probe: str) -> bool:
    """Whether files of ``folder`` can be shown where ``probe`` is without a copy of their bytes."""
    first = next((file for file in files if file.size), None)
    if first is None:
        return True
    try:
        return share(os.path.join(folder, first.name), probe)
    except (UnreadableFileError, OSError):
        return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(probe)


def show(folder: str, files: Iterable[ShownFile], target: str) -> list[ShownFile]:
    """Show the files in the new folder ``target``, with their modes; as they are there then.

    A file that went meanwhile, or that we may not read, is left out. Raises OSError.
    """
    os.makedirs(target)
    shown = []
    for file in files:
        source, goal = os.path.join(folder, file.name), os.path.join(target, file.name)
        os.makedirs(os.path.dirname(goal), exist_ok=True)
        with contextlib.suppress(UnreadableFileError):
            if not share(source, goal):
                with open_data(source) as old, open(goal, "wb") as new:
                    shutil.copyfileobj(old, new)
            shutil.copystat(source, goal)
            os.utime(goal, ns=(file.mtime_ns, file.mtime_ns))
            found = os.stat(goal)
            shown.append(ShownFile(file.name, found.st_size, found.st_mtime_ns))
    return shown


def share(source: str, goal: str) -> bool:
    """Make ``goal`` a file with the bytes of ``source``, shared until one of them changes.

    False where the file system cannot; an empty ``goal`` may be left then.
    """
    if sys.platform != "linux":
        return False
    with open_data(source) as old, open(goal, "wb") as new:
        try:
            fcntl.ioctl(new, _FICLONE, old.fileno())
        except OSError:
            return False
    return True
