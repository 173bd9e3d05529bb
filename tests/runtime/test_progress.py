"""How far a step is, as people and programs read it: every ten seconds, and at the end."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest

from parallelsdk.runtime.progress import Progress
from parallelsdk.runtime.scheduler import Counts


class Watched:
    """A Progress on a clock that is moved by hand, and what it wrote."""

    def __init__(self, folder: Path) -> None:
        self.now = 100.0
        self.lines: list[str] = []
        self.table = folder / "metrics" / "progress.csv"
        self.progress = Progress(self.table, self.lines.append, lambda: self.now)

    def tell(self, seconds: float, done: int, failed: int = 0, *, last: bool = False) -> None:
        self.now += seconds
        self.progress.tell(Counts(done=done, failed=failed), 20, last=last)

    def rows(self) -> list[dict[str, str]]:
        with self.table.open(newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_row_and_a_line_come_every_ten_seconds_and_at_the_end(watched: Watched) -> None:
    for done in range(20):
        watched.tell(1, done)
    watched.tell(0.5, 20, last=True)
    assert [row["Completed Tasks"] for row in watched.rows()] == ["0", "10", "20"]
    assert watched.lines == [
        "Processed 10 of 20 mini-batches in 0:00:11; about 0:00:11 remain.",
        "Processed 20 of 20 mini-batches in 0:00:20.",
    ]


def test_the_columns_are_azures(watched: Watched) -> None:
    watched.tell(0, 0)
    watched.tell(30, 5, 1)
    first, second = watched.rows()
    assert list(first) == [
        "Datetime",
        "Total Tasks",
        "Scheduled Tasks",
        "Completed Tasks",
        "Failed Tasks",
        "Elapsed Time",
        "Estimated Remaining Time",
    ]
    assert datetime.strptime(first["Datetime"], "%Y-%m-%dT%H:%M:%S.%f")  # as Azure's own tool reads
    assert (first["Elapsed Time"], first["Estimated Remaining Time"]) == ("0:00:00", "N/A")
    assert (second["Completed Tasks"], second["Failed Tasks"]) == ("6", "1")
    assert (second["Elapsed Time"], second["Estimated Remaining Time"]) == ("0:00:30", "0:01:10")


def test_failed_mini_batches_are_told(watched: Watched) -> None:
    watched.tell(0, 0)
    watched.tell(10, 3, 2)
    assert "Processed 5 of 20 mini-batches in 0:00:10, 2 of them failed" in watched.lines[0]


def test_what_an_earlier_run_did_is_not_taken_for_the_pace_of_this_one(watched: Watched) -> None:
    watched.tell(0, 10)  # a resume
    watched.tell(10, 11)
    assert watched.lines == ["Processed 11 of 20 mini-batches in 0:00:10; about 0:01:30 remain."]


def test_a_slow_start_says_that_nothing_was_processed(watched: Watched) -> None:
    watched.tell(0, 0)
    watched.tell(10, 0)
    assert watched.lines == ["No mini-batch has been processed yet."]
