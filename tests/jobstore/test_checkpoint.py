"""A long log is read once: readers go on from where one of them was, and never believe wrongly."""

from __future__ import annotations

import json
import os
import random
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import EventLog, read_events
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.seal import seal, unseal
from parallelsdk.jobstore.store import DriverLog, create_job, read_job

STEPS = [{"name": name, "kind": "parallel"} for name in ("score", "count")]


def write_log(folder: JobFolder, events: Iterator[tuple[str, dict[str, Any]]]) -> None:
    """Append many events, as their writers do, but not one by one."""
    seq = len(read_events(folder.events))
    with folder.events.open("ab") as file:
        for number, (type_, data) in enumerate(events, seq + 1):
            moment = f"2026-01-01T00:00:00.{number % 1000:03}+00:00"
            record = {"seq": number, "time": moment, "type": type_, "data": data}
            file.write(seal(json.dumps(record, separators=(",", ":"))) + b"\n")


def progress(count: int, step: str = "score") -> Iterator[tuple[str, dict[str, Any]]]:
    """So many events on progress; 400 of them are a long log."""
    for done in range(count):
        counts = {"total": count, "done": done, "failed": 0, "retried": 0}
        yield "step_progress", {"step": step, **counts, "items_done": done, "items_failed": 0}


def begun(folder: JobFolder) -> Iterator[tuple[str, dict[str, Any]]]:
    path = str(folder.step("score").outputs / "rows")
    yield "job_created", {"display_name": "d", "steps": STEPS, "tags": {"a": "b"}}
    yield "job_launched", {}
    yield "job_started", {"pid": 1}
    yield "step_started", {"step": "score", "total_mini_batches": 5000, "slots": 2}
    yield "step_reuse", {"step": "score", "fingerprint": "f" * 32, "parts": {"code": "x"}}
    yield "step_output", {"step": "score", "output": "rows", "path": path, "type": "uri_file"}
    yield "new_code", {"step": "score", "code": "/x", "files": ["a.py"]}


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    """A job with a long log."""
    folder = create_job(Workspace.at(tmp_path / "workspace"), "one")
    write_log(folder, begun(folder))
    write_log(folder, progress(2000))
    return folder


def fresh(folder: JobFolder) -> JobRecord:
    """What the whole log comes to."""
    folder.checkpoint.unlink(missing_ok=True)
    return read_job(folder)


def test_the_second_reading_of_a_long_log_costs_next_to_nothing(job: JobFolder) -> None:
    write_log(job, progress(30_000))
    costs, records = [], []
    for _ in range(4):
        began = time.process_time()
        records.append(read_job(job))
        costs.append(time.process_time() - began)
    assert records == [records[0]] * 4
    assert min(costs[1:]) < costs[0] / 5, costs


def test_what_comes_after_the_last_reading_is_read(job: JobFolder) -> None:
    read_job(job)
    events = EventLog(job.events)
    for _, data in progress(3):
        events.append("step_progress", **(data | {"failed": 7}))
    events.append("step_finished", step="score", status="Completed", origin="o", stamps={"r": "s"})
    events.append("job_finished", status="Completed", seconds=5.0)
    record = read_job(job)
    assert (record.status, record.step("score").failed) == ("Completed", 7)
    assert record == fresh(job)
    assert record.step("score").outputs["rows"].path == str(job.step("score").outputs / "rows")


def test_any_log_comes_to_the_same_however_often_it_was_read_on_the_way(tmp_path: Path) -> None:
    chance = random.Random(7)
    workspace = Workspace.at(tmp_path / "workspace")
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("step_progress", {"done": 5, "failed": 1, "retried": 0}),
        ("step_transfer", {"text": "input data: 1 of 2 files"}),
        ("step_started", {"total_mini_batches": 9, "slots": 1}),
        ("step_finished", {"status": "Failed", "seconds": 1.5, "error": "e" * 3000, "log": "/l"}),
        ("step_not_run", {"reason": "why"}),
        ("steps_reopened", {"steps": ["score"]}),
        ("warning", {"message": "w"}),
        ("cancel_requested", {}),
        ("job_updated", {"tags": {"t": "u"}, "properties": {"p": "q"}}),
        ("job_archived", {}),
        ("job_finished", {"status": "Failed", "seconds": 2, "error": None}),
        ("job_launched", {"accept_changes": True}),
        ("job_started", {"pid": 12}),
        ("unheard_of", {"x": "y" * 3000}),
    ]
    for number in range(8):
        folder = create_job(workspace, f"job{number}")
        write_log(folder, begun(folder))
        for _ in range(6):
            few = chance.choices(kinds, k=chance.randrange(60))
            told = ((t, {**d, "step": chance.choice(["score", "count"])}) for t, d in few)
            write_log(folder, told)
            read_job(folder)
        assert read_job(folder) == fresh(folder)


