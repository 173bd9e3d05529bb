"""The three reports: attempts, and what they come to by process and by node."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from parallelsdk.runtime.attempts import Attempt
from parallelsdk.runtime.report import ATTEMPTS, NODES, PROCESSES, write_reports


def _attempt(mini_batch: int, worker: str, error: str = "", **changes: Any) -> Attempt:
    values: dict[str, Any] = {
        "status": "RUN_EXCEPTION" if error else "RUN_DONE",
        "items": 4,
        "returned": 0 if error else 3,
        "started": 1_000_000.0 + mini_batch,
        "seconds": 0.5,
        "run_seconds": 0.25,
        "cpu_seconds": 0.125,
    }
    return Attempt(mini_batch, 1, worker, error=error, **{**values, **changes})


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_attempts_are_added_up_by_process_and_by_node(tmp_path: Path) -> None:
    attempts = [
        _attempt(0, "0/process000"),
        _attempt(1, "1/process000"),
        _attempt(2, "0/process000", "ValueError: x"),
        _attempt(3, "0/process001", started=0.0, seconds=0.0),  # found after its worker's death
    ]
    write_reports(attempts, tmp_path, lambda mini_batch: {"id": mini_batch})
    assert [row["Mini-batch Id"] for row in _rows(tmp_path / ATTEMPTS)] == ["0", "1", "2", "3"]
    processes = {row["Process"]: row for row in _rows(tmp_path / PROCESSES)}
    assert list(processes) == ["0/process000", "0/process001", "1/process000"]
    first = processes["0/process000"]
    assert (first["Mini-batches Picked"], first["Mini-batches Succeeded"]) == ("2", "1")
    assert (first["Total"], first["Succeeded"], first["Failed"]) == ("8", "3", "5")
    assert (first["Elapsed Seconds"], first["Run Method Seconds"]) == ("1.0", "0.5")
    assert first["First Start Time"] == "1970-01-12T13:46:40+00:00"
    assert first["Last Start Time"] == "1970-01-12T13:46:42+00:00"
    assert processes["0/process001"]["First Start Time"] == ""
    nodes = {row["Node"]: row for row in _rows(tmp_path / NODES)}
    assert {node: row["Mini-batches Picked"] for node, row in nodes.items()} == {"0": "3", "1": "1"}


def test_a_mini_batch_that_was_never_read_counts_no_items(tmp_path: Path) -> None:
    write_reports([_attempt(0, "0/process000", "lost", items=-1)], tmp_path, lambda _: {})
    [row] = _rows(tmp_path / ATTEMPTS)
    assert (row["Total"], row["Failed"], row["Error Message"]) == ("", "", "lost")
    assert _rows(tmp_path / PROCESSES)[0]["Failed"] == "0"


def test_a_step_without_attempts_has_empty_reports(tmp_path: Path) -> None:
    write_reports([], tmp_path / "new", lambda _: {})
    assert all(_rows(tmp_path / "new" / name) == [] for name in (ATTEMPTS, PROCESSES, NODES))
