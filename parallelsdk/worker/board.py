"""The heartbeat board: a shared-memory file, one 128-byte line per slot.

A worker notes there what it is about to do; the driver reads it whenever it wakes, also after the
worker's death. A line has two halves written in turn, each with a number and a checksum, so that a
reader always finds one whole half, even when the writer was killed in the middle of the other.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

_LINE = 128
_HALF = 64
_BODY = struct.Struct("<QqqqII")  # number, mini-batch, since in ns, items, attempt, phase
_CHECK = struct.Struct("<I")
_NOTE = _BODY.size + _CHECK.size


class Phase(IntEnum):
    """What a worker is doing."""

    IDLE = 0
    INIT = 1
    LOAD = 2
    RUN = 3
    COMMIT = 4
    SHUTDOWN = 5


@dataclass(frozen=True, slots=True)
class Sighting:
    """A line as read: ``since`` is on the clock of ``time.monotonic()``, in seconds."""

    number: int
    phase: Phase
    mini_batch: int
    attempt: int
    since: float
    items: int  # -1 while unknown

    @property
    def in_hand(self) -> bool:
        """Whether a mini-batch was being worked on."""
        return self.phase in (Phase.LOAD, Phase.RUN, Phase.COMMIT)


NOTHING_SEEN = Sighting(0, Phase.IDLE, -1, 0, 0.0, -1)


def create_board(path: Path, slots: int) -> None:
    """Make the board's file for that many slots."""
    with path.open("wb") as file:
        file.truncate(_LINE * slots)


def lines_of(path: Path) -> int:
    """How many lines the board has; 0 when there is none."""
    return path.stat().st_size // _LINE if path.exists() else 0


def open_board(path: Path | str) -> mmap.mmap:
    """The board's file in memory, for all lines that one process has to do with."""
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), 0)


class BoardLine:
    """One slot's line. The worker writes it, the driver reads it; nobody else."""

    def __init__(self, board: mmap.mmap, slot: int) -> None:
        self._map = board
        self._start = slot * _LINE
        self._number = self.read().number

    def write(
        self,
        phase: Phase,
        since_ns: int,
        mini_batch: int = -1,
        attempt: int = 0,
        items: int = -1,
    ) -> None:
        """Note the phase that begins now (``since_ns`` of ``time.monotonic_ns()``)."""
        self._number = number = self._number + 1
        body = _BODY.pack(number, mini_batch, since_ns, items, attempt, phase)
        start = self._start + (number & 1) * _HALF
        self._map[start : start + _NOTE] = body + _CHECK.pack(zlib.crc32(body))

    def read(self) -> Sighting:
        """The newest whole half; NOTHING_SEEN on a fresh line."""
        halves = [self._read_half(self._start), self._read_half(self._start + _HALF)]
        return max((half for half in halves if half), key=lambda s: s.number, default=NOTHING_SEEN)

    def clear(self) -> None:
        """Forget the worker that had this line, before the next one starts."""
        self._map[self._start : self._start + _LINE] = bytes(_LINE)
        self._number = 0

    def _read_half(self, start: int) -> Sighting | None:
        half = self._map[start : start + _NOTE]
        body = half[: _BODY.size]
        number, mini_batch, since_ns, items, attempt, phase = _BODY.unpack(body)
        if number == 0 or _CHECK.unpack(half[_BODY.size :])[0] != zlib.crc32(body):
            return None
        return Sighting(number, Phase(phase), mini_batch, attempt, since_ns / 1e9, items)
