"""The merge: committed frames of all segments become one output file, in mini-batch order.

The file is complete or absent. It appears under its name in one step, when all its bytes are on
disk; until then it lies outside of every output.
"""

from __future__ import annotations

import csv
import io
import sys
from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parallelsdk.exceptions import DataException, ErrorTarget, JobException
from parallelsdk.storage.transfer import replacing
from parallelsdk.worker.segment import Frame, Segment

# A step has a segment for each worker life, however many that are; each open one costs a
# descriptor. Of the workers that ran side by side, one segment each is open.
_MOST_OPEN: Final = 64
# A text of any bytes, which may be no UTF-8: names of files. What splits it is ASCII.
_BYTES: Final = "latin-1"


@dataclass(frozen=True, slots=True)
class Merged:
    """What was written: mini-batches, their returned items, and bytes."""

    mini_batches: int
    items: int
    size: int


def merge(segments: Path, target: Path, *, expected: int, unfinished: Path) -> Merged:
    """Write the payloads of all frames below ``segments`` to ``target``, one per mini-batch.

    Where a mini-batch has two frames (its acknowledgement was lost once) the earlier attempt
    counts. What is written lies at ``unfinished`` until it is whole. Raises OSError, or
    JobException when there are not ``expected`` mini-batches, and DataException when their columns
    differ under one line of names; then ``target`` is as it was before.
    """
    paths = segment_files(segments)
    index = _Index()
    for number, path in enumerate(paths):
        with Segment(path) as segment:
            for frame in segment.frames():
                index.add(number, frame)
    if index.count != expected:
        raise JobException(
            f"{expected} mini-batches were committed, but {index.count} are in {segments}. No "
            "output was written, because it could not be trusted. Resume the job to run what is "
            "missing.",
            target=ErrorTarget.JOB,
        )
    items = size = 0
    heading, last = _Heading(), -1
    with (
        replacing(str(target), unfinished=str(unfinished)) as partial,
        open(partial, "xb", buffering=1 << 20) as file,
        _OpenSegments(paths) as opened,
    ):
        for number, start in index.places():
            if number != last:
                segment, last = opened.get(number), number
            frame = segment.frame_at(start)
            with segment.payload(frame) as payload:
                size += file.write(heading.without(frame, payload))
            items += frame.returned
        size += file.write(heading.alone())
    return Merged(index.count, items, size)


class _Heading:
    """The one heading of column names over the rows of all DataFrames, which is the first one's.

    It has a line for each level of names. A DataFrame without rows has none to misplace.
    """

    def __init__(self) -> None:
        self._lines = b""
        self._mini_batch = -1
        self._spare = b""  # of the first one without rows, for when none has any

    def without(self, frame: Frame, payload: memoryview) -> bytes | memoryview:
        """What of a payload comes into the output: with the heading the first time only.

        Columns in another order are put into that of the first; DataException for other ones.
        """
        if not frame.heading:
            return payload
        lines = bytes(payload[: frame.heading])
        if frame.length == frame.heading:
            self._spare = self._spare or (lines if any(map(any, _records(lines))) else b"")
            return b""
        if not self._lines:
            self._lines, self._mini_batch = lines, frame.mini_batch
            return payload
        if lines == self._lines:
            return payload[frame.heading :]
        # No view into the segment may outlive an error.
        return self._in_order(lines, bytes(payload)[frame.heading :], frame.mini_batch)

    def alone(self) -> bytes:
        """The heading of an output without rows."""
        return b"" if self._lines else self._spare

    def _in_order(self, lines: bytes, rows: bytes, mini_batch: int) -> bytes:
        wanted, names = _names(self._lines), _names(lines)
        if sorted(wanted) != sorted(names) or len(set(names)) < len(names):
            raise DataException(
                f"Mini-batch {mini_batch} returned the columns {_told(names)}, and mini-batch "
                f"{self._mini_batch} returned {_told(wanted)}. Under one line of column names "
                "all have to be the same: let run() return the same columns, or leave "
                "--append_row_dataframe_header out.",
                target=ErrorTarget.DATA,
            )
        places = [names.index(name) for name in wanted]
        out = io.StringIO()
        writer = csv.writer(out, delimiter=" ", lineterminator="\n")  # as pandas writes it
        writer.writerows([record[place] for place in places] for record in _records(rows))
        return out.getvalue().encode(_BYTES)


