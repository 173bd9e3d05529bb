"""Copies that are complete or absent: a reader never sees half of one.

Alone, because staging, delivery and snapshots make the same promise: write beside the goal, fsync,
rename. Not fsspec's copying, which takes ``*`` and ``[`` in the names of files for patterns.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.listing import iter_files


@contextmanager
def replacing(goal: str, *, durable: bool = True) -> Iterator[str]:
    """A path beside ``goal`` to write a file or folder at; it takes the goal's place at the end.

    When the block raises, what was written is removed and the goal stays as it was. A folder cannot
    replace another folder: OSError. What need not survive a power cut is faster not ``durable``.
    """
    goal = os.path.abspath(goal)
    parent = os.path.dirname(goal)
    os.makedirs(parent, exist_ok=True)
    # Names may be 255 bytes long already, so the partial's name is not made from the goal's.
    partial = os.path.join(parent, f".partial-{uuid.uuid4().hex}")
    try:
        yield partial
        if durable:
            sync(partial)
        os.replace(partial, goal)
        if durable:
            sync(parent)
    finally:
        remove(partial)


def copy(source: str, goal: str) -> None:
    """Copy a file, or a folder with all below it but workspaces, to ``goal``; complete or absent.

    Into a folder that exists, file by file: what else lies there stays. Links are copied as what
    they point to. Raises DataException when there is nothing at ``source``.
    """
    if os.path.isdir(source):
        if os.path.isdir(goal):
            _copy_into(source, goal)
        else:
            with replacing(goal) as partial:
                _copy_new(source, partial)
    elif os.path.exists(source):
        with replacing(goal) as partial:
            _copy_file(source, partial)
    else:
        raise DataException(f"There is nothing at {source!r} to copy.", target=ErrorTarget.DATA)


def sync(path: str) -> None:
    """Make a file's bytes, or a folder's entries, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: str) -> None:
    """Remove a file or a folder with all below it, if it is there."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.remove(path)


def _copy_new(source: str, folder: str) -> None:
    os.makedirs(folder)
    for path in iter_files(source):
        target = os.path.join(folder, os.path.relpath(path, source))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _copy_file(path, target)
        sync(target)


def _copy_into(source: str, folder: str) -> None:
    for path in iter_files(source):
        with replacing(os.path.join(folder, os.path.relpath(path, source))) as partial:
            _copy_file(path, partial)


def _copy_file(source: str, target: str) -> None:
    """Copy the bytes of a file; a file system that can share them until one changes does so."""
    with open(source, "rb") as old, open(target, "wb") as new:
        left = os.fstat(old.fileno()).st_size
        try:
            while left and (done := os.copy_file_range(old.fileno(), new.fileno(), left)):
                left -= done
        except (OSError, AttributeError):  # not between these file systems, or not on this machine
            pass
        shutil.copyfileobj(old, new)  # whatever is left, such as what came meanwhile
