"""A canceled job ends soon, whatever its script does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from parallelsdk import Input, MLClient, Output
from parallelsdk.client import cancellation
from parallelsdk.constants import JobStatus
from parallelsdk.entities import PipelineJob
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import read_events
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.seal import seal
from parallelsdk.jobstore.store import read_job, take_lock
from parallelsdk.parallel import RunFunction, parallel_run_function
from tests.client.job_folders import completed_job, prepared_job

HANGING = """
import signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)

def run(mini_batch):
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass
"""
DRIVER = """
import fcntl, os, signal, sys, time
from pathlib import Path
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.store import take_lock
folder = JobFolder(Path(sys.argv[1]))
take_lock(folder)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
events = EventLog(folder.events)
events.append("job_launched")
events.append("step_started", step="score", total_mini_batches=4, slots=1)
events.append("job_started", pid=os.getpid())
print("up", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def client(workspace: Path) -> MLClient:
    return MLClient()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def hanging_job(folder: Path) -> PipelineJob:
    (folder / "src").mkdir()
    (folder / "src" / "hang.py").write_text(HANGING)
    (folder / "data").mkdir()
    (folder / "data" / "a").write_text("a")
    node = parallel_run_function(
        name="hang",
        inputs={"data": Input(type="uri_folder", path=str(folder / "data"))},
        outputs={"rows": Output(type="uri_file")},
        input_data="${{inputs.data}}",
        mini_batch_size="1",
        retry_settings={"timeout": 10_000},
        task=RunFunction(
            code=str(folder / "src"),
            entry_script="hang.py",
            append_row_to="${{outputs.rows}}",
        ),
    )
    return PipelineJob(jobs={"hang": node})


def test_a_hanging_run_is_canceled_within_ten_seconds_and_leaves_no_process(
    client: MLClient, tmp_path: Path, workspace: Path
) -> None:
    name = str(client.jobs.create_or_update(hanging_job(tmp_path)).name)
    scratch = str(workspace / "jobs" / name / "steps" / "hang" / "scratch")

    def workers() -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                found += [process] if process.cwd().startswith(scratch) else []
            except (psutil.Error, OSError):
                continue
        return found

    until(lambda: bool(workers()))
    began = time.monotonic()
    poller = client.jobs.begin_cancel(name)
    assert poller.result(timeout=10) is None
    assert time.monotonic() - began < 10
    assert poller.done()
    job = client.jobs.get(name)
    assert job.status == JobStatus.CANCELED
    assert [step.status for step in client.jobs.list(parent_job_name=name)] == ["Canceled"]
    until(lambda: not workers())


def test_a_job_can_be_canceled_as_soon_as_it_was_submitted(
    client: MLClient, tmp_path: Path
) -> None:
    name = str(client.jobs.create_or_update(hanging_job(tmp_path)).name)
    client.jobs.begin_cancel(name).result(timeout=20)
    assert client.jobs.get(name).status == JobStatus.CANCELED


def test_to_a_job_that_has_ended_nothing_happens(client: MLClient, workspace: Path) -> None:
    folder = completed_job(Workspace.at(workspace))
    before = folder.events.read_bytes()
    assert client.jobs.begin_cancel(folder.name).done()
    assert folder.events.read_bytes() == before


def test_a_job_that_was_prepared_and_never_started_is_canceled(
    client: MLClient, workspace: Path
) -> None:
    folder, _ = prepared_job(Workspace.at(workspace))
    client.jobs.begin_cancel(folder.name).result(timeout=10)
    assert read_job(folder).status == JobStatus.CANCELED
    lock = take_lock(folder)
    assert lock is not None
    os.close(lock)


def test_a_driver_that_does_not_listen_is_killed(
    client: MLClient, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancellation, "GRACE_SECONDS", 0.2)
    folder, _ = prepared_job(Workspace.at(workspace))
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(folder.path)], stdout=subprocess.PIPE, text=True
    ) as driver:
        assert driver.stdout is not None and driver.stdout.readline() == "up\n"
        client.jobs.begin_cancel(folder.name).result(timeout=10)
        assert driver.wait(timeout=10) == -signal.SIGKILL
    record = read_job(folder)
    assert record.status == JobStatus.CANCELED
    assert record.step("score").status == JobStatus.CANCELED
    assert record.step("prepare").status == JobStatus.NOT_STARTED


def test_no_process_is_signalled_when_nobody_holds_the_lock(
    client: MLClient, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, events = prepared_job(Workspace.at(workspace))
    events.append("job_launched")
    events.append("job_started", pid=os.getpid())
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(pid))
    client.jobs.begin_cancel(folder.name).result(timeout=10)
    assert sent == []


def test_the_driver_of_an_earlier_start_is_not_meant(
    client: MLClient, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, events = prepared_job(Workspace.at(workspace))
    events.append("job_launched")
    events.append("job_started", pid=12)
    lock = take_lock(folder)
    assert lock is not None
    events.append("job_launched")
    threading.Timer(0.3, lambda: events.append("job_started", pid=34)).start()
    sent: list[int] = []

    def kill(pid: int, number: int) -> None:
        sent.append(pid)
        events.append("job_finished", status="Canceled")
        os.close(lock)

    monkeypatch.setattr(os, "kill", kill)
    client.jobs.begin_cancel(folder.name).result(timeout=10)
    assert sent == [34]


def test_waiting_for_the_end_reads_on_from_where_it_was_however_long_the_log_is(
    client: MLClient, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, events = prepared_job(Workspace.at(workspace))
    lock = take_lock(folder)
    assert lock is not None
    events.append("job_launched")
    events.append("job_started", pid=12)
    with folder.events.open("ab") as file:
        for seq in range(4, 20_000):
            data = {"step": "score", "done": seq, "total": 20_000, "failed": 0, "retried": 0}
            record = {"seq": seq, "time": "2026", "type": "step_progress", "data": data}
            file.write(seal(json.dumps(record, separators=(",", ":"))) + b"\n")
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    began = time.process_time()
    read_events(folder.events)
    whole = time.process_time() - began
    poller = client.jobs.begin_cancel(folder.name)
    began = time.process_time()
    assert not any(poller.done() for _ in range(20))
    assert time.process_time() - began < whole / 2, "each look reads the whole log"
    os.close(lock)
    poller.result(timeout=10)
    assert read_job(folder).status == JobStatus.CANCELED


def test_a_cancel_is_asked_for_once(client: MLClient, workspace: Path) -> None:
    folder, _ = prepared_job(Workspace.at(workspace))
    for _ in range(2):
        client.jobs.begin_cancel(folder.name).result(timeout=10)
    asked = [event for event in read_events(folder.events) if event.type == "cancel_requested"]
    assert len(asked) == 1


def test_an_unknown_or_damaged_job_is_told(client: MLClient, workspace: Path) -> None:
    with pytest.raises(JobException, match="no job called"):
        client.jobs.begin_cancel("nobody")
    folder: JobFolder = prepared_job(Workspace.at(workspace))[0]
    folder.events.write_bytes(b"nonsense\n")
    with pytest.raises(JobException, match="is damaged"):
        client.jobs.begin_cancel(folder.name)
    assert folder.events.read_bytes() == b"nonsense\n"
