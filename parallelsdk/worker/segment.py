"""Segments: the committed results of one worker life, as framed, checksummed records.

The frame is the commit. A frame that is not whole does not count; the payload of a whole one is the
bytes as they will stand in the output. Nothing else in the house says which mini-batches are done,
so nothing can disagree with the output.
"""

from __future__ import annotations

import errno
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic  # by name, because user code may patch the module

# magic, header length, mini-batch, attempt, items in, items returned, heading, payload length
_HEADER = struct.Struct("<IHQIQQQQ")
_MAGIC = 0x32425350  # "PSB2"
# Of the first release, whose attempts and headings had to fit into 16 bits. Still read.
_NARROW_HEADER = struct.Struct("<IHQHIIHQ")
_NARROW_MAGIC = 0x31425350  # "PSB1"
_MAGIC_WORD = struct.Struct("<I")
_CHECK = struct.Struct("<I")
HEADER_LENGTH = _HEADER.size + _CHECK.size
_HEADERS = {_MAGIC: _HEADER, _NARROW_MAGIC: _NARROW_HEADER}
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
    header: int = HEADER_LENGTH  # so many bytes before the payload, the checksum included


class SegmentWriter:
    """Appends frames to one segment file. Only the worker's main thread may use it."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._file = _identity(self._fd)
        self._end = 0
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
            _MAGIC, HEADER_LENGTH, mini_batch, attempt, items, returned, heading, len(payload)
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
        # User code that closes descriptors by their numbers gets this one for its next file.
        if start != self._end or (start == 0 and _identity(self._fd) != self._file):
            raise OSError(errno.EBADF, "the file of results was closed by user code")
        try:
            done = os.write(self._fd, data)
            while done < len(data):
                done += os.write(self._fd, data[done:])
        except OSError:
            os.ftruncate(self._fd, start)  # half a frame would hide the frames after it
            raise
        self._end = start + len(data)


def _identity(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


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
        position = 0
        while (frame := self._frame(position)) is not None:
            yield frame
            position = frame.start + frame.length

    def _frame(self, position: int) -> Frame | None:
        """The whole frame that begins there, if there is one."""
        frame = self._header(position)
        if frame is None or frame.start + frame.length > len(self._view):
            return None
        header = self._view[position : frame.start - _CHECK.size]
        check = zlib.crc32(self.payload(frame), zlib.crc32(header))
        found = _CHECK.unpack_from(self._view, frame.start - _CHECK.size)[0]
        return frame if found == check else None

    def _header(self, position: int) -> Frame | None:
        """What a header that begins there says."""
        view = self._view
        if position < 0 or position + _MAGIC_WORD.size > len(view):
            return None
        header = _HEADERS.get(_MAGIC_WORD.unpack_from(view, position)[0])
        if header is None or position + header.size + _CHECK.size > len(view):
            return None
        fields = header.unpack_from(view, position)
        _, length, mini_batch, attempt, items, returned, heading, size = fields
        if length != header.size + _CHECK.size:
            return None
        return Frame(mini_batch, attempt, items, returned, position + length, size, heading, length)

    def frame_at(self, start: int) -> Frame:
        """The frame whose payload starts there, as ``frames`` gave it."""
        places = [start - header.size - _CHECK.size for header in _HEADERS.values()]
        found = [frame for p in places if (frame := self._header(p)) and frame.start == start]
        if len(found) > 1:  # rows that look like a header end where another one begins
            found = [frame for frame in found if self._frame(start - frame.header) is not None]
        return found[0]

    def payload(self, frame: Frame) -> memoryview:
        """The committed bytes of one of this segment's frames; valid until ``close``."""
        return self._view[frame.start : frame.start + frame.length]

    def record(self, frame: Frame) -> memoryview:
        """The whole frame, header and payload; valid until ``close``."""
        return self._view[frame.start - frame.header : frame.start + frame.length]

    def close(self) -> None:
        """Give the memory back; no payload may be in use any more."""
        self._view.release()
        if self._map is not None:
            self._map.close()

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
