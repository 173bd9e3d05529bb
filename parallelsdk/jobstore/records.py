"""What a reader sees of a job: two frozen records, which its events are folded into."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parallelsdk._codec import StoredPath
from parallelsdk.constants import TERMINAL_STATUSES, JobStatus
from parallelsdk.jobstore.metrics import Metrics

DRIVER_DIED = (
    "The driver process of this job ended without saying how (killed, or the machine stopped)."
)


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """Where an output of a step lies, and what it is."""

    path: StoredPath
    type: str
    asset: str | None = None  # the reference to what it was registered as


MOST_FAILURES = 20  # failed mini-batches of a step that its record tells of
LAST_ERROR = " The last error: "  # what stands in a step's error before that of a mini-batch
RAN_BEFORE = "this job began it before"  # another
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
class NewCode:
    """When a step was given the code as it was then, and the first files that were other."""

    time: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: its text, when it was told, and the step whose code it is about, if it is."""

    text: str
    time: str | None = None
    code_of: str | None = None


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """A mini-batch that was given up: what it consists of, and why, each in one line."""

    mini_batch: int
    items: str
    attempts: int
    error: str


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
    threads: int | None = None  # of each worker's numerical libraries, unless the user sets them
    started: str | None = None
    finished: str | None = None
    seconds: float | None = None
    error: str | None = None
    log: StoredPath | None = None
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    reuse: ReuseRecord = field(default_factory=ReuseRecord)
    transfer: str | None = None  # how far the files have come that are under way
    metrics: Metrics = field(default_factory=Metrics)  # filled by metric_log.with_metrics
    new_code: NewCode | None = None  # None: it has the code of the submission
    failures: tuple[FailureRecord, ...] = ()  # the first ones of the last run; failed has them all
    waiting: str | None = None  # what it waits for although all that it needs is there
    resumed: str | None = None  # when it was started last, if that was not the first time


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
    log: StoredPath | None = None
    steps: tuple[StepRecord, ...] = ()
    notices: tuple[Notice, ...] = ()
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    archived: bool = False
    changed: Mapping[str, Any] = field(default_factory=dict)  # labels set after the submission
    accepts_changes: bool = False  # of input files, since it began; said when it was resumed
    metrics: Metrics = field(default_factory=Metrics)  # what steps logged to it; filled likewise
    driver: int | None = None  # the process that the last launch has started, once it says so
    touched: str | None = None  # when the last event was

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to this job by itself."""
        return self.status in TERMINAL_STATUSES

    @property
    def warnings(self) -> tuple[str, ...]:
        """What there was to warn of, and still is."""
        return tuple(notice.text for notice in self.notices)

    def step(self, name: str) -> StepRecord:
        """The step of that name."""
        return next(step for step in self.steps if step.name == name)


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