def _names(lines: bytes) -> list[tuple[str, ...]]:
    """The names of the columns, with a part for each level."""
    return list(zip(*_records(lines), strict=True))


def _records(text: bytes) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)  # of a cell, which may hold a long vector
    return csv.reader(io.StringIO(text.decode(_BYTES), newline=""), delimiter=" ")


def _told(names: list[tuple[str, ...]]) -> str:
    texts = ("/".join(parts) for parts in names)
    return ", ".join(text.encode(_BYTES).decode("utf-8", "replace") for text in texts)


class _OpenSegments:
    """Segments by their number, the last ones that were asked for open; a context manager."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._opened: OrderedDict[int, Segment] = OrderedDict()

    def get(self, number: int) -> Segment:
        """The segment, open until others have taken its place."""
        segment = self._opened.get(number)
        if segment is None:
            if len(self._opened) >= _MOST_OPEN:
                self._opened.popitem(last=False)[1].close()
            segment = self._opened[number] = Segment(self._paths[number])
        self._opened.move_to_end(number)
        return segment

    def __enter__(self) -> _OpenSegments:
        return self

    def __exit__(self, *_: object) -> None:
        for segment in self._opened.values():
            segment.close()


class _Index:
    """Where each mini-batch's frame lies, in arrays: a million of them take 16 MB."""

    def __init__(self) -> None:
        self._segments = array("I")
        self._starts = array("Q")
        self._attempts = array("I")  # 0 for a mini-batch without a frame

    @property
    def count(self) -> int:
        """How many mini-batches have a frame."""
        return len(self._attempts) - self._attempts.count(0)

    def add(self, segment: int, frame: Frame) -> None:
        """Note a frame; of two of one mini-batch the one of the earlier attempt is kept."""
        missing = frame.mini_batch + 1 - len(self._attempts)
        if missing > 0:
            missing = max(missing, len(self._attempts) // 2)  # grow in few steps
            for column in (self._segments, self._starts, self._attempts):
                column.frombytes(bytes(missing * column.itemsize))
        known = self._attempts[frame.mini_batch]
        if not known or frame.attempt < known:
            self._segments[frame.mini_batch] = segment
            self._starts[frame.mini_batch] = frame.start
            self._attempts[frame.mini_batch] = frame.attempt

    def places(self) -> Iterator[tuple[int, int]]:
        """Segment and start of the payload, in the order of the mini-batches."""
        columns = zip(self._attempts, self._segments, self._starts, strict=True)
        return ((segment, start) for attempt, segment, start in columns if attempt)


def withdraw(segments: Path, mini_batches: Collection[int], *, unfinished: Path) -> None:
    """Take what these mini-batches have committed out of the segments.

    A segment is replaced as a whole: after a crash it is the old one or the new one, which is
    written at ``unfinished``.
    """
    for path in segment_files(segments) if mini_batches else []:
        with Segment(path) as segment:
            frames = list(segment.frames())
            kept = [frame for frame in frames if frame.mini_batch not in mini_batches]
            if len(kept) == len(frames):
                continue
            with (
                replacing(str(path), unfinished=str(unfinished)) as partial,
                open(partial, "xb") as file,
            ):
                for frame in kept:
                    with segment.record(frame) as record:
                        file.write(record)


def segment_files(segments: Path) -> list[Path]:
    """The segment files of a step, in a fixed order."""
    return sorted(segments.glob("*.seg"))
