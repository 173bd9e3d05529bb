"""One line of an event log: made, checked, and only then taken apart.

Checking is apart from taking apart, because a reader of a long log checks every line but needs the
content of few: most say how far a step is, and the next one of that step replaces it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from parallelsdk.jobstore.seal import check, seal

VERSION: Final = 1  # of the log; its first line says it, and one that does not is of version 0
_HEAD: Final = b'{"seq":%d,"time":"'
_TIME_CHARACTERS: Final = 29  # 2026-01-31T23:59:59.999+00:00
# Of each of these only the last one of a step counts, as long as nothing else has happened: one
# driver gives all of them the same keys, and between two drivers stands a launch.
_REPLACED: Final = re.compile(
    rb'","type":"(?:step_progress|step_transfer)","data":\{"step":"(?:[^"\\]|\\.)*"'
)


@dataclass(frozen=True, slots=True)
class Event:
    """One line: its number from 1, its UTC time in ISO form, what happened, and the details."""

    seq: int
    time: str
    type: str
    data: dict[str, Any]


def encode(event: Event) -> bytes:
    """The line, with its end."""
    record = {"seq": event.seq, "time": event.time, "type": event.type, "data": event.data}
    if event.seq == 1:
        record["version"] = VERSION
    return seal(json.dumps(record, separators=(",", ":"))) + b"\n"


def check_line(line: bytes, seq: int) -> int:
    """Where the type stands in the line, which is as it was written and the ``seq``-th.

    ValueError when it is not.
    """
    check(line[:-1])
    head = _HEAD % seq
    if not line.startswith(head):
        found = decode_checked(line).seq
        if found != seq:
            raise ValueError(f"it is number {found} in the place of number {seq}")
    return len(head) + _TIME_CHARACTERS


def replaced_by(line: bytes, start: int) -> bytes | None:
    """What a later line must have, too, from its type on to replace this one; None: nothing can.

    ``start`` is where the type stands in this one.
    """
    found = _REPLACED.match(line, start)
    return found[0] if found else None


def decode(line: bytes) -> Event:
    """The event. ValueError when the line is damaged."""
    check(line.rstrip(b"\n"))
    return decode_checked(line)


def decode_checked(line: bytes) -> Event:
    """The event of a line that was checked; what another release left out, or has otherwise, is
    empty. ValueError for what is no event."""
    record = _record(line)
    seq, time, type_, data = map(record.get, ("seq", "time", "type", "data"))
    if not isinstance(seq, int):
        raise ValueError("it has no number")
    return Event(
        seq,
        time if isinstance(time, str) else "",
        type_ if isinstance(type_, str) else "",
        data if isinstance(data, dict) else {},
    )


def version_of(line: bytes) -> int:
    """What the first line of a log, which was checked, says of it."""
    version = _record(line).get("version", 0)
    return version if isinstance(version, int) else 0


def _record(line: bytes) -> dict[str, Any]:
    record = json.loads(line)
    if not isinstance(record, dict):
        raise ValueError("it is no object")
    return record
