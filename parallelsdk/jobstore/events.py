"""The append-only log of a job: one JSON object a line, numbered and checksummed.

A job's status is the fold of these lines and nothing else is ever asked. Several processes may
append (the driver, a client that asks for a cancel); each line is written whole, under the file's
lock.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.seal import seal, unseal


@dataclass(frozen=True, slots=True)
class Event:
    """One line: its number from 1, its UTC time in ISO form, what happened, and the details."""

    seq: int
    time: str
    type: str
    data: dict[str, Any]


class EventLog:
    """The writing end. Threads and processes may share a log: each append locks the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, type_: str, /, *, durable: bool = True, **data: Any) -> Event:
        """Append one event and return it. ``durable`` waits until it is on the disk."""
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            seq = _cut_torn_tail(file.fileno()) + 1
            event = Event(seq, datetime.now(UTC).isoformat(timespec="milliseconds"), type_, data)
            os.write(file.fileno(), _encode(event))
            if durable:
                os.fsync(file.fileno())
        return event


class EventReader:
    """The reading end: each ``read`` gives the events that came since the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._seq = 0  # of the last event that was read

    def read(self) -> list[Event]:
        """The new events, in order. A line still being written waits for the next call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        end = data.rfind(b"\n") + 1
        events = list(_decode_lines(data[:end], self._path, after=self._seq))
        self._offset += end
        self._seq += len(events)
        return events


def read_events(path: Path) -> list[Event]:
    """All events of the log at ``path``; JobException when a line is damaged."""
    return EventReader(path).read()


def _encode(event: Event) -> bytes:
    record = {"seq": event.seq, "time": event.time, "type": event.type, "data": event.data}
    return seal(json.dumps(record, separators=(",", ":"))) + b"\n"


def _decode_lines(data: bytes, path: Path, *, after: int) -> Iterator[Event]:
    for seq, line in enumerate(data.splitlines(), after + 1):
        try:
            event = _decode(line)
            if event.seq != seq:
                raise ValueError(f"it is number {event.seq} in the place of number {seq}")
            yield event
        except (ValueError, KeyError, TypeError) as error:
            raise JobException(
                f"{path} is damaged at the line that begins {line[:60]!r} ({error}). "
                "The job's status cannot be trusted; its outputs and logs are untouched."
            ) from error


def _decode(line: bytes) -> Event:
    record = json.loads(unseal(line))
    return Event(record["seq"], record["time"], record["type"], record["data"])


def _cut_torn_tail(fd: int) -> int:
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
    return _decode(lines[-1]).seq if lines else 0
