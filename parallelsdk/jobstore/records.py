"""What a reader sees of a job: the fold of its events into two frozen records."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from parallelsdk.constants import TERMINAL_STATUSES, JobStatus
from parallelsdk.jobstore.events import Event
from parallelsdk.jobstore.metrics import Metrics

DRIVER_DIED = (
    "The driver process of this job ended without saying how (killed, or the machine stopped)."
)


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """Where an output of a step lies, and what it is."""

    path: str
    type: str


NO_EARLIER_RUN = "no earlier run"  # a reason not worth a line of its own


@dataclass(frozen=True, slots=True)
class ReuseRecord:
    """Why a step was reused or was not, and what a later job needs to reuse it."""

    reason: str | None = None  # why it was not reused
    reused_from: str | None = None  # "<job>/<step>" that made what it gives
    fingerprint: str | None = None  # None: reuse is off, or the step can never be reused
    parts: Mapping[str, str] = field(default_factory=dict)  # the digests in the fingerprint
    origin: str | None = None  # the run that made the outputs; the same in all who reused it
    stamps: Mapping[str, str] = field(default_factory=dict)  # output -> digest of its files' state


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step: its state, and for parallel steps its counts (of mini-batches and items)."""

    name: str
    kind: str
    display_name: str | None = None
    status: str = JobStatus.NOT_STARTED
    total: int | None = None
    done: int = 0
    failed: int = 0
    retried: int = 0
    items_done: int = 0
    items_failed: int = 0
    slots: int | None = None
    started: str | None = None
    finished: str | None = None
    seconds: float | None = None
    error: str | None = None
    log: str | None = None
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    reuse: ReuseRecord = field(default_factory=ReuseRecord)
    transfer: str | None = None  # how far the files have come that are under way
    metrics: Metrics = field(default_factory=Metrics)  # filled by metric_log.with_metrics


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job and its steps, as of the last event."""

    name: str
    display_name: str | None = None
    experiment_name: str | None = None
    status: str = JobStatus.NOT_STARTED
    created: str | None = None
    started: str | None = None
    finished: str | None = None
    seconds: float | None = None
    error: str | None = None
    log: str | None = None
    steps: tuple[StepRecord, ...] = ()
    warnings: tuple[str, ...] = ()
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    archived: bool = False
    changed: Mapping[str, Any] = field(default_factory=dict)  # labels set after the submission
    accepts_changes: bool = False  # of input files, since it began; said when it was resumed
    metrics: Metrics = field(default_factory=Metrics)  # what steps logged to it; filled likewise

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to this job by itself."""
        return self.status in TERMINAL_STATUSES

    def step(self, name: str) -> StepRecord:
        """The step of that name."""
        return next(step for step in self.steps if step.name == name)


def fold(name: str, events: Iterable[Event], *, running: bool) -> JobRecord:
    """The record of the job ``name``. ``running`` says whether a driver holds the job's lock."""
    record = JobRecord(name)
    for event in events:
        record = apply(record, event)
    return settle(record, running=running)


def apply(record: JobRecord, event: Event) -> JobRecord:
    """The record after one more event; an unknown type changes nothing."""
    change = _JOB_CHANGES.get(event.type)
    if change is not None:
        return dataclasses.replace(record, **change(record, event))
    step_change = _STEP_CHANGES.get(event.type)
    if step_change is None:
        return record
    steps = tuple(
        dataclasses.replace(step, **step_change(step, event))
        if step.name == event.data["step"]
        else step
        for step in record.steps
    )
    return dataclasses.replace(record, steps=steps)


def settle(record: JobRecord, *, running: bool) -> JobRecord:
    """The record with the truth about a driver that is gone: no job runs without one."""
    if running or record.ended or record.status == JobStatus.NOT_STARTED:
        return record
    steps = tuple(
        dataclasses.replace(step, status=JobStatus.NOT_RESPONDING)
        if step.status == JobStatus.RUNNING
        else step
        for step in record.steps
    )
    return dataclasses.replace(
        record, status=JobStatus.NOT_RESPONDING, error=record.error or DRIVER_DIED, steps=steps
    )


