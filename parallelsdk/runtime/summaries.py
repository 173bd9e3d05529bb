"""What the attempts of a step add up to for each worker process and for each instance."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from parallelsdk.runtime.attempts import Attempt

PROCESS_SUMMARY = "process_summary.csv"
NODE_SUMMARY = "node_summary.csv"
_COLUMNS = (
    "Mini-batches",
    "Failed Attempts",
    "Succeeded",
    "Elapsed Seconds",
    "Process Seconds",
    "Run Method Seconds",
)


@dataclass(slots=True)
class _Sum:
    """Attempts that succeeded and failed, items returned, seconds."""

    done: int = 0
    failed: int = 0
    returned: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    run_seconds: float = 0.0

    def add(self, attempt: Attempt) -> None:
        self.done += not attempt.error
        self.failed += bool(attempt.error)
        self.returned += attempt.returned
        self.seconds += attempt.seconds
        self.cpu_seconds += attempt.cpu_seconds
        self.run_seconds += attempt.run_seconds

    def row(self) -> tuple[float, ...]:
        times = (self.seconds, self.cpu_seconds, self.run_seconds)
        return (self.done, self.failed, self.returned, *(round(time, 6) for time in times))


class Summaries:
    """Sums over attempts, as they are read one by one."""

    def __init__(self) -> None:
        self._processes: defaultdict[str, _Sum] = defaultdict(_Sum)
        self._nodes: defaultdict[str, _Sum] = defaultdict(_Sum)

    def watch(self, attempts: Iterable[Attempt]) -> Iterator[Attempt]:
        """The same attempts, added up as they pass; a worker is called ``<node>/<process>``."""
        for attempt in attempts:
            self._processes[attempt.worker].add(attempt)
            self._nodes[attempt.worker.partition("/")[0]].add(attempt)
            yield attempt

    def write(self, folder: Path) -> None:
        """Write both tables to ``folder``."""
        _write(folder / PROCESS_SUMMARY, "Process", self._processes)
        _write(folder / NODE_SUMMARY, "Node", self._nodes)


def _write(path: Path, what: str, sums: Mapping[str, _Sum]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((what, *_COLUMNS))
        writer.writerows((name, *sums[name].row()) for name in sorted(sums))
