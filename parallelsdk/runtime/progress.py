"""How far a step is, over time: lines for people, and a table for programs, every ten seconds."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from parallelsdk._units import mini_batches
from parallelsdk.runtime.scheduler import Counts
from parallelsdk.worker.logs import open_log

INTERVAL_SECONDS = 10.0
# Azure's columns. There, too, a task is a mini-batch, and the completed ones include the failed.
_COLUMNS = (
    "Datetime",
    "Total Tasks",
    "Scheduled Tasks",
    "Completed Tasks",
    "Failed Tasks",
    "Elapsed Time",
    "Estimated Remaining Time",
)
_UNKNOWN = "N/A"


class Progress:
    """Writes both; ``say`` takes the lines. What an earlier run did is not taken for this one's."""

    def __init__(
        self,
        table: Path,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._say = say
        self._clock = clock
        self._began = clock()
        self._told_at = self._began - INTERVAL_SECONDS  # the table begins at once
        self._before: int | None = None  # mini-batches that had ended when this run began

    def tell(self, counts: Counts, total: int, *, last: bool = False) -> None:
        """How far the step is now; written at most every ten seconds, and at the end."""
        now = self._clock()
        if not last and now - self._told_at < INTERVAL_SECONDS:
            return
        is_first, self._told_at = self._before is None, now
        ended = counts.done + counts.failed
        self._before = ended if self._before is None else self._before
        elapsed = now - self._began
        remaining = self._remaining(elapsed, ended, total)
        self._write(
            is_first,
            (total, total, ended, counts.failed, _span(elapsed), _span(remaining)),
        )
        if last or not is_first:
            self._say(_line(counts, total, elapsed, remaining))

    def _remaining(self, elapsed: float, ended: int, total: int) -> float | None:
        """The seconds that are left at the pace of this run; None while that is not known."""
        if ended >= total:
            return 0.0
        mine = ended - (self._before or 0)
        return elapsed / mine * (total - ended) if mine > 0 else None

    def _write(self, is_first: bool, values: tuple[object, ...]) -> None:
        with open_log(self._table, newline="") as file:
            writer = csv.writer(file)
            if is_first:
                writer.writerow(_COLUMNS)
            now = datetime.now(UTC).replace(tzinfo=None)
            writer.writerow((now.isoformat(timespec="microseconds"), *values))


def _line(counts: Counts, total: int, elapsed: float, remaining: float | None) -> str:
    ended = counts.done + counts.failed
    if ended == 0:
        return "No mini-batch has been processed yet."
    failed = f", {counts.failed} of them failed" if counts.failed else ""
    left = f"; about {_span(remaining)} remain" if ended < total else ""
    return f"Processed {ended} of {mini_batches(total)} in {_span(elapsed)}{failed}{left}."


def _span(seconds: float | None) -> str:
    """``0:01:05``."""
    return _UNKNOWN if seconds is None else str(timedelta(seconds=round(seconds)))