def _created(record: JobRecord, event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "created": event.time,
        "display_name": data.get("display_name"),
        "experiment_name": data.get("experiment_name"),
        "description": data.get("description"),
        "tags": data.get("tags") or {},
        "steps": tuple(
            StepRecord(s["name"], s["kind"], s.get("display_name")) for s in data["steps"]
        ),
        "warnings": tuple(data.get("warnings", ())),
    }


def _launched(record: JobRecord, event: Event) -> dict[str, Any]:
    return {
        "status": JobStatus.STARTING,
        "error": None,
        "finished": None,
        "accepts_changes": bool(event.data.get("accept_changes")),
        "steps": tuple(
            dataclasses.replace(step, error=None) if step.status == JobStatus.NOT_STARTED else step
            for step in record.steps
        ),
    }


def _started(record: JobRecord, event: Event) -> dict[str, Any]:
    return {"status": JobStatus.RUNNING, "started": record.started or event.time}


def _finished(record: JobRecord, event: Event) -> dict[str, Any]:
    return {"finished": event.time, **_pick(event, "status", "seconds", "error", "log")}


def _warning(record: JobRecord, event: Event) -> dict[str, Any]:
    return {"warnings": (*record.warnings, event.data["message"])}


def _cancel_requested(record: JobRecord, event: Event) -> dict[str, Any]:
    return {} if record.ended else {"status": JobStatus.CANCEL_REQUESTED}


def _archived(record: JobRecord, event: Event) -> dict[str, Any]:
    return {"archived": event.type == "job_archived"}


def _updated(record: JobRecord, event: Event) -> dict[str, Any]:
    names = ("display_name", "description", "tags")
    return {"changed": {**record.changed, **event.data}, **_pick(event, *names)}


def _steps_reopened(record: JobRecord, event: Event) -> dict[str, Any]:
    names = event.data["steps"]
    return {
        "steps": tuple(
            dataclasses.replace(step, status=JobStatus.NOT_STARTED) if step.name in names else step
            for step in record.steps
        )
    }


def _step_started(step: StepRecord, event: Event) -> dict[str, Any]:
    return {
        "status": JobStatus.RUNNING,
        "started": step.started or event.time,
        "error": None,
        "total": event.data.get("total_mini_batches"),
        "slots": event.data.get("slots"),
    }


def _step_progress(step: StepRecord, event: Event) -> dict[str, Any]:
    return _pick(event, "total", "done", "failed", "retried", "items_done", "items_failed")


def _step_transfer(step: StepRecord, event: Event) -> dict[str, Any]:
    return {"transfer": event.data["text"]}


def _step_output(step: StepRecord, event: Event) -> dict[str, Any]:
    output = OutputRecord(event.data["path"], event.data["type"])
    return {"outputs": {**step.outputs, event.data["output"]: output}}


def _step_reuse(step: StepRecord, event: Event) -> dict[str, Any]:
    return {"reuse": ReuseRecord(**_pick(event, "reason", "reused_from", "fingerprint", "parts"))}


def _step_not_run(step: StepRecord, event: Event) -> dict[str, Any]:
    return {"error": event.data["reason"]}


def _step_finished(step: StepRecord, event: Event) -> dict[str, Any]:
    return {
        "finished": event.time,
        "reuse": dataclasses.replace(step.reuse, **_pick(event, "origin", "stamps")),
        **_pick(event, "status", "seconds", "error", "log"),
    }


def _pick(event: Event, *names: str) -> dict[str, Any]:
    return {name: event.data[name] for name in names if name in event.data}


_JOB_CHANGES: Mapping[str, Callable[[JobRecord, Event], dict[str, Any]]] = {
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
}
_STEP_CHANGES: Mapping[str, Callable[[StepRecord, Event], dict[str, Any]]] = {
    "step_started": _step_started,
    "step_progress": _step_progress,
    "step_transfer": _step_transfer,
    "step_output": _step_output,
    "step_reuse": _step_reuse,
    "step_not_run": _step_not_run,
    "step_finished": _step_finished,
}
