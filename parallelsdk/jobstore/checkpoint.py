"""What a long event log has come to, kept beside it: a reader goes on from there.

It only saves time. One that does not fit the log, is damaged or is of another release is passed
over, and where it cannot be written, everything is read as ever.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
import zlib
from dataclasses import dataclass
from typing import Final

from parallelsdk._codec import decode, encode
from parallelsdk.jobstore.events import Position
from parallelsdk.jobstore.folding import RULES
from parallelsdk.jobstore.layout import PRIVATE_FILE, JobFolder
from parallelsdk.jobstore.places import Places
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.seal import seal, unseal

# So much of a log costs as much to read as a checkpoint does. A reader of what came after one has
# at most so much more to read.
WORTH_BYTES: Final = 8 * 1024
_SEARCHED_BYTES: Final = 64 * 1024  # looking for a text takes less than taking lines apart
_ABANDONED_SECONDS: Final = 3600  # writing one takes a moment


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A record, not yet settled, and how far the log was read for it."""

    position: Position
    record: JobRecord
    rules: str = RULES


def read_checkpoint(folder: JobFolder) -> Checkpoint | None:
    """The checkpoint of the job's log, if there is one that fits it."""
    found = _parse(folder, _text(folder))
    return found if found is not None and _fits(found, folder) else None


def keep_checkpoint(folder: JobFolder, position: Position, record: JobRecord) -> None:
    """Put a checkpoint in its place, whole. Of several readers that do the last one counts."""
    partial = folder.checkpoint.with_name(f"{folder.checkpoint.name}.{uuid.uuid4().hex}")
    stored = encode(Checkpoint(position, record), Places.around(folder.checkpoint).stored)
    # Who may read a workspace need not be able to write to it, and the disk may be full.
    with contextlib.suppress(OSError):
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with open(handle, "wb") as file:
                file.write(seal(json.dumps(stored, separators=(",", ":"))))
            os.replace(partial, folder.checkpoint)
            _sweep(folder)
        finally:
            partial.unlink(missing_ok=True)


def _sweep(folder: JobFolder) -> None:
    """Remove what readers that were killed have left half written."""
    for path in folder.path.glob(f"{folder.checkpoint.name}.*"):
        if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
            path.unlink(missing_ok=True)


def may_hold(folder: JobFolder, text: bytes) -> bool:
    """Whether ``text`` stands in the job's log, or in a checkpoint and what came after it.

    A cheap look at a job that is most likely not the one: True also where only reading will tell.
    OSError when there is no log.
    """
    if folder.events.stat().st_size <= _SEARCHED_BYTES:
        return text in folder.events.read_bytes()
    stored = _text(folder)
    found = _parse(folder, stored)
    if text in stored or found is None or not _fits(found, folder):
        return True
    with folder.events.open("rb") as file:
        file.seek(found.position.offset)
        return text in file.read()


def _text(folder: JobFolder) -> bytes:
    try:
        return folder.checkpoint.read_bytes()
    except OSError:
        return b""


def _parse(folder: JobFolder, text: bytes) -> Checkpoint | None:
    try:
        stored = json.loads(unseal(text))
        found = decode(Checkpoint, stored, Places.around(folder.checkpoint).found)
    except ValueError:
        return None
    return found if found.rules == RULES else None


def _fits(checkpoint: Checkpoint, folder: JobFolder) -> bool:
    """Whether the log still has the line that was the last one, in its place."""
    position = checkpoint.position
    try:
        with folder.events.open("rb") as file:
            file.seek(position.offset - position.length)
            line = file.read(position.length)
    except (OSError, ValueError, TypeError):
        return False
    return len(line) == position.length and zlib.crc32(line) == position.checksum
