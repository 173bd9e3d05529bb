"""Segments: the committed results of one worker life, as framed, checksummed records.

The frame is the commit. A frame that is not whole does not count; the payload of a whole one is the
bytes as they will stand in the output. Nothing else in the house says which mini-batches are done,
so nothing can disagree with the output.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic  # by name, because user code may patch the module

MAGIC = 0x31425350  # "PSB1"
# magic, header length, mini-batch, attempt, items in, items returned, heading, payload length
_HEADER = struct.Struct("<IHQHIIHQ")
_CHECK = struct.Struct("<I")
HEADER_LENGTH = _HEADER.size + _CHECK.size
# A commit is on the disk after this long at the latest, unless the lease ends before.
SYNC_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Frame:
    """Where one committed mini-batch lies, and its counts."""

    mini_batch: int
    attempt: int
    items: int
    returned: int
    start: int  # of the payload in the file
    length: int
    heading: int  # so many of the payload's first bytes are column names, wanted once in the output


class SegmentWriter:
    """Appends frames to one segment file. Only the worker's main thread may use it."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._unsynced = False
        self._synced_at = monotonic()

    def commit(
        self,
        mini_batch: int,
        *,
        attempt: int,
        items: int,
        returned: int,
        payload: bytes,
        heading: int = 0,
    ) -> None:
        """Append one frame, whose payload begins with ``heading`` bytes of column names.

        Raises OSError when the disk is full; then nothing was committed.
        """
        header = _HEADER.pack(
            MAGIC, HEADER_LENGTH, mini_batch, attempt, items, returned, heading, len(payload)
        )
        check = _CHECK.pack(zlib.crc32(payload, zlib.crc32(header)))
        self._write(b"".join((header, check, payload)))
        self._unsynced = True
        if monotonic() - self._synced_at > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Wait until every commit is on the disk."""
        if self._unsynced:
            os.fsync(self._fd)
            self._unsynced = False
        self._synced_at = monotonic()

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        os.close(self._fd)

    def _write(self, data: bytes) -> None:
        start = os.lseek(self._fd, 0, os.SEEK_END)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            os.ftruncate(self._fd, start)  # half a frame would hide the frames after it
            raise


class Segment:
    """A segment file, memory-mapped for reading."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            # An empty file cannot be mapped.
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else None
        self._view = memoryview(self._map) if self._map is not None else memoryview(b"")

    def frames(self) -> Iterator[Frame]:
        """The whole frames, in the order of their commits; a torn tail ends them."""
        view, position = self._view, 0
        while position + HEADER_LENGTH <= len(view):
            fields = _HEADER.unpack_from(view, position)
            magic, length, mini_batch, attempt, items, returned, heading, size = fields
            start = position + HEADER_LENGTH
            if magic != MAGIC or length != HEADER_LENGTH or start + size > len(view):
                return
            header = view[position : position + _HEADER.size]
            check = zlib.crc32(view[start : start + size], zlib.crc32(header))
            if _CHECK.unpack_from(view, position + _HEADER.size)[0] != check:
                return
            yield Frame(mini_batch, attempt, items, returned, start, size, heading)
            position = start + size

    def frame_at(self, start: int) -> Frame:
        """The frame whose payload starts there, as ``frames`` gave it."""
        fields = _HEADER.unpack_from(self._view, start - HEADER_LENGTH)
        _, _, mini_batch, attempt, items, returned, heading, size = fields
        return Frame(mini_batch, attempt, items, returned, start, size, heading)

    def payload(self, frame: Frame) -> memoryview:
        """The committed bytes of one of this segment's frames; valid until ``close``."""
        return self._view[frame.start : frame.start + frame.length]

    def record(self, frame: Frame) -> memoryview:
        """The whole frame, header and payload; valid until ``close``."""
        return self._view[frame.start - HEADER_LENGTH : frame.start + frame.length]

    def close(self) -> None:
        """Give the memory back; no payload may be in use any more."""
        self._view.release()
        if self._map is not None:
            self._map.close()

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
