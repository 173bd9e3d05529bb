"""The mini-batches that failed for good: which items, how often tried, and why, from the ledger.

Alone, because people and programs ask for it in several ways, and all must say the same. A
mini-batch that succeeded later, in a retry or a resume, is none of them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from parallelsdk._units import short_line
from parallelsdk.constants import JobStatus
from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.exceptions import MlException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import MOST_FAILURES, FailureRecord, JobRecord, StepRecord
from parallelsdk.runtime.attempts import Attempt, ErrorRecord, read_attempts, read_errors

_TAIL_LINES: Final = 20
_TAIL_BYTES: Final = 64 * 1024
# What differs between two errors of one kind: numbers, hexadecimal ones, quoted texts, paths.
_DETAILS: Final = re.compile(r"'[^']*'|\"[^\"]*\"|(?:/[^\s:,;()]+)+|\b0x[0-9a-fA-F]+\b|\d+")


@dataclass(frozen=True, slots=True)
class FailedMiniBatch:
    """One mini-batch that failed for good, as its last attempt tells."""

    step: str
    mini_batch: int
    label: str  # what it consists of, in a few words
    items: tuple[str, ...]  # the files, or the parts of files, all of them
    partition: dict[str, str] | None
    attempts: int
    cause: str  # the message of the last error
    traceback: str
    worker: str  # "<instance>/<process>"
    output: tuple[int, ...] = ()  # where, in the worker's stdout and stderr, lies what it wrote
    place: int = -1  # among the items, of the one that run() was at; -1 if that is not known

    @property
    def item(self) -> str | None:
        """The one of several items that run() was at when it failed, if that can be told."""
        return self.items[self.place] if 0 <= self.place < len(self.items) else None

    @property
    def kind(self) -> str:
        """The cause without its details: equal for failures of one kind."""
        return kind_of(self.cause)

    def __str__(self) -> str:
        cause = self.cause.partition("\n")[0]
        return f"#{self.mini_batch} of step {self.step} ({self.label}): {cause}"

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "step": self.step,
            "mini_batch": self.mini_batch,
            "label": self.label,
            "items": list(self.items),
            "item": self.item,
            "partition": self.partition,
            "attempts": self.attempts,
            "cause": self.cause,
            "kind": self.kind,
            "worker": self.worker,
            "traceback": self.traceback,
        }


def kind_of(cause: str) -> str:
    """The first line of an error without what differs between errors of one kind."""
    return _DETAILS.sub("…", cause.partition("\n")[0])


def failures_of(folder: JobFolder, record: JobRecord) -> list[FailedMiniBatch]:
    """The failed mini-batches of all steps, in their order. JobException for a damaged ledger."""
    return [
        failure for step in record.steps if _may_fail(step) for failure in _of_step(folder, step)
    ]


def _may_fail(step: StepRecord) -> bool:
    """A driver that was killed may not have come to count what failed last."""
    return step.failed > 0 or step.status == JobStatus.NOT_RESPONDING


def with_failures(folder: JobFolder, record: JobRecord) -> JobRecord:
    """The record with the failed mini-batches of steps that did not come to tell of them."""
    untold = [s for s in record.steps if _may_fail(s) and not s.failures]
    if not untold:
        return record
    found: dict[str, StepRecord] = {}
    for step in untold:
        with contextlib.suppress(MlException, OSError):  # what is damaged says so elsewhere
            failed = _of_step(folder, step)
            found[step.name] = dataclasses.replace(
                step,
                failed=max(step.failed, len(failed)),
                failures=tuple(map(_told, failed[:MOST_FAILURES])),
            )
    steps = tuple(found.get(step.name, step) for step in record.steps)
    return dataclasses.replace(record, steps=steps)


def _told(failure: FailedMiniBatch) -> FailureRecord:
    cause = short_line(failure.cause)
    return FailureRecord(failure.mini_batch, failure.label, failure.attempts, cause)


def by_kind(failures: Iterable[FailedMiniBatch]) -> list[list[FailedMiniBatch]]:
    """Failures of one step and of one kind together, the largest group first."""
    groups: dict[tuple[str, str], list[FailedMiniBatch]] = {}
    for failure in failures:
        groups.setdefault((failure.step, failure.kind), []).append(failure)
    return sorted(groups.values(), key=len, reverse=True)


def output_of(folder: JobFolder, failure: FailedMiniBatch) -> dict[str, list[str]]:
    """The last lines that were written while its last attempt ran, by the names of the worker's
    streams, without empty ones; where that is not known, the worker's last lines.
    """
    instance, _, process = failure.worker.partition("/")
    logs = folder.step(failure.step).logs / "user"
    places = failure.output if len(failure.output) == 4 else (0, -1, 0, -1)
    found = {
        name: _tail(logs / name / instance / f"{process}.{name}.txt", *places[2 * n : 2 * n + 2])
        for n, name in enumerate(("stdout", "stderr"))
    }
    return {name: lines for name, lines in found.items() if lines}


def _of_step(folder: JobFolder, step: StepRecord) -> list[FailedMiniBatch]:
    place = folder.step(step.name)
    if not place.mini_batches.exists():
        return []
    last: dict[int, Attempt] = {}
    for attempt in read_attempts(place.attempts, place.errors):
        if attempt.error:
            last[attempt.mini_batch] = attempt
        else:
            last.pop(attempt.mini_batch, None)
    errors = {(error.mini_batch, error.attempt): error for error in read_errors(place.errors)}
    with MiniBatchTable(str(place.mini_batches)) as table:
        return [
            _failed(step.name, table, attempt, errors.get((number, attempt.attempt)))
            for number, attempt in sorted(last.items())
        ]


def _failed(
    step: str, table: MiniBatchTable, attempt: Attempt, error: ErrorRecord | None
) -> FailedMiniBatch:
    detail = table.detail(attempt.mini_batch)
    item = -1 if error is None else error.item
    return FailedMiniBatch(
        step,
        attempt.mini_batch,
        table.label(attempt.mini_batch, item),
        tuple(table.names(attempt.mini_batch, detail["source_count"])),
        detail.get("partition"),
        attempt.attempt,
        attempt.error if error is None else error.message,
        "" if error is None else error.traceback,
        attempt.worker,
        () if error is None else error.output,
        item,
    )


def _tail(path: Path, start: int, stop: int) -> list[str]:
    """The last lines between two bytes of a file; -1 is its end."""
    try:
        with path.open("rb") as file:
            end = os.fstat(file.fileno()).st_size if stop < 0 else stop
            first = max(start, end - _TAIL_BYTES)
            file.seek(first)
            text = file.read(max(0, end - first)).decode("utf-8", "backslashreplace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-_TAIL_LINES:]
