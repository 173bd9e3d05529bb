"""A job's life as plain lines: what changed between two records, and how to follow a job.

The same lines serve ``jobs.stream`` and a command line without a terminal. Each begins with the
UTC time.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from parallelsdk._units import format_seconds
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import ErrorTarget, JobException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import NO_EARLIER_RUN, JobRecord, StepRecord
from parallelsdk.jobstore.store import JobWatch

POLL_SECONDS = 0.1
PROGRESS_SECONDS = 10.0  # a line at the latest after this time, if something moved
PROGRESS_PERCENT = 10  # or after this share of the mini-batches
_SHOWN = 3  # failed mini-batches in the last lines
START_SECONDS = 30.0  # a job whose driver was never started is given up after this


def follow(
    folder: JobFolder,
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[JobRecord]:
    """The job's record again and again, several times a second, until it has ended.

    Raises JobException when the job was prepared, but nobody ever started it.
    """
    watch = JobWatch(folder)
    begin = clock()
    while True:
        record = watch.read()
        yield record
        if record.ended:
            return
        if record.status == JobStatus.NOT_STARTED and clock() - begin > START_SECONDS:
            raise JobException(
                f'The job "{record.name}" was prepared but never started. Submit it again; what '
                f"was prepared lies in {folder.path}.",
                target=ErrorTarget.JOB,
            )
        wait(POLL_SECONDS)


class PlainLines:
    """Turns successive records of a job into lines: one per change of state, and some progress."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._status: dict[str, str] = {}
        self._warnings = 0
        self._shown: dict[str, tuple[float, int]] = {}  # step -> when, mini-batches ended

    def lines(self, record: JobRecord) -> list[str]:
        """The lines that ``record`` adds to what was told before."""
        told = [f"warning: {text}" for text in record.warnings[self._warnings :]]
        self._warnings = len(record.warnings)
        for step in record.steps:
            told += self._step_lines(step)
        if self._changed("", record.status) and record.ended:
            told.append(_end(f"job {record.name}", record))
            told += failure_lines(record)
        elif self._status[""] == JobStatus.CANCEL_REQUESTED and self._changed("?", "cancel"):
            told.append(f"job {record.name}: cancel requested")
        return [stamped(line) for line in told]

    def _step_lines(self, step: StepRecord) -> list[str]:
        changed = self._changed(step.name, step.status)
        if changed and step.status == JobStatus.RUNNING:
            self._shown[step.name] = (self._clock(), 0)
            return [f"step {step.name}: Running{_size(step)}{_not_reused(step)}"]
        if step.status == JobStatus.NOT_STARTED:
            is_told = step.error is None or not self._changed(f"{step.name}?", step.error)
            return [] if is_told else [f"step {step.name}: {step.status}. {step.error}"]
        if changed:
            counts = f" ({progress_text(step)})" if step.total is not None else ""
            return [_end(f"step {step.name}", step) + reused(step) + counts]
        if step.status == JobStatus.RUNNING and self._worth_a_line(step):
            return [f"step {step.name}: {progress_text(step)}"]
        return []

    def _changed(self, name: str, status: str) -> bool:
        before = self._status.get(name)
        self._status[name] = status
        return before != status

    def _worth_a_line(self, step: StepRecord) -> bool:
        ended = step.done + step.failed
        at, shown = self._shown[step.name]
        if ended == shown:
            return False
        share = 100 * (ended - shown) >= PROGRESS_PERCENT * (step.total or 1)
        if not share and self._clock() - at < PROGRESS_SECONDS:
            return False
        self._shown[step.name] = (self._clock(), ended)
        return True


def stamped(line: str) -> str:
    """``line`` behind the present UTC time."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}"


def progress_text(step: StepRecord) -> str:
    """``37 of 50 mini-batches, 1 failed, 112 items, 1 retried``; what is zero is left out.

    What failed stands before what can be missed where a line is cut.
    """
    total = "" if step.total is None else f" of {step.total}"
    word = "mini-batch" if (step.total or step.done) == 1 else "mini-batches"
    parts = [f"{step.done}{total} {word}"]
    if step.failed:
        parts.append(f"{step.failed} failed")
    parts.append(counted(step.items_done, "item"))
    if step.items_failed:
        parts.append(f"{counted(step.items_failed, 'item')} failed")
    if step.retried:
        parts.append(f"{step.retried} retried")
    return ", ".join(parts)


def failed_mini_batches(record: JobRecord) -> int:
    """How many mini-batches of the job failed for good."""
    return sum(step.failed for step in record.steps)


def failure_lines(record: JobRecord) -> list[str]:
    """``1 mini-batch failed: #31 (book.txt): UnicodeDecodeError: ...``, one line for each of the
    first ones, and what to do. Nothing for a job without failed mini-batches.
    """
    count = failed_mini_batches(record)
    if not count:
        return []
    shown = [(step, failure) for step in record.steps for failure in step.failures][:_SHOWN]
    head = f"{counted(count, 'mini-batch', 'mini-batches')} failed"
    told = [f"#{f.mini_batch} ({f.items}): {f.error}" for _, f in shown]
    if len(record.steps) > 1:
        told = [f"{s.name} {text}" for (s, _), text in zip(shown, told, strict=True)]
    lines = [f"{head}: {told[0]}"] if len(told) == 1 == count else [head, *(f"  {t}" for t in told)]
    if count > len(shown) or count > 1:
        lines.append(f"All of them: parallelsdk job errors -n {shlex.quote(record.name)}")
    lines.append(f"Try again: {retry_command(record)}")
    return lines


def retry_command(record: JobRecord) -> str:
    """The command that tries the failed mini-batches of a job that has ended again."""
    verb = "retry-failed" if record.status == JobStatus.COMPLETED else "resume"
    return f"parallelsdk job {verb} -n {shlex.quote(record.name)}"


def reused(step: StepRecord) -> str:
    """``, reused from <job>/<step>``, where it is so."""
    return f", reused from {step.reuse.reused_from}" if step.reuse.reused_from else ""


def _not_reused(step: StepRecord) -> str:
    """Why the step runs, where it could have been reused."""
    reason = step.reuse.reason if step.reuse.fingerprint else None
    return f"; not reused: {reason}" if reason not in (None, NO_EARLIER_RUN) else ""


def _size(step: StepRecord) -> str:
    if step.total is None:
        return ""
    workers = f" on {counted(step.slots, 'worker')}" if step.slots else ""
    return f", {counted(step.total, 'mini-batch', 'mini-batches')}{workers}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 item``, ``2 items``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _end(what: str, record: JobRecord | StepRecord) -> str:
    seconds = "" if record.seconds is None else f" in {format_seconds(record.seconds)}"
    cause = f": {record.error.splitlines()[0]}" if record.error else ""
    return f"{what}: {record.status}{seconds}{cause}"
