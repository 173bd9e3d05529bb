"""Resume: what is committed stays, the rest runs, each mini-batch for a reason that is told."""

from __future__ import annotations

import csv
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import read_events
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import is_running
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.runtime.launch import launch
from tests.runtime.conftest import Bench

COUNTING = (
    "import os, time\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    with open(os.path.join(os.environ['MARKS'], name), 'a') as mark: mark.write('x')\n"
    "    time.sleep(0.02)\n"
    "    return [name]\n"
)


@pytest.fixture
def marks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which each run() leaves one letter in the file of its mini-batch."""
    folder = bench.root / "marks"
    folder.mkdir()
    monkeypatch.setenv("MARKS", str(folder))
    return folder


def _wait(read: Callable[[], JobRecord], until: Callable[[JobRecord], bool]) -> JobRecord:
    pause, deadline = threading.Event(), time.monotonic() + 60
    while not until(record := read()):
        assert time.monotonic() < deadline, record
        pause.wait(0.005)
    return record


def _start(bench: Bench, plan: PipelinePlan) -> int:
    bench.announce(plan)
    return launch(bench.job)


def _kill(bench: Bench, pid: int) -> None:
    """Kill the driver, and wait until it and all its workers are gone."""
    family = psutil.Process(pid).children(recursive=True)
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs(family, timeout=2)
    _wait(lambda: bench.record, lambda _: not is_running(bench.job))


def _ended(bench: Bench) -> JobRecord:
    return _wait(lambda: bench.record, lambda record: record.ended)


def test_after_a_kill_only_what_was_not_committed_runs(bench: Bench, marks: Path) -> None:
    bench.add_files(100)
    bench.add_script(COUNTING)
    pid = _start(bench, bench.pipeline(bench.plan(slots=2)))
    _wait(lambda: bench.record, lambda _: len(list(marks.iterdir())) > 20)
    _kill(bench, pid)
    assert bench.record.status == JobStatus.NOT_RESPONDING
    launch(bench.job)
    record = _ended(bench)
    assert record.status == JobStatus.COMPLETED, record.error
    assert bench.lines == [f"{n:03}" for n in range(100)]
    twice = [mark.name for mark in marks.iterdir() if len(mark.read_text()) > 1]
    assert len(twice) <= 2 * 2, "more than two mini-batches were done again per slot"
    assert record.step("score").done == 100


def test_each_mini_batch_that_runs_again_has_a_reason(bench: Bench, marks: Path) -> None:
    bench.add_files(8)
    bench.add_script(
        "import os, time\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    mark = os.path.join(os.environ['MARKS'], name)\n"
        "    first = not os.path.exists(mark)\n"
        "    open(mark, 'w').close()\n"
        "    if name == '001' and first: raise ValueError('once')\n"
        "    if name == '003' and first: time.sleep(3600)\n"
        "    return [name]\n"
    )
    pid = _start(bench, bench.pipeline(bench.plan(slots=1, max_retries=0)))
    _wait(lambda: bench.record, lambda _: (marks / "003").exists())
    _kill(bench, pid)
    launch(bench.job)
    record = _ended(bench)
    assert record.status == JobStatus.COMPLETED
    assert bench.lines == [f"{n:03}" for n in range(8)]
    [event] = [e for e in read_events(bench.job.events) if e.type == "step_resumed"]
    assert event.data["done"] == 2
    assert event.data["reasons"] == {"failed before": 1, "was running": 1, "not started": 4}
    reasons = bench.step.logs / "sys" / "job_report" / "resume_reasons.csv"
    with reasons.open(newline="") as file:
        told = {row["Mini-batch Id"]: row["Reason"] for row in csv.DictReader(file)}
    assert told["1"] == "failed before" and told["3"] == "was running"
    assert set(told) == {"1", "3", "4", "5", "6", "7"}


def test_after_a_failed_threshold_the_job_goes_on_where_it_was(bench: Bench, marks: Path) -> None:
    bench.add_files(20)
    bench.add_script(
        "import os\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    with open(os.path.join(os.environ['MARKS'], name), 'a') as mark: mark.write('x')\n"
        "    if name == '010' and not os.path.exists(os.environ['MARKS'] + '/mended'):\n"
        "        raise ValueError('broken')\n"
        "    return [name]\n"
    )
    plan = bench.pipeline(bench.plan(slots=1, max_retries=0, mini_batch_error_threshold=0))
    _start(bench, plan)
    assert _ended(bench).status == JobStatus.FAILED
    assert not bench.output.exists()
    (marks / "mended").touch()
    launch(bench.job)
    assert _ended(bench).status == JobStatus.COMPLETED
    assert bench.lines == [f"{n:03}" for n in range(20)]
    assert (marks / "009").read_text() == "x"


def test_a_completed_job_that_is_launched_again_runs_nothing(bench: Bench, marks: Path) -> None:
    bench.add_files(3)
    bench.add_script(COUNTING)
    _start(bench, bench.pipeline(bench.plan()))
    assert _ended(bench).status == JobStatus.COMPLETED
    launch(bench.job)
    _wait(lambda: bench.record, lambda _: read_events(bench.job.events)[-1].type == "job_finished")
    assert _ended(bench).status == JobStatus.COMPLETED
    assert [mark.read_text() for mark in marks.iterdir()] == ["x"] * 3


def test_two_that_resume_at_once_are_one(bench: Bench, marks: Path) -> None:
    bench.add_files(3)
    bench.add_script(COUNTING)
    _start(bench, bench.pipeline(bench.plan()))
    with pytest.raises(JobException, match="running already"):
        launch(bench.job)
    assert _ended(bench).status == JobStatus.COMPLETED


@pytest.mark.slow
def test_kill_and_resume_at_random_moments_loses_and_doubles_nothing(
    bench: Bench, marks: Path
) -> None:
    bench.add_files(120)
    bench.add_script(COUNTING)
    chance = random.Random(4)
    pid = _start(bench, bench.pipeline(bench.plan(slots=2)))
    kills = 0
    for _ in range(8):
        moment = time.monotonic() + chance.uniform(0.2, 1.2)
        record = _wait(
            lambda: bench.record,
            lambda record, moment=moment: record.ended or time.monotonic() > moment,  # type: ignore[misc]
        )
        if record.ended:
            break
        _kill(bench, pid)
        kills += 1
        pid = launch(bench.job)
    assert _ended(bench).status == JobStatus.COMPLETED
    assert kills >= 3
    assert bench.lines == [f"{n:03}" for n in range(120)]
    again = sum(len(mark.read_text()) - 1 for mark in marks.iterdir())
    assert again <= kills * 2 * 2
