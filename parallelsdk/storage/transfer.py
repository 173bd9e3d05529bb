"""Copies that are complete or absent: a reader never sees half of one.

Alone, because staging, delivery and snapshots make the same promise: write elsewhere on the same
file system, fsync, rename. Not fsspec's copying, which takes ``*`` and ``[`` in the names of files
for patterns.
"""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from parallelsdk.exceptions import DataException, ErrorTarget, UnreadableFileError
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.opening import kind_of, open_data
from parallelsdk.storage.state import FileState, state_from, state_of

StandIn = Callable[[str, str], bool]  # source, goal -> whether it has put something there
Seen = Callable[[str, FileState], None]  # hears of each source, as it was when it was copied

_TRIES: Final = 3  # of a copy whose source changes under it


@contextmanager
def replacing(goal: str, *, durable: bool = True, unfinished: str | None = None) -> Iterator[str]:
    """A path to write a file or folder at; it takes the place of ``goal`` at the end.

    That path is ``unfinished``, on the same file system, and what lies there is removed first; if
    it is not given, a new name beside the goal. When the block raises, what was written is removed
    and the goal stays as it was. A folder cannot replace another folder: OSError. Neither file nor
    folder replaces a FIFO, a device or a socket: DataException. What need not survive a power cut
    is faster not ``durable``.
    """
    goal = os.path.abspath(goal)
    _refuse_special(goal)
    parent = os.path.dirname(goal)
    os.makedirs(parent, exist_ok=True)
    # Names may be 255 bytes long already, so the partial's name is not made from the goal's.
    partial = unfinished or os.path.join(parent, f".partial-{uuid.uuid4().hex}")
    if unfinished is not None:
        os.makedirs(os.path.dirname(unfinished), exist_ok=True)
        remove(unfinished)
    try:
        yield partial
        if durable:
            sync(partial)
        _refuse_special(goal)  # once more: it may have come meanwhile
        os.replace(partial, goal)
        if durable:
            sync(parent)
    finally:
        remove(partial)


def copy(
    source: str,
    goal: str,
    *,
    unfinished: str | None = None,
    stand_in: StandIn | None = None,
    seen: Seen | None = None,
) -> None:
    """Copy a file, or a folder with all below it but workspaces, to ``goal``; complete or absent.

    Links are copied as what they point to. What is written lies at ``unfinished`` until it is
    whole, as ``replacing`` has it. ``stand_in`` may put something in the place of a file below a
    folder that cannot be read. Raises DataException when there is nothing at ``source``, when it
    cannot be read, or when it does not stand still; OSError when ``goal`` cannot be written, or is
    a folder that a folder would replace.
    """
    if not os.path.exists(source):
        raise DataException(f"There is nothing at {source!r} to copy.", target=ErrorTarget.DATA)
    with replacing(goal, unfinished=unfinished) as partial:
        if not os.path.isdir(source):
            _copy_still(source, partial, seen)
            return
        os.makedirs(partial)
        for path in iter_files(source):
            target = os.path.join(partial, os.path.relpath(path, source))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            _copy_below(path, target, stand_in, seen)


def sync(path: str) -> None:
    """Make a file's bytes, or a folder's entries, survive a power cut. A link has none."""
    if os.path.islink(path):
        return
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


def link_to(source: str, goal: str) -> bool:
    """A link to the original in the place of its copy: who opens it hears what is wrong."""
    os.symlink(os.path.abspath(source), goal)
    return True


def _copy_below(source: str, target: str, stand_in: StandIn | None, seen: Seen | None) -> None:
    """Copy a file that a folder holds, or what stands for it."""
    try:
        _copy_still(source, target, seen)
        sync(target)
    except UnreadableFileError:
        if stand_in is None or not stand_in(source, target):
            raise
        if seen is not None:
            seen(source, state_of(source))


def _copy_still(source: str, target: str, seen: Seen | None) -> None:
    """Copy a file of which all bytes are of one moment. Raises DataException."""
    for _ in range(_TRIES):
        state = _copy_file(source, target)
        if state is not None:
            break
    else:
        raise DataException(
            f"{source!r} changes while it is copied. Try again when nobody writes to it.",
            target=ErrorTarget.DATA,
        )
    if seen is not None:
        seen(source, state)


def _copy_file(source: str, target: str) -> FileState | None:
    """Copy the bytes of a file; a file system that can share them until one changes does so.

    The state that all of them are of; None when they changed meanwhile.
    """
    with open_data(source) as old, open(target, "wb") as new:
        before = state_from(os.fstat(old.fileno()))
        left = before.size
        try:
            while left and (done := os.copy_file_range(old.fileno(), new.fileno(), left)):
                left -= done
        except (OSError, AttributeError):  # not between these file systems, or not on this machine
            pass
        shutil.copyfileobj(old, new)  # whatever is left, such as what came meanwhile
        return before if state_from(os.fstat(old.fileno())) == before else None


def _refuse_special(goal: str) -> None:
    """Raises DataException when a FIFO, a device or a socket is at ``goal``, or behind a link."""
    try:
        mode = os.stat(goal).st_mode
    except OSError:  # nothing, or a link that leads nowhere, which may be replaced
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise DataException(
            f"{goal!r} is {kind_of(mode)}, and nothing is written in its place. Choose another "
            "path, or remove it.",
            target=ErrorTarget.DATA,
        )