@pytest.mark.parametrize(
    "how", ["garbage", "a bit", "other rules", "shorter log", "other line", "other fields", "empty"]
)
def test_what_does_not_fit_the_log_is_not_believed(job: JobFolder, how: str) -> None:
    read_job(job)
    kept = job.checkpoint.read_bytes()
    lines = job.events.read_bytes().splitlines(keepends=True)
    if how == "garbage":
        job.checkpoint.write_bytes(b"\x00nonsense")
    elif how == "empty":
        job.checkpoint.write_bytes(b"")
    elif how == "a bit":
        job.checkpoint.write_bytes(kept.replace(b'"done":1999', b'"done":1998'))
    elif how == "other rules":
        forged = json.loads(unseal(kept)) | {"rules": "0:none"}
        forged["record"]["display_name"] = "forged"
        job.checkpoint.write_bytes(seal(json.dumps(forged)))
    elif how == "other fields":
        forged = json.loads(unseal(kept)) | {"record": {"nothing": 1}}
        job.checkpoint.write_bytes(seal(json.dumps(forged)))
    else:
        job.events.write_bytes(b"".join(lines[:-5]))
        if how == "other line":
            write_log(job, progress(9))
    record = read_job(job)
    assert record == fresh(job)
    assert record.display_name == "d"


def test_it_is_private_whole_and_alone_also_when_many_read_at_once(job: JobFolder) -> None:
    before = {path.name for path in job.path.iterdir()}
    threads = [threading.Thread(target=read_job, args=(job,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stat.S_IMODE(job.checkpoint.stat().st_mode) == 0o600
    assert {path.name for path in job.path.iterdir()} - before == {job.checkpoint.name}
    assert json.loads(unseal(job.checkpoint.read_bytes()))["record"]["display_name"] == "d"


def test_where_it_cannot_be_written_everything_is_read_as_ever(
    job: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.checkpoint.mkdir()  # nothing can take its place
    assert read_job(job).step("score").done == 1999
    assert list(job.path.glob("record.json.*")) == []
    job.checkpoint.rmdir()

    def refuse(path: object, flags: int, *_: object, **__: object) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied")
        return opened(path, flags)  # type: ignore[arg-type]

    opened = os.open
    monkeypatch.setattr(os, "open", refuse)
    assert read_job(job).step("score").done == 1999
    assert not job.checkpoint.exists()


def test_what_a_killed_reader_left_is_swept(job: JobFolder) -> None:
    for name, age in (("abandoned", 7200), ("written now", 0)):
        partial = job.checkpoint.with_name(f"record.json.{name}")
        partial.touch()
        os.utime(partial, (time.time() - age,) * 2)
    read_job(job)
    assert [path.name for path in job.path.glob("record.json.*")] == ["record.json.written now"]


def test_a_short_log_has_none(tmp_path: Path) -> None:
    folder = create_job(Workspace.at(tmp_path / "workspace"), "one")
    write_log(folder, begun(folder))
    read_job(folder)
    assert not folder.checkpoint.exists()


def test_the_driver_keeps_one_as_its_log_grows(tmp_path: Path) -> None:
    folder = create_job(Workspace.at(tmp_path / "workspace"), "one")
    write_log(folder, begun(folder))
    log = DriverLog(folder)
    unread = 0
    for type_, data in progress(300):
        log.append(type_, durable=False, **data)
        if folder.checkpoint.exists():
            kept = json.loads(unseal(folder.checkpoint.read_bytes()))
            unread = folder.events.stat().st_size - kept["position"]["offset"]
            assert unread < 64 * 1024
    assert unread > 0  # there was one
    assert read_job(folder) == fresh(folder)


def test_a_driver_whose_log_is_damaged_writes_on(job: JobFolder) -> None:
    text = job.events.read_bytes()
    job.events.write_bytes(text.replace(b'"done":77,', b'"done":78,', 1))
    log = DriverLog(job)
    events = [log.append(type_, durable=False, **data) for type_, data in progress(300)]
    assert events[-1].seq == 7 + 2000 + 300
    with pytest.raises(JobException, match="damaged"):
        read_job(job)
