"""The merge: committed frames of all segments become one output file, in mini-batch order.

The file is complete or absent. It appears under its name in one step, when all its bytes are on
disk.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from parallelsdk.storage.transfer import replacing
from parallelsdk.worker.segment import Frame, Segment


@dataclass(frozen=True, slots=True)
class Merged:
    """What was written: mini-batches, their returned items, and bytes."""

    mini_batches: int
    items: int
    size: int


def merge(segments: Path, target: Path) -> Merged:
    """Write the payloads of all frames below ``segments`` to ``target``, one per mini-batch.

    Where a mini-batch has two frames (its acknowledgement was lost once) the earlier attempt
    counts. Raises OSError, and then ``target`` is as it was before.
    """
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(Segment(path)) for path in segment_files(segments)]
        index = _Index()
        for number, segment in enumerate(opened):
            for frame in segment.frames():
                index.add(number, frame)
        mini_batches = items = size = 0
        headed = False
        with replacing(str(target)) as partial, open(partial, "xb", buffering=1 << 20) as file:
            for number, start in index.places():
                frame = opened[number].frame_at(start)
                skipped = frame.heading if headed else 0
                with opened[number].payload(frame) as payload:
                    size += file.write(payload[skipped:])
                headed = headed or frame.heading > 0
                items += frame.returned
                mini_batches += 1
    return Merged(mini_batches, items, size)


class _Index:
    """Where each mini-batch's frame lies, in arrays: a million of them take 14 MB."""

    def __init__(self) -> None:
        self._segments = array("I")
        self._starts = array("Q")
        self._attempts = array("H")  # 0 for a mini-batch without a frame

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


def withdraw(segments: Path, mini_batches: Collection[int]) -> None:
    """Take what these mini-batches have committed out of the segments.

    A segment is replaced as a whole: after a crash it is the old one or the new one.
    """
    for path in segment_files(segments) if mini_batches else []:
        with Segment(path) as segment:
            frames = list(segment.frames())
            kept = [frame for frame in frames if frame.mini_batch not in mini_batches]
            if len(kept) == len(frames):
                continue
            with replacing(str(path)) as partial, open(partial, "xb") as file:
                for frame in kept:
                    with segment.record(frame) as record:
                        file.write(record)


def segment_files(segments: Path) -> list[Path]:
    """The segment files of a step, in a fixed order."""
    return sorted(segments.glob("*.seg"))
