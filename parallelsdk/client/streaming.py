"""A job's life as plain lines: what changed between two records, and how to follow a job.

The same lines serve ``jobs.stream`` and a command line without a terminal. Each begins with the
UTC time.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from parallelsdk._units import counted, format_seconds, mini_batches
from parallelsdk.client.failures import kind_of, with_failures
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import ErrorTarget, JobException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import (
    LAST_ERROR,
    NO_EARLIER_RUN,
    RAN_BEFORE,
    JobRecord,
    Notice,
    StepRecord,
)
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
        if record.ended:
            yield with_failures(folder, record)
            return
        yield record
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
        self._notices: set[Notice] = set()
        self._shown: dict[str, tuple[float, int]] = {}  # step -> when, mini-batches ended
        self._causes: set[str] = set()  # errors that were told

    def lines(self, record: JobRecord) -> list[str]:
        """The lines that ``record`` adds to what was told before."""
        news = [notice for notice in record.notices if notice not in self._notices]
        told = [stamped(f"warning: {notice.text}", notice.time) for notice in news]
        self._notices.update(news)
        last = ended_at(record)
        for step in record.steps:
            told += (stamped(line, at or last) for line, at in self._step_lines(step))
        if self._changed("", record.status) and record.ended:
            lines = [_end(f"job {record.name}", record, self._causes), *failure_lines(record)]
            told += (stamped(line, last) for line in lines)
        elif self._status[""] == JobStatus.CANCEL_REQUESTED and self._changed("?", "cancel"):
            told.append(stamped(f"job {record.name}: cancel requested"))
        return told

    def _step_lines(self, step: StepRecord) -> list[tuple[str, str | None]]:
        """Lines, each with the time of what it tells, None for now."""
        changed = self._changed(step.name, step.status)
        if changed and step.status == JobStatus.RUNNING:
            self._shown[step.name] = (self._clock(), 0)
            line = f"step {step.name}: Running{_size(step)}{_not_reused(step)}"
            return [(line, step.started if step.resumed is None else step.resumed)]
        if step.status == JobStatus.NOT_STARTED:
            reason = step.error or step.waiting
            is_told = reason is None or not self._changed(f"{step.name}?", reason)
            return [] if is_told else [(f"step {step.name}: {step.status}. {reason}", None)]
        if changed:
            counts = f" ({progress_text(step)})" if step.total is not None else ""
            line = _end(f"step {step.name}", step, set()) + reused(step) + counts
            if step.error:
                self._causes.add(step.error)
            return [(line, step.finished)]
        if step.status == JobStatus.RUNNING and self._worth_a_line(step):
            return [(f"step {step.name}: {progress_text(step)}", None)]
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


def ended_at(record: JobRecord) -> str | None:
    """When the job ended, as far as its log tells; None while it runs."""
    return (record.finished or record.touched) if record.ended else None


def stamped(line: str, at: str | None = None) -> str:
    """``line`` behind the UTC time ``at``, in ISO form, or the present one."""
    time = datetime.now(UTC) if at is None else datetime.fromisoformat(at)
    return f"{time:%Y-%m-%dT%H:%M:%SZ} {line}"


def progress_text(step: StepRecord) -> str:
    """``37 of 50 mini-batches, 1 failed, 112 items, 1 retried``; what is zero is left out.

    What failed stands before what can be missed where a line is cut.
    """
    parts = [mini_batches(step.done)]
    if step.total is not None:
        parts = [f"{step.done} of {mini_batches(step.total)}"]
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
    first kinds, and what to do when the job has ended. Nothing for a job without such.
    """
    count = failed_mini_batches(record)
    if not count:
        return []
    told = [(s, f) for s in record.steps for f in sorted(s.failures, key=lambda f: f.mini_batch)]
    several = len(record.steps) > 1
    kinds: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for step, failure in told:
        name = f"{step.name} " * several + f"#{failure.mini_batch} ({failure.items})"
        kinds.setdefault((step.name, kind_of(failure.error)), []).append((name, failure.error))
    lines = _kind_lines(f"{mini_batches(count)} failed", list(kinds.values()), count)
    if count > 1 or count > len(told):
        lines.append(f"All of them: parallelsdk job errors -n {shlex.quote(record.name)}")
    if record.ended:
        lines.append(f"Try again: {retry_command(record)}")
    return lines


def _kind_lines(head: str, kinds: list[list[tuple[str, str]]], count: int) -> list[str]:
    """The failures by kind, each a name and an error, behind a ``head``."""
    if len(kinds) != 1:
        lines = [head]
        for (name, error), *others in kinds[:_SHOWN]:
            more = f", and {len(others)} more of this kind" if others else ""
            lines.append(f"  {name}: {error}{more}")
        return lines
    shown = kinds[0][:_SHOWN]
    names, errors = [name for name, _ in shown], [error for _, error in shown]
    if count == 1:
        return [f"{head}: {names[0]}: {errors[0]}"]
    if len(set(errors)) == 1:
        return [f"{head}: {errors[0]}", f"  {', '.join(names)}"]
    return [head, *(f"  {name}: {error}" for name, error in shown)]


def retry_command(record: JobRecord) -> str:
    """The command that tries the failed mini-batches of a job that has ended again."""
    verb = "retry-failed" if record.status == JobStatus.COMPLETED else "resume"
    changed = " --accept-changes" if "--accept-changes" in (record.error or "") else ""
    return f"parallelsdk job {verb} -n {shlex.quote(record.name)}{changed}"


def reused(step: StepRecord) -> str:
    """``, reused from <job>/<step>``, where it is so."""
    return f", reused from {step.reuse.reused_from}" if step.reuse.reused_from else ""


def _not_reused(step: StepRecord) -> str:
    """Why the step runs, where it could have been reused."""
    reason = step.reuse.reason if step.reuse.fingerprint else None
    return f"; not reused: {reason}" if reason not in (None, NO_EARLIER_RUN, RAN_BEFORE) else ""


def _size(step: StepRecord) -> str:
    if step.total is None:
        return ""
    workers = f" on {counted(step.slots, 'worker')}" if step.slots else ""
    return f", {mini_batches(step.total)}{workers}"


def _end(what: str, record: JobRecord | StepRecord, told: set[str]) -> str:
    """How it ended; without the cause where that is that of a step, which was ``told``."""
    seconds = "" if record.seconds is None else f" in {format_seconds(record.seconds)}"
    cause = short_cause(record) if not any(text in (record.error or "") for text in told) else ""
    return f"{what}: {record.status}{seconds}{cause and ': ' + cause.rstrip('.')}"


def short_cause(record: JobRecord | StepRecord) -> str:
    """The first line of the error, without the last error of a mini-batch where failures are told
    beside it, each with its items.
    """
    line = (record.error or "").partition("\n")[0]
    steps = record.steps if isinstance(record, JobRecord) else (record,)
    return line.partition(LAST_ERROR)[0] if any(step.failures for step in steps) else line
