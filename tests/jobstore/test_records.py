"""A job's record is the fold of its events, corrected by the truth on its driver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.cli._document import job_document
from parallelsdk.client.streaming import progress_text
from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.events import Event
from parallelsdk.jobstore.folding import fold
from parallelsdk.jobstore.layout import JobFolder


def _events(*pairs: tuple[str, dict[str, Any]]) -> list[Event]:
    return [
        Event(number, f"2026-01-01T00:00:0{number}+00:00", type_, data)
        for number, (type_, data) in enumerate(pairs, 1)
    ]


CREATED = (
    "job_created",
    {"display_name": "d", "experiment_name": "e", "steps": [{"name": "s", "kind": "parallel"}]},
)
LAUNCHED: tuple[str, dict[str, Any]] = ("job_launched", {})
STARTED: tuple[str, dict[str, Any]] = ("job_started", {"pid": 1})
STEP_STARTED = ("step_started", {"step": "s", "total_mini_batches": 10, "slots": 2})
PROGRESS = (
    "step_progress",
    {
        "step": "s",
        "total": 10,
        "done": 3,
        "failed": 1,
        "retried": 2,
        "items_done": 6,
        "items_failed": 2,
    },
)


def test_a_job_that_runs_says_how_far_it_is() -> None:
    record = fold("j", _events(CREATED, LAUNCHED, STARTED, STEP_STARTED, PROGRESS), running=True)
    assert record.status == JobStatus.RUNNING
    step = record.step("s")
    assert (step.total, step.done, step.failed, step.retried, step.slots) == (10, 3, 1, 2, 2)


def test_a_job_without_a_driver_is_neither_running_nor_completed() -> None:
    record = fold("j", _events(CREATED, LAUNCHED, STARTED, STEP_STARTED), running=False)
    assert record.status == JobStatus.NOT_RESPONDING
    assert record.step("s").status == JobStatus.NOT_RESPONDING
    assert record.error


def test_a_job_that_was_never_launched_has_not_started() -> None:
    assert fold("j", _events(CREATED), running=False).status == JobStatus.NOT_STARTED


def test_the_last_word_on_a_finished_job_is_its_own() -> None:
    finished = ("job_finished", {"status": "Failed", "seconds": 1.5, "error": "why", "log": "l"})
    record = fold("j", _events(CREATED, LAUNCHED, STARTED, finished), running=False)
    assert (record.status, record.error, record.log, record.seconds) == ("Failed", "why", "l", 1.5)


def test_outputs_are_found_by_name() -> None:
    output = ("step_output", {"step": "s", "output": "o", "path": "/p", "type": "uri_file"})
    record = fold("j", _events(CREATED, LAUNCHED, output), running=True)
    assert record.step("s").outputs["o"].path == "/p"


def test_an_event_of_a_later_version_changes_nothing() -> None:
    assert fold("j", _events(CREATED, ("job_dreamed", {})), running=False).name == "j"


def test_a_job_can_be_archived_and_labelled_while_it_runs_and_afterwards() -> None:
    update = ("job_updated", {"display_name": "new", "tags": {"a": "b"}})
    events = _events(CREATED, LAUNCHED, STARTED, ("job_archived", {}), update)
    record = fold("j", events, running=True)
    assert (record.archived, record.display_name, record.tags) == (True, "new", {"a": "b"})
    assert record.changed == {"display_name": "new", "tags": {"a": "b"}}
    assert record.status == JobStatus.RUNNING
    restored = fold("j", [*events, *_events(("job_restored", {}))], running=True)
    assert not restored.archived


def test_a_step_that_did_not_run_says_why_until_the_job_is_launched_again() -> None:
    skipped = ("step_not_run", {"step": "s", "reason": "It did not run, because step a failed."})
    finished: tuple[str, dict[str, Any]] = ("job_finished", {"status": "Failed"})
    events = (CREATED, LAUNCHED, STARTED, skipped, finished)
    step = fold("j", _events(*events), running=False).step("s")
    assert (step.status, step.error) == (JobStatus.NOT_STARTED, skipped[1]["reason"])
    again = fold("j", _events(*events, LAUNCHED), running=True).step("s")
    assert (again.status, again.error) == (JobStatus.NOT_STARTED, None)


def test_a_warning_that_is_said_again_stands_there_once() -> None:
    warning = ("warning", {"message": "again"})
    assert fold("j", _events(CREATED, warning, warning), running=False).warnings == ("again",)


def test_the_driver_is_the_one_that_the_last_launch_has_started() -> None:
    started = fold("j", _events(CREATED, LAUNCHED, STARTED), running=True)
    assert started.driver == 1
    assert fold("j", _events(CREATED, LAUNCHED, STARTED, LAUNCHED), running=True).driver is None


ODD: list[object] = [None, 7, 2.5, "text", True, [], ["a", 1, {}], {}, {"a": 1}]
TYPES = (
    *("job_created", "job_launched", "job_started", "job_finished", "cancel_requested"),
    *("warning", "steps_reopened", "job_archived", "job_restored", "job_updated"),
    *("step_started", "step_progress", "step_transfer", "step_output", "step_reuse"),
    *("new_code", "step_not_run", "step_finished"),
)
KEYS = (
    *("step", "steps", "message", "path", "type", "output", "text", "reason", "status", "tags"),
    *("seconds", "error", "log", "done", "failed", "total", "pid", "origin", "stamps", "parts"),
    *("display_name", "experiment_name", "description", "warnings", "properties", "files"),
    *("total_mini_batches", "slots", "fingerprint", "reused_from"),
)


@pytest.mark.parametrize("type_", TYPES)
def test_no_event_of_another_release_makes_a_record_that_cannot_be_shown(type_: str) -> None:
    events = [CREATED, LAUNCHED, STARTED, STEP_STARTED]
    for odd in ODD:
        for key in KEYS:
            events.append((type_, {key: odd} if key == "step" else {"step": "s", key: odd}))
    record = fold("j", _events(*events), running=True)
    document = job_document(JobFolder(Path("/nowhere/jobs/j")), record)
    json.dumps(document)
    for step in record.steps:
        assert isinstance(progress_text(step), str)
        assert isinstance(step.status, str) and isinstance(step.done, int)
    assert isinstance(record.status, str) and isinstance(record.name, str)
    assert all(isinstance(text, str) for text in record.warnings)
