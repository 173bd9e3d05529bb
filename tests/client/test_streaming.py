"""The lines that a job's life becomes, and following it to its end."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from parallelsdk.client.streaming import START_SECONDS, PlainLines, follow
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.records import JobRecord, StepRecord
from tests.client.job_folders import completed_job, prepared_job

STEP = StepRecord("score", "parallel")
JOB = JobRecord("kind_pear_1", status="Running", steps=(STEP,))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def running(done: int, **changes: object) -> JobRecord:
    step = dataclasses.replace(
        STEP, status="Running", total=100, slots=4, done=done, items_done=done
    )
    return dataclasses.replace(JOB, steps=(dataclasses.replace(step, **changes),))  # type: ignore[arg-type]


def bare(lines: list[str]) -> list[str]:
    """The lines without their time."""
    return [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", "", line) for line in lines]


def test_every_line_begins_with_the_utc_time() -> None:
    (line,) = PlainLines().lines(running(0))
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ step score: Running", line)


def test_a_change_of_state_is_told_once() -> None:
    lines = PlainLines(Clock())
    assert bare(lines.lines(running(0))) == ["step score: Running, 100 mini-batches on 4 workers"]
    assert lines.lines(running(0)) == []


def test_progress_is_told_after_a_tenth_of_the_work() -> None:
    lines = PlainLines(Clock())
    lines.lines(running(0))
    assert lines.lines(running(9)) == []
    assert bare(lines.lines(running(10))) == ["step score: 10 of 100 mini-batches, 10 items"]
    assert lines.lines(running(19)) == []


def test_progress_is_told_after_ten_seconds_if_something_moved() -> None:
    clock = Clock()
    lines = PlainLines(clock)
    lines.lines(running(0))
    clock.now = 11
    assert lines.lines(running(0)) == []
    assert bare(lines.lines(running(1))) == ["step score: 1 of 100 mini-batches, 1 item"]


def test_retries_and_failures_are_told_with_the_progress() -> None:
    lines = PlainLines(Clock())
    lines.lines(running(0))
    told = bare(lines.lines(running(20, failed=2, retried=3, items_failed=5)))
    assert told == [
        "step score: 20 of 100 mini-batches, 2 failed, 20 items, 5 items failed, 3 retried"
    ]


def test_an_end_tells_the_time_and_the_first_line_of_the_cause() -> None:
    lines = PlainLines(Clock())
    lines.lines(running(0))
    failed = running(4, status="Failed", seconds=2.0, error="boom\nmore")
    job = dataclasses.replace(failed, status="Failed", seconds=3.0, error="Step score: boom")
    assert bare(lines.lines(job)) == [
        "step score: Failed in 2.0 s: boom (4 of 100 mini-batches, 4 items)",
        "job kind_pear_1: Failed in 3.0 s: Step score: boom",
    ]


def test_warnings_are_told_once() -> None:
    lines = PlainLines(Clock())
    warned = dataclasses.replace(JOB, warnings=("odd",))
    assert bare(lines.lines(warned)) == ["warning: odd"]
    assert lines.lines(warned) == []


def test_following_ends_with_the_job(tmp_path: Path) -> None:
    folder = completed_job(Workspace.at(tmp_path))
    assert [record.status for record in follow(folder)] == ["Completed"]


def test_a_job_that_nobody_started_is_given_up(tmp_path: Path) -> None:
    folder, _ = prepared_job(Workspace.at(tmp_path))
    clock = Clock()
    with pytest.raises(JobException, match="never started"):
        for _ in follow(folder, clock=clock, wait=clock.wait):
            pass
    assert clock.now > START_SECONDS


def test_a_step_that_did_not_run_is_told_once_with_the_reason() -> None:
    lines = PlainLines(Clock())
    assert lines.lines(JOB) == []
    step = dataclasses.replace(STEP, error="It did not run, because step a failed.")
    record = dataclasses.replace(JOB, steps=(step,))
    told = "step score: NotStarted. It did not run, because step a failed."
    assert bare(lines.lines(record)) == [told]
    assert lines.lines(record) == []
