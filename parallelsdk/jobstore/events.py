"""The append-only log of a job: one JSON object a line, numbered and checksummed.

A job's status is the fold of these lines and nothing else is ever asked. Several processes may
append (the driver, a client that asks for a cancel); each line is written whole, under the file's
lock.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.event_line import (
    Event,
    check_line,
    decode,
    decode_checked,
    encode,
    replaced_by,
    version_of,
)
from parallelsdk.jobstore.places import Places

__all__ = ["Event", "EventLog", "EventReader", "Position", "read_events"]

_BUFFER: Final = 1 << 20


class EventLog:
    """The writing end. Threads and processes may share a log: each append locks the file.

    What lies in the workspace is named from its root in the file, so that it can be moved.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places = Places.around(path)

    def append(self, type_: str, /, *, durable: bool = True, **data: Any) -> Event:
        """Append one event and return it. ``durable`` waits until it is on the disk.

        Raises OSError when there is no room for all of it; then nothing of it is there.
        """
        with self._path.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            seq = _cut_torn_tail(file.fileno(), self._path) + 1
            event = Event(seq, datetime.now(UTC).isoformat(timespec="milliseconds"), type_, data)
            stored = replace(event, data=self._places.stored_in(data))
            _write_whole(file.fileno(), encode(stored))
            if durable:
                os.fsync(file.fileno())
        return event


@dataclass(frozen=True, slots=True)
class Position:
    """How far a log was read: the place behind a line, that line's number, length and checksum."""

    offset: int = 0
    seq: int = 0
    length: int = 0
    checksum: int = 0
    version: int = 0  # that the log says of itself


class EventReader:
    """The reading end: each ``read`` gives the events that came since the one before."""

    def __init__(self, path: Path, position: Position | None = None) -> None:
        self._path = path
        self._places = Places.around(path)
        self.position = position or Position()

    def read(self) -> list[Event]:
        """The new events, in order. A line still being written waits for the next call.

        Raises JobException when a line is damaged.
        """
        return [self._event(line) for _, line in self._new_lines()]

    def read_news(self) -> list[Event]:
        """The new events without those that the next one of their kind and step replaces."""
        kept: list[bytes] = []
        waiting: dict[bytes, bytes] = {}  # what can be replaced by what, since the last other event
        key = None
        for start, line in self._new_lines():
            if key is None or not line.startswith(key, start):
                key = replaced_by(line, start)
            if key is not None:
                waiting[key] = line
                continue
            kept += waiting.values()
            waiting.clear()
            kept.append(line)
        return [self._event(line) for line in (*kept, *waiting.values())]

    def _new_lines(self) -> Iterator[tuple[int, bytes]]:
        """The new lines, each of them checked, with the place in it where its type begins."""
        offset, seq, version = self.position.offset, self.position.seq, self.position.version
        line = b""
        try:
            file = self._path.open("rb", buffering=_BUFFER)
        except FileNotFoundError:
            return
        with file:
            file.seek(offset)
            for found in file:
                if found[-1:] != b"\n":
                    break
                seq, line = seq + 1, found
                try:
                    start = check_line(line, seq)
                    version = version_of(line) if seq == 1 else version
                except ValueError as error:
                    raise damaged(self._path, line, error) from error
                offset += len(line)
                yield start, line
        if line:
            self.position = Position(offset, seq, len(line), zlib.crc32(line), version)

    def _event(self, line: bytes) -> Event:
        try:
            event = decode_checked(line)
        except ValueError as error:
            raise damaged(self._path, line, error) from error
        event.data.update(self._places.found_in(event.data))
        return event


def read_events(path: Path) -> list[Event]:
    """All events of the log at ``path``; JobException when a line is damaged."""
    return EventReader(path).read()


def damaged(path: Path, line: bytes, why: object) -> JobException:
    """The refusal to trust a log with such a line."""
    return JobException(
        f"{path} is damaged at the line that begins {line.rstrip()[:60]!r} ({why}). "
        "The job's status cannot be trusted; its outputs and logs are untouched."
    )


def _write_whole(fd: int, line: bytes) -> None:
    """Append the line; where the disk is full in the middle of it, nothing of it stays."""
    before, rest = os.fstat(fd).st_size, memoryview(line)
    try:
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError:
        os.ftruncate(fd, before)
        raise


def _cut_torn_tail(fd: int, path: Path) -> int:
    """The number of the last whole line; what a killed writer left of a line is cut off."""
    size = os.fstat(fd).st_size
    tail = b""
    start = size
    while start > 0 and tail.count(b"\n") < 2:
        step = min(start, 8192)
        start -= step
        tail = os.pread(fd, step, start) + tail
    whole = tail.rfind(b"\n") + 1
    if start + whole < size:
        os.ftruncate(fd, start + whole)
    lines = tail[:whole].splitlines()
    if not lines:
        return 0
    try:
        return decode(lines[-1]).seq
    except ValueError as error:
        raise damaged(path, lines[-1], error) from error
