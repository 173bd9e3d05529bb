"""Files that are read in parts, each with a checksum of its own: a section is checked before use.

Alone, because a checksum of the whole would make every reader read all of it first. Behind the
sections, and behind whatever format they are, stands a table of where each ends, how many entries
it holds, and its checksum; then a fixed tail. A file that ends in another way has no table.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from typing import Any, BinaryIO, Final

_ROW: Final = struct.Struct("<QQI")  # where a section ends, its entries, its checksum
_TAIL: Final = struct.Struct("<II8s")  # number of sections, checksum of the table, magic
_MAGIC: Final = b"PSDKsec1"


class SectionWriter:
    """Hands on what is written, as a Python file without a place to seek in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._place = 0
        self._checksum = 0
        self._table = bytearray()
        self.closed = False

    def write(self, data: Any) -> int:
        """Write the bytes of any buffer; their number."""
        self._file.write(data)
        self._checksum = zlib.crc32(data, self._checksum)
        size = memoryview(data).nbytes
        self._place += size
        return size

    def tell(self) -> int:
        """The bytes so far."""
        return self._place

    def end_section(self, entries: int) -> None:
        """What was written since the last section is one, and holds so many entries."""
        self._table += _ROW.pack(self._place, entries, self._checksum)
        self._checksum = 0

    def seal(self) -> None:
        """End the last section and write the table."""
        self.end_section(0)
        count = len(self._table) // _ROW.size
        self._file.write(self._table)
        self._file.write(_TAIL.pack(count, zlib.crc32(self._table), _MAGIC))

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The file is closed by whoever opened it."""
        self.closed = True


class Sections:
    """The sections of a file that a SectionWriter wrote, mapped into memory as ``view``."""

    def __init__(self, view: memoryview) -> None:
        """Raises ValueError when the table is not as it was written."""
        count, checksum, _ = _TAIL.unpack_from(view, len(view) - _TAIL.size)
        self.length = len(view) - _TAIL.size - count * _ROW.size  # of what was written
        if self.length < 0 or zlib.crc32(view[self.length : len(view) - _TAIL.size]) != checksum:
            raise ValueError("the checksum of its table differs")
        rows = list(_ROW.iter_unpack(view[self.length : len(view) - _TAIL.size]))
        if rows and rows[-1][0] != self.length:
            raise ValueError("its sections do not fill it")
        self.entries = [entries for _, entries, _ in rows]
        self._view = view
        self._ends = array("Q", [0, *(end for end, _, _ in rows)])
        self._checksums = array("I", [found for _, _, found in rows])
        self._checked = bytearray(len(rows))

    @staticmethod
    def are_in(view: memoryview) -> bool:
        """Whether a file ends as one with sections does."""
        return len(view) >= _TAIL.size and bytes(view[-len(_MAGIC) :]) == _MAGIC

    def check(self, number: int) -> None:
        """Compare a section with its checksum, the first time. Raises ValueError."""
        if self._checked[number]:
            return
        start, end = self._ends[number], self._ends[number + 1]
        if zlib.crc32(self._view[start:end]) != self._checksums[number]:
            raise ValueError(f"the checksum of bytes {start} to {end} differs")
        self._checked[number] = 1

    def check_all(self) -> None:
        """Check every section. Raises ValueError."""
        for number in range(len(self._checked)):
            self.check(number)
