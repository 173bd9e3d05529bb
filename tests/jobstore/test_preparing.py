"""A job's folder is made in private and named in one step; what nobody works at is swept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.preparing import PreparedJob, is_taken, sweep, withdraw
from parallelsdk.jobstore.store import create_job, is_running, list_jobs, take_lock


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.at(tmp_path / "workspace")


def lying(workspace: Workspace) -> list[str]:
    return sorted(os.listdir(workspace.jobs_folder))


def submitted(workspace: Workspace, name: str, *events: str) -> JobFolder:
    folder = create_job(workspace, name)
    for type_ in ("job_created", *events):
        EventLog(folder.events).append(type_)
    return folder


def test_a_folder_is_no_job_before_it_has_its_name_and_is_locked_from_the_beginning(
    workspace: Workspace,
) -> None:
    with PreparedJob(workspace) as prepared:
        assert is_running(prepared.folder)
        assert (workspace.job_names(), list_jobs(workspace)) == ([], [])
        folder = prepared.give_name("one")
        assert folder.name == "one" and is_running(folder)
        assert take_lock(folder) is None
    assert not is_running(folder)
    assert lying(workspace) == ["one"]


def test_a_folder_without_a_name_is_gone_at_the_end(workspace: Workspace) -> None:
    with pytest.raises(OSError, match="full"), PreparedJob(workspace):
        raise OSError("full")
    assert lying(workspace) == []


def test_what_was_abandoned_is_swept_and_what_somebody_works_at_is_not(
    workspace: Workspace,
) -> None:
    for abandoned in (workspace.new_unnamed_job(), workspace.new_unnamed_job()):
        abandoned.path.mkdir()
        EventLog(abandoned.events).append("job_created")
    with PreparedJob(workspace) as prepared:
        assert lying(workspace) == [prepared.folder.name]
        sweep(workspace)
        assert lying(workspace) == [prepared.folder.name]


def test_a_taken_name_is_refused_and_the_job_that_has_it_is_unharmed(workspace: Workspace) -> None:
    folder = submitted(workspace, "one", "job_launched", "job_started")
    before = folder.events.read_bytes()
    assert is_taken(folder)
    with PreparedJob(workspace) as prepared, pytest.raises(FileExistsError):
        prepared.give_name("one")
    assert folder.events.read_bytes() == before
    assert lying(workspace) == ["one"]


@pytest.mark.parametrize("events", [(), ("job_launched",)])
def test_the_name_of_a_job_that_never_had_a_driver_is_free(
    workspace: Workspace, events: tuple[str, ...]
) -> None:
    old = submitted(workspace, "one", *events)
    assert not is_taken(old)
    with PreparedJob(workspace) as prepared:
        EventLog(prepared.folder.events).append("warning")
        folder = prepared.give_name("one")
    assert folder.events.read_bytes().count(b"\n") == 1
    assert lying(workspace) == ["one"]


def test_a_job_that_is_about_to_start_keeps_its_name(workspace: Workspace) -> None:
    folder = submitted(workspace, "one")
    lock = take_lock(folder)
    assert lock is not None
    with PreparedJob(workspace) as prepared, pytest.raises(FileExistsError):
        prepared.give_name("one")
    withdraw(folder)
    assert lying(workspace) == ["one"]
    os.close(lock)
    withdraw(folder)
    assert lying(workspace) == []


@pytest.mark.parametrize("event", ["job_finished", "job_started"])
def test_a_job_that_was_canceled_or_ran_keeps_its_name(workspace: Workspace, event: str) -> None:
    folder = submitted(workspace, "one")
    EventLog(folder.events).append(event, status="Canceled", pid=1)
    assert is_taken(folder)
    with PreparedJob(workspace) as prepared, pytest.raises(FileExistsError):
        prepared.give_name("one")
    assert lying(workspace) == ["one"]


def test_a_job_whose_driver_could_not_be_started_can_be_withdrawn(workspace: Workspace) -> None:
    folder = submitted(workspace, "one", "job_launched")
    EventLog(folder.events).append("job_finished", status="Failed", error="no memory")
    withdraw(folder)
    assert lying(workspace) == []


def test_a_damaged_job_keeps_its_name(workspace: Workspace) -> None:
    folder = submitted(workspace, "one")
    folder.events.write_bytes(b"nonsense\n")
    assert is_taken(folder)
    withdraw(folder)
    assert lying(workspace) == ["one"]


def test_the_lock_of_a_folder_that_was_taken_away_is_nobodys(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = submitted(workspace, "one")
    opened = os.open

    def slow(path: object, flags: int, *mode: int) -> int:
        """Between the opening of the lock file and the lock, another job gets the name."""
        fd = opened(path, flags, *mode)  # type: ignore[arg-type]
        monkeypatch.setattr(os, "open", opened)
        with PreparedJob(workspace) as prepared:
            prepared.give_name("one")
        return fd

    monkeypatch.setattr(os, "open", slow)
    assert take_lock(folder) is None
