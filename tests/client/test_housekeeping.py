"""Jobs are removed for good, alone or by age, and nothing else goes with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient
from parallelsdk.client.housekeeping import prunable, usage
from parallelsdk.entities import Data
from parallelsdk.exceptions import JobException, ResourceNotFoundError, ValidationException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.store import create_job, take_lock


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


@pytest.fixture
def client(store: Workspace) -> MLClient:
    return MLClient()


def job(store: Workspace, name: str, days: float, *, ended: bool = True) -> JobFolder:
    """A job that was made, and has ended, so many days ago, with a result of 8 KB."""
    folder = create_job(store, name)
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
    log = EventLog(folder.events)
    log.append("job_created", display_name=name, experiment_name="e", steps=[], warnings=[])
    log.append("job_started", pid=1)
    if ended:
        log.append("job_finished", status="Completed", seconds=1.0, error=None, log=None)
    lines = folder.events.read_text().splitlines()
    folder.events.write_text("".join(f"{again(line, at)}\n" for line in lines))
    (folder.steps / "result").write_bytes(b"x" * 8192)
    return folder


def again(line: str, at: str) -> str:
    """The line of an event, told at another time."""
    import json

    from parallelsdk.jobstore.seal import seal

    event = json.loads(line)
    event.pop("crc")
    return seal(json.dumps({**event, "time": at}, separators=(",", ":"))).decode()


@pytest.mark.parametrize(
    "odd",
    [
        {"older_than": timedelta(days=-3)},
        {"older_than": timedelta.max},
        {"older_than": "3d"},
        {"older_than": 3},
        {"keep": -1},
        {"keep": True},
        {"keep": 1.5},
        {"keep": "x"},
        {},
    ],
)
def test_pruning_takes_sense_alone(odd: dict[str, Any], tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    folder = job(workspace, "one", 1)
    with pytest.raises(ValidationException):
        prunable(workspace, **odd)
    assert folder.path.exists()


def test_a_deleted_job_is_gone_with_its_results(client: MLClient, store: Workspace) -> None:
    one, other = job(store, "one", 1), job(store, "other", 2)
    client.jobs.begin_delete("one").result()
    assert not one.path.exists() and other.path.exists()
    assert [path.name for path in store.jobs_folder.iterdir()] == ["other"]
    with pytest.raises(ResourceNotFoundError):
        client.jobs.delete("one")


def test_a_job_that_runs_is_not_deleted(client: MLClient, store: Workspace) -> None:
    folder = job(store, "one", 1, ended=False)
    lock = take_lock(folder)
    assert lock is not None
    with pytest.raises(JobException, match="Cancel it first: parallelsdk job cancel -n one"):
        client.jobs.delete("one")
    assert client.jobs.prune(keep=0).names == [] and (folder.steps / "result").exists()


def test_a_job_in_which_an_asset_lies_is_kept_unless_forced(
    client: MLClient, store: Workspace
) -> None:
    folder = job(store, "one", 1)
    client.data.create_or_update(
        Data(name="rows", path=str(folder.steps / "result"), type="uri_file")
    )
    with pytest.raises(JobException, match="holds the data asset rows:1"):
        client.jobs.delete("one")
    assert client.jobs.prune(keep=0).names == []
    client.data.archive("rows")
    assert client.jobs.prune(keep=0, dry_run=True).names == ["one"]
    client.data.restore("rows")
    client.jobs.delete("one", force=True)
    assert not folder.path.exists()


def test_pruning_takes_what_is_old_and_not_among_the_newest(
    client: MLClient, store: Workspace
) -> None:
    for name, days in (("a", 40), ("b", 20), ("c", 10), ("d", 1)):
        job(store, name, days)
    prune = client.jobs.prune
    assert prune(keep=1, dry_run=True).names == ["c", "b", "a"]
    assert prune(older_than=timedelta(days=15), dry_run=True).names == ["b", "a"]
    assert prune(older_than=timedelta(days=15), keep=3, dry_run=True).names == ["a"]
    with pytest.raises(ValidationException, match="Give older_than, keep, or both"):
        prune()
    done = prune(older_than=timedelta(days=15))
    assert done.names == ["b", "a"] and done.freed >= 2 * 8192
    assert store.job_names() == ["c", "d"]


def test_usage_counts_every_byte_once(client: MLClient, store: Workspace) -> None:
    job(store, "small", 1)
    (job(store, "large", 1).steps / "more").write_bytes(b"x" * 100_000)
    (store.files / "ab").mkdir(parents=True)
    (store.files / "ab" / "cd").write_bytes(b"x" * 50_000)
    (store.job("small").code / "big").hardlink_to(store.files / "ab" / "cd")
    found = usage(store)
    assert list(found.jobs) == ["large", "small"]
    assert found.jobs["large"] >= 108_192 and found.jobs["small"] < 50_000 <= found.shared
    on_disk = {
        (s.st_ino, s.st_blocks) for p in store.root.rglob("*") if p.is_file() for s in [p.stat()]
    }
    assert found.total == 512 * sum(blocks for _, blocks in on_disk)
