"""The resource monitor of a parallel step: tables below logs/sys/perf, a row at each interval."""

from __future__ import annotations

import csv
import dataclasses
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from parallelsdk.backends._resources import NodeUsage, ProcessUsage, node_usage, process_usage
from parallelsdk.worker.logs import open_log

NODE_TABLE = "node_resource_usage.csv"
PROCESS_TABLE = "processes_resource_usage.csv"
_NODE_COLUMNS = (
    "Time (UTC)",
    "CPU %",
    "Memory total MB",
    "Memory available MB",
    "Memory used MB",
    "Memory %",
    "Disk read count",
    "Disk write count",
    "Disk read MB",
    "Disk written MB",
    "Network sent MB",
    "Network received MB",
    "TCP connections",
    "UDP sockets",
)
_PROCESS_COLUMNS = (
    "Time (UTC)",
    "Process",
    "Pid",
    "CPU seconds",
    "Memory MB",
    "Threads",
    "Processes",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Watched:
    """A worker process that the monitor looks at."""

    instance: int
    name: str
    pid: int


class Monitor:
    """Writes the tables from a thread of its own until it is closed; interval 0 does nothing."""

    def __init__(
        self,
        folder: Path,
        interval: float,
        instances: int,
        watched: Callable[[], Iterable[Watched]],
    ) -> None:
        self._folder = folder
        self._interval = interval
        self._instances = instances
        self._watched = watched
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="resource monitor", daemon=True)
        if interval > 0:
            self._thread.start()

    def close(self) -> None:
        """Write a last row and stop."""
        self._closing.set()
        if self._interval > 0:
            self._thread.join()

    def _work(self) -> None:
        node_usage()  # the first figure of the CPU would have no beginning
        while not self._closing.wait(self._interval):
            self._write()
        self._write()

    def _write(self) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        usage = node_usage()
        for instance in range(self._instances):
            self._append(instance, NODE_TABLE, _NODE_COLUMNS, [(now, *_rounded(usage))])
        for worker in self._watched():
            used = process_usage(worker.pid)
            if used is not None:
                row = (now, worker.name, *_rounded(used))
                self._append(worker.instance, PROCESS_TABLE, _PROCESS_COLUMNS, [row])

    def _append(
        self, instance: int, name: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]
    ) -> None:
        path = self._folder / str(instance) / name
        is_new = not path.exists()
        with open_log(path, newline="") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(columns)
            writer.writerows(rows)


def _rounded(usage: NodeUsage | ProcessUsage) -> tuple[object, ...]:
    values = dataclasses.astuple(usage)
    return tuple(round(value, 2) if isinstance(value, float) else value for value in values)
