"""The reports of a step: a row for each attempt, and what they come to by process and by node."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parallelsdk.runtime.attempts import Attempt
from parallelsdk.worker.logs import open_log

ATTEMPTS = "processed_mini-batches.csv"
PROCESSES = "process_summary.csv"
NODES = "node_summary.csv"
# Azure's columns of the table of attempts. Of the other two only what they are is documented.
_COLUMNS = (
    "Mini-batch Id",
    "Picked Count",
    "Process",
    "Process Start Time",
    "Total",
    "Succeeded",
    "Failed",
    "Elapsed Seconds",
    "Process Seconds",
    "Run Method Seconds",
    "Status",
    "Error Category",
    "Error Message",
    "Mini-batch Detail",
)
_SUM_COLUMNS = (
    "Mini-batches Picked",
    "Mini-batches Succeeded",
    "Total",
    "Succeeded",
    "Failed",
    "Elapsed Seconds",
    "Process Seconds",
    "Run Method Seconds",
    "First Start Time",
    "Last Start Time",
)


@dataclass(slots=True)
class _Sum:
    """What some attempts come to."""

    picked: int = 0
    done: int = 0
    items: int = 0
    returned: int = 0
    failed: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    run_seconds: float = 0.0
    first: float = 0.0
    last: float = 0.0

    def add(self, attempt: Attempt) -> None:
        self.picked += 1
        self.done += not attempt.error
        self.items += max(0, attempt.items)
        self.returned += attempt.returned
        self.failed += _failed_items(attempt)
        self.seconds += attempt.seconds
        self.cpu_seconds += attempt.cpu_seconds
        self.run_seconds += attempt.run_seconds
        self._span(attempt.started, attempt.started)

    def merge(self, other: _Sum) -> None:
        self.picked += other.picked
        self.done += other.done
        self.items += other.items
        self.returned += other.returned
        self.failed += other.failed
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds
        self.run_seconds += other.run_seconds
        self._span(other.first, other.last)

    def _span(self, first: float, last: float) -> None:
        if first:  # 0 is unknown: the times of an attempt may have died with its worker
            self.first = min(self.first or first, first)
            self.last = max(self.last, last)

    def row(self) -> tuple[object, ...]:
        return (
            *(self.picked, self.done, self.items, self.returned, self.failed),
            *(round(s, 6) for s in (self.seconds, self.cpu_seconds, self.run_seconds)),
            *(_time(self.first), _time(self.last)),
        )


def write_reports(
    attempts: Iterable[Attempt], folder: Path, detail: Callable[[int], dict[str, Any]]
) -> None:
    """Write the three tables into ``folder``; ``detail`` tells what a mini-batch consists of."""
    processes: defaultdict[str, _Sum] = defaultdict(_Sum)
    nodes: defaultdict[str, _Sum] = defaultdict(_Sum)

    def rows() -> Iterator[tuple[object, ...]]:
        for attempt in attempts:
            processes[attempt.worker].add(attempt)
            yield _row(attempt, detail(attempt.mini_batch))

    _write(folder / ATTEMPTS, _COLUMNS, rows())
    for name, process in processes.items():
        nodes[name.partition("/")[0]].merge(process)
    for file, column, sums in ((PROCESSES, "Process", processes), (NODES, "Node", nodes)):
        _write(
            folder / file,
            (column, *_SUM_COLUMNS),
            ((key, *sums[key].row()) for key in sorted(sums, key=_by_length)),
        )


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with open_log(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def _row(attempt: Attempt, detail: dict[str, Any]) -> tuple[object, ...]:
    return (
        attempt.mini_batch,
        attempt.attempt,
        attempt.worker,
        _time(attempt.started),
        attempt.items if attempt.items >= 0 else "",
        attempt.returned,
        _failed_items(attempt) if attempt.items >= 0 else "",
        round(attempt.seconds, 6),
        round(attempt.cpu_seconds, 6),
        round(attempt.run_seconds, 6),
        attempt.status,
        "UserError" if attempt.error else "",
        attempt.error,
        json.dumps(detail),
    )


def _failed_items(attempt: Attempt) -> int:
    return max(0, attempt.items if attempt.error else attempt.items - attempt.returned)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""


def _by_length(name: str) -> tuple[int, str]:
    return len(name), name  # process1000 behind process999
