"""The jobs of a workspace: unique names, and a lock that is never stale."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.names import new_name
from parallelsdk.jobstore.store import create_job, is_running, list_jobs, read_job, take_lock


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    return create_job(Workspace.at(tmp_path / "workspace"), "one")


def test_a_name_is_given_once(tmp_path: Path, job: JobFolder) -> None:
    with pytest.raises(FileExistsError):
        create_job(Workspace.at(tmp_path / "workspace"), "one")


def test_the_lock_says_whether_a_job_runs(job: JobFolder) -> None:
    assert not is_running(job)
    lock = take_lock(job)
    assert lock is not None
    assert is_running(job)
    assert take_lock(job) is None
    os.close(lock)
    assert not is_running(job)


def test_who_only_asks_whether_a_job_runs_keeps_nobody_from_starting_it(job: JobFolder) -> None:
    code = (
        "import sys, pathlib; from parallelsdk.jobstore.store import is_running;"
        "from parallelsdk.jobstore.layout import JobFolder;"
        "job = JobFolder(pathlib.Path(sys.argv[1])); print('asking', flush=True)\n"
        "while True: is_running(job)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(job.path)], stdout=subprocess.PIPE
    ) as asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == b"asking\n"
        try:
            for _ in range(5000):
                lock = take_lock(job)
                assert lock is not None
                os.close(lock)
        finally:
            asking.kill()


def test_a_killed_holder_leaves_no_lock_behind(job: JobFolder) -> None:
    code = (
        "import sys, pathlib; from parallelsdk.jobstore.store import take_lock;"
        "from parallelsdk.jobstore.layout import JobFolder;"
        "take_lock(JobFolder(pathlib.Path(sys.argv[1]))); print('held', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(job.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_running(job)
        holder.kill()
        holder.wait()
        assert not is_running(job)


def _clock_moves() -> bool:
    """True, a millisecond later: events tell no less."""
    begin = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == begin:
        continue
    return True


def test_jobs_are_listed_newest_first(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path / "workspace")
    created = [
        EventLog(create_job(workspace, name).events).append("job_created", steps=[]).time
        for name in ("first", "second")
        if _clock_moves()
    ]
    assert created[0] < created[1]
    assert [record.name for record in list_jobs(workspace)] == ["second", "first"]


def test_a_job_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_job(Workspace.at(tmp_path).job("nobody"))


def test_new_names_are_words_and_differ() -> None:
    names = {new_name() for _ in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch(r"[a-z]+_[a-z]+_[a-z2-9]{10}", name) for name in names)


def test_a_damaged_job_does_not_hide_the_others(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path / "workspace")
    for name in ("good", "bad"):
        EventLog(create_job(workspace, name).events).append("job_created", steps=[])
    workspace.job("bad").events.write_bytes(b"nonsense\n")
    found = {record.name: record for record in list_jobs(workspace)}
    assert found["good"].status == "NotStarted"
    assert found["bad"].status == "Unknown"
    assert "is damaged" in str(found["bad"].error)


def test_a_workspace_that_is_not_there_has_no_jobs_and_is_not_made(tmp_path: Path) -> None:
    assert list_jobs(Workspace(tmp_path / "workspace")) == []
    assert list(tmp_path.iterdir()) == []
