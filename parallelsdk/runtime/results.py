"""The merge: committed frames of all segments become one output file, in mini-batch order.

The file is complete or absent. It appears under its name in one step, when all its bytes are on
disk.
"""

from __future__ import annotations

import contextlib
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
        chosen: dict[int, tuple[Segment, Frame]] = {}
        for segment in opened:
            for frame in segment.frames():
                known = chosen.get(frame.mini_batch)
                if known is None or frame.attempt < known[1].attempt:
                    chosen[frame.mini_batch] = (segment, frame)
        items = size = 0
        headed = False
        with replacing(str(target)) as partial, open(partial, "xb", buffering=1 << 20) as file:
            for mini_batch in sorted(chosen):
                segment, frame = chosen[mini_batch]
                skipped = frame.heading if headed else 0
                with segment.payload(frame) as payload:
                    size += file.write(payload[skipped:])
                headed = headed or frame.heading > 0
                items += frame.returned
    return Merged(len(chosen), items, size)


def segment_files(segments: Path) -> list[Path]:
    """The segment files of a step, in a fixed order."""
    return sorted(segments.glob("*.seg"))
