"""What an earlier run of a step has left: what is done, and why each other mini-batch runs.

The segments alone say what is done. The ledger of attempts and the board, which a killed driver
leaves as it was, only tell why the rest is not.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.runtime.attempts import failed_mini_batches
from parallelsdk.runtime.results import segment_files
from parallelsdk.runtime.scheduler import Counts
from parallelsdk.worker.board import BoardLine, lines_of, open_board
from parallelsdk.worker.logs import open_log
from parallelsdk.worker.segment import Segment

FAILED_BEFORE = "failed before"
WAS_RUNNING = "was running"
NOT_STARTED = "not started"
INPUT_CHANGED = "input changed"


@dataclass(frozen=True, slots=True)
class Remainder:
    """The mini-batches that are left, as ascending runs, and what the others came to."""

    todo: tuple[range, ...]
    counts: Counts
    reasons: dict[int, str] = field(default_factory=dict)  # of those that did not just wait

    @property
    def left(self) -> int:
        """How many mini-batches are left."""
        return sum(len(run) for run in self.todo)

    def reason(self, mini_batch: int) -> str:
        """Why the mini-batch runs."""
        return self.reasons.get(mini_batch, NOT_STARTED)

    def summary(self) -> dict[str, int]:
        """How many mini-batches run for which reason."""
        found = Counter(self.reasons.values())
        waiting = self.left - len(self.reasons)
        if waiting:
            found[NOT_STARTED] = waiting
        return dict(found)

    def write_reasons(self, target: Path) -> None:
        """A table with one row for each mini-batch that runs: its id, and why."""
        with open_log(target, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("Mini-batch Id", "Reason"))
            for run in self.todo:
                writer.writerows((i, self.reason(i)) for i in run)


def remainder(folder: StepFolder, total: int, changed: Iterable[int] = ()) -> Remainder:
    """What is left of a step of ``total`` mini-batches; all of it when it has never run.

    ``changed`` are the mini-batches whose input is not as it was when the step began.
    """
    done, counts = _committed(folder.segments, total)
    failed = failed_mini_batches(folder.attempts)
    reasons = {i: FAILED_BEFORE for i in sorted(failed) if not done[i]}
    for mini_batch in _in_hand(folder):
        if mini_batch < total and not done[mini_batch]:
            reasons[mini_batch] = WAS_RUNNING
    reasons.update((i, INPUT_CHANGED) for i in changed if not done[i])
    return Remainder(tuple(_gaps(done)), counts, reasons)


def committed(folder: StepFolder, mini_batches: Iterable[int], total: int) -> list[int]:
    """Those of ``mini_batches`` that have a frame, of ``total`` that there are."""
    done, _ = _committed(folder.segments, total)
    return [i for i in mini_batches if done[i]]


def next_process_numbers(folder: StepFolder, instances: int) -> list[int]:
    """The first process number that is free on each instance: names are never used again."""
    numbers = [0] * instances
    for path in segment_files(folder.segments):
        _, instance, process = map(int, path.stem.split("."))
        numbers[instance] = max(numbers[instance], process + 1)
    for node in range(instances):
        for path in (folder.logs / "sys" / "node" / str(node)).glob("process*.txt"):
            numbers[node] = max(numbers[node], int(path.stem.removeprefix("process")) + 1)
    return numbers


def _committed(segments: Path, total: int) -> tuple[bytearray, Counts]:
    """One byte per mini-batch, 1 for those with a whole frame, and their counts."""
    done, counts = bytearray(total), Counts()
    for path in segment_files(segments):
        with Segment(path) as segment:
            for frame in segment.frames():
                if done[frame.mini_batch]:
                    continue  # its acknowledgement was lost once; both frames say the same
                done[frame.mini_batch] = 1
                counts.done += 1
                counts.items_done += min(frame.items, frame.returned)
                counts.items_failed += max(0, frame.items - frame.returned)
    return done, counts


def _in_hand(folder: StepFolder) -> Iterator[int]:
    """The mini-batches that the board shows in the hands of the workers of the last run."""
    slots = lines_of(folder.board)
    if not slots:
        return
    with open_board(folder.board) as board:
        for slot in range(slots):
            seen = BoardLine(board, slot).read()
            if seen.in_hand:
                yield seen.mini_batch


def _gaps(done: bytearray) -> Iterable[range]:
    """The runs of zeros."""
    start = done.find(0)
    while start >= 0:
        end = done.find(1, start)
        end = len(done) if end < 0 else end
        yield range(start, end)
        start = done.find(0, end)
