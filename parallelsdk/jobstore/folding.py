"""The rules by which events become records: each event changes a few fields, in order.

Alone and pure. A log may be of another release: what is missing in an event, or not of the type
that it should be, changes nothing, and no event makes a record that cannot be shown.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any, Final

from parallelsdk.constants import TERMINAL_STATUSES, JobStatus
from parallelsdk.jobstore.event_line import Event
from parallelsdk.jobstore.records import (
    FailureRecord,
    JobRecord,
    NewCode,
    Notice,
    OutputRecord,
    ReuseRecord,
    StepRecord,
    settle,
)

Fields = dict[str, Any]  # of a record, by their names
_TEXT: Final = (str, NoneType)
_COUNT: Final = (int,)
_END: Final[Mapping[str, tuple[type, ...]]] = {
    "status": (str,),
    "seconds": (int, float, NoneType),
    "error": _TEXT,
    "log": _TEXT,
}
_PROGRESS: Final[Mapping[str, tuple[type, ...]]] = {
    "total": (int, NoneType),
    **dict.fromkeys(("done", "failed", "retried", "items_done", "items_failed"), _COUNT),
}
_LABELS: Final[Mapping[str, tuple[type, ...]]] = {
    "display_name": _TEXT,
    "description": _TEXT,
    "tags": (dict,),
    "properties": (dict,),
}


class JobFold:
    """The fold of one job's events so far, to be gone on with from the record of an earlier one."""

    def __init__(self, before: JobRecord) -> None:
        self._job = _fields(before, _JOB_FIELDS)
        self._steps = {step.name: _fields(step, _STEP_FIELDS) for step in before.steps}
        self._record: JobRecord | None = before

    def add(self, events: Iterable[Event]) -> None:
        """Fold more events; an unknown type changes nothing."""
        for event in events:
            self._record = None
            self._job["touched"] = event.time
            on_job = _JOB_RULES.get(event.type)
            on_step = _STEP_RULES.get(event.type)
            if on_job is not None:
                on_job(self._job, self._steps, event)
            elif on_step is not None:
                step = self._steps.get(_text(event, "step"))
                if step is not None:
                    on_step(step, event)

    @property
    def record(self) -> JobRecord:
        """What the events came to, as they say it: not yet ``settle``-d."""
        if self._record is None:
            steps = tuple(StepRecord(**step) for step in self._steps.values())
            self._record = JobRecord(**{**self._job, "steps": steps})
        return self._record


def fold(name: str, events: Iterable[Event], *, running: bool) -> JobRecord:
    """The record of the job ``name``. ``running`` says whether a driver holds the job's lock."""
    folded = JobFold(JobRecord(name))
    folded.add(events)
    return settle(folded.record, running=running)


def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(record))


_JOB_FIELDS: Final = _names(JobRecord)
_STEP_FIELDS: Final = _names(StepRecord)


def _fields(record: JobRecord | StepRecord, names: tuple[str, ...]) -> Fields:
    return {name: getattr(record, name) for name in names}


