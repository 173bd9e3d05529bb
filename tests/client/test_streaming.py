"""The lines that a job's life becomes, and following it to its end."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from parallelsdk.client.streaming import START_SECONDS, PlainLines, follow
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.records import FailureRecord, JobRecord, Notice, StepRecord
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
    warned = dataclasses.replace(JOB, notices=(Notice("odd"),))
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


def test_lines_have_the_times_of_what_they_tell() -> None:
    times = {"started": "2026-01-02T03:04:05.600+00:00", "finished": "2026-01-02T03:04:09+00:00"}
    step = dataclasses.replace(STEP, status="Completed", seconds=3.4, **times)
    ended = dataclasses.replace(JOB, status="Completed", steps=(step,), seconds=4.0, **times)
    lines = PlainLines(Clock())
    (begun,) = lines.lines(running(0, started=times["started"]))
    assert begun.startswith("2026-01-02T03:04:05Z step score: Running")
    assert [line[:20] for line in lines.lines(ended)] == ["2026-01-02T03:04:09Z"] * 2
    warned = dataclasses.replace(ended, notices=(Notice("odd", "2026-01-02T03:04:01+00:00"),))
    assert PlainLines(Clock()).lines(warned)[0] == "2026-01-02T03:04:01Z warning: odd"
    left = dataclasses.replace(STEP, error="It did not run.")
    after = dataclasses.replace(ended, steps=(left,))
    assert PlainLines(Clock()).lines(after)[0].startswith("2026-01-02T03:04:09Z step score: Not")
    again = running(0, started=times["started"], resumed="2026-02-02T03:04:05+00:00")
    assert PlainLines(Clock()).lines(again)[0].startswith("2026-02-02T03:04:05Z")


def test_a_cause_is_told_once_and_failures_with_their_items() -> None:
    reason = "2 mini-batches failed, more than mini_batch_error_threshold 1."
    cause = f"{reason} The last error: ValueError: no"
    failures = (
        FailureRecord(3, "b.txt", 2, "ValueError: no"),
        FailureRecord(7, "c.txt", 1, "died"),
    )
    step = dataclasses.replace(
        STEP, status="Failed", error=cause, total=9, done=4, failed=2, failures=failures
    )
    job = dataclasses.replace(JOB, status="Failed", error=f"Step score: {cause}", steps=(step,))
    assert bare(PlainLines(Clock()).lines(job)) == [
        f"step score: Failed: {reason[:-1]} (4 of 9 mini-batches, 2 failed, 0 items)",
        "job kind_pear_1: Failed",
        "2 mini-batches failed",
        "  #3 (b.txt): ValueError: no",
        "  #7 (c.txt): died",
        "All of them: parallelsdk job errors -n kind_pear_1",
        "Try again: parallelsdk job resume -n kind_pear_1",
    ]


def test_a_step_that_waits_for_cores_says_so() -> None:
    step = dataclasses.replace(STEP, waiting="It waits for cores: a works with 2 processes.")
    job = dataclasses.replace(JOB, steps=(step,))
    lines = PlainLines(Clock())
    assert bare(lines.lines(job)) == [
        "step score: NotStarted. It waits for cores: a works with 2 processes."
    ]
    assert lines.lines(job) == []