def _created(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    given = _picked(event, {**_LABELS, "experiment_name": _TEXT})
    given.pop("properties", None)
    notices = tuple(Notice(text, event.time) for text in _texts(event, "warnings"))
    job.update(given, created=event.time, notices=notices)
    steps.clear()
    told = event.data.get("steps")
    for step in told if isinstance(told, list) else ():
        if isinstance(step, dict) and isinstance(step.get("name"), str):
            kind, shown = (step.get(key) for key in ("kind", "display_name"))
            steps[step["name"]] = _fields(
                StepRecord(
                    step["name"],
                    kind if isinstance(kind, str) else "",
                    shown if isinstance(shown, str) else None,
                ),
                _STEP_FIELDS,
            )


def _launched(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    job.update(status=JobStatus.STARTING, error=None, finished=None, driver=None)
    job["accepts_changes"] = bool(event.data.get("accept_changes"))
    for step in steps.values():  # what the run before came to is no news of this one
        if step["status"] != JobStatus.COMPLETED:
            step.update(status=JobStatus.NOT_STARTED, error=None, failures=())


def _started(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    job.update(status=JobStatus.RUNNING, started=job["started"] or event.time)
    pid = event.data.get("pid")
    job["driver"] = pid if isinstance(pid, int) else None


def _finished(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    job.update(_picked(event, _END), finished=event.time)


def _warning(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    message = _text(event, "message")
    if message and message not in (notice.text for notice in job["notices"]):  # said again, perhaps
        notice = Notice(message, event.time, _text(event, "code_of") or None)
        job["notices"] = (*job["notices"], notice)


def _cancel_requested(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    if job["status"] not in TERMINAL_STATUSES:
        job["status"] = JobStatus.CANCEL_REQUESTED


def _archived(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    job["archived"] = event.type == "job_archived"


def _updated(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    labels = _picked(event, _LABELS)
    job["changed"] = {**job["changed"], **labels}
    labels.pop("properties", None)
    job.update(labels)


def _steps_reopened(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    for name in _texts(event, "steps"):
        if name in steps:
            steps[name]["status"] = JobStatus.NOT_STARTED


def _step_started(step: Fields, event: Event) -> None:
    names = ("total_mini_batches", "slots", "threads")
    given = _picked(event, dict.fromkeys(names, (int, NoneType)))
    step.update(
        status=JobStatus.RUNNING,
        started=step["started"] or event.time,
        resumed=event.time if step["started"] else None,
        error=None,
        waiting=None,
        total=given.get("total_mini_batches"),
        slots=given.get("slots"),
        threads=given.get("threads"),
    )


def _step_progress(step: Fields, event: Event) -> None:
    step.update(_picked(event, _PROGRESS))


def _step_transfer(step: Fields, event: Event) -> None:
    step["transfer"] = _text(event, "text") or step["transfer"]


def _step_output(step: Fields, event: Event) -> None:
    name, path, type_ = (_text(event, key) for key in ("output", "path", "type"))
    if name and path:
        output = OutputRecord(path, type_, _text(event, "asset") or None)
        step["outputs"] = {**step["outputs"], name: output}


def _step_waiting(step: Fields, event: Event) -> None:
    step["waiting"] = _text(event, "reason") or None


def _step_failures(step: Fields, event: Event) -> None:
    told = event.data.get("failures")
    found = []
    for failure in told if isinstance(told, list) else ():
        if isinstance(failure, dict) and isinstance(failure.get("mini_batch"), int):
            attempts = failure.get("attempts")
            found.append(
                FailureRecord(
                    failure["mini_batch"],
                    str(failure.get("items", "")),
                    attempts if isinstance(attempts, int) else 0,
                    str(failure.get("error", "")),
                )
            )
    step["failures"] = tuple(found)


def _step_reuse(step: Fields, event: Event) -> None:
    texts = _picked(event, dict.fromkeys(("reason", "reused_from", "fingerprint"), _TEXT))
    step["reuse"] = ReuseRecord(**texts, parts=_digests(event, "parts"))


def _new_code(job: Fields, steps: dict[str, Fields], event: Event) -> None:
    name = _text(event, "step")
    if name in steps:
        steps[name]["new_code"] = NewCode(event.time, tuple(_texts(event, "files")))
        # That it had old code was true until now.
        job["notices"] = tuple(notice for notice in job["notices"] if notice.code_of != name)


def _step_not_run(step: Fields, event: Event) -> None:
    step["error"] = _text(event, "reason") or step["error"]


def _step_finished(step: Fields, event: Event) -> None:
    reuse = _picked(event, {"origin": _TEXT})
    if "stamps" in event.data:
        reuse["stamps"] = _digests(event, "stamps")
    step["reuse"] = dataclasses.replace(step["reuse"], **reuse)
    step.update(_picked(event, _END), finished=event.time)


def _picked(event: Event, wanted: Mapping[str, tuple[type, ...]]) -> Fields:
    """Those of the ``wanted`` values that the event has, and that are of their types."""
    data = event.data
    return {n: data[n] for n, types in wanted.items() if n in data and isinstance(data[n], types)}


def _text(event: Event, name: str) -> str:
    value = event.data.get(name)
    return value if isinstance(value, str) else ""


def _texts(event: Event, name: str) -> list[str]:
    values = event.data.get(name)
    return [v for v in values if isinstance(v, str)] if isinstance(values, list) else []


def _digests(event: Event, name: str) -> dict[str, str]:
    values = event.data.get(name)
    if not isinstance(values, dict):
        return {}
    return {key: value for key, value in values.items() if isinstance(value, str)}


_JOB_RULES: Mapping[str, Callable[[Fields, dict[str, Fields], Event], None]] = {
    "job_created": _created,
    "job_launched": _launched,
    "job_started": _started,
    "job_finished": _finished,
    "cancel_requested": _cancel_requested,
    "warning": _warning,
    "steps_reopened": _steps_reopened,
    "job_archived": _archived,
    "job_restored": _archived,
    "job_updated": _updated,
    "new_code": _new_code,
}
_STEP_RULES: Mapping[str, Callable[[Fields, Event], None]] = {
    "step_started": _step_started,
    "step_progress": _step_progress,
    "step_transfer": _step_transfer,
    "step_output": _step_output,
    "step_failures": _step_failures,
    "step_waiting": _step_waiting,
    "step_reuse": _step_reuse,
    "step_not_run": _step_not_run,
    "step_finished": _step_finished,
}
_VERSION: Final = 1  # another one when the same events come to other values
_SHAPE: Final = (
    *_JOB_RULES,
    *_STEP_RULES,
    *map(_names, (JobRecord, StepRecord, ReuseRecord, NewCode, Notice, FailureRecord)),
)
# What a record that is kept was folded by: another release may know more events, and more fields.
RULES: Final = f"{_VERSION}:{zlib.crc32(repr(_SHAPE).encode()):08x}"
