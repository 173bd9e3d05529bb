"""The ledger of attempts: one line per lease, one text per error, each with its checksum.

It tells how things went, and decides nothing. What is damaged in it is told and not believed; what
another release wrote is read as far as it is known, and the first line says of which version it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from parallelsdk._codec import decode
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.seal import seal, unseal
from parallelsdk.worker.messages import Failure, LeaseReport, Successes, Times

_VERSION = 1
_HEADER = b'{"version":'
# Azure's words, as far as its documents use them; the others are ours.
_STATUS = {
    "exception": "RUN_EXCEPTION",
    "timeout": "RUN_TIMEOUT",
    "load": "LOAD_EXCEPTION",
    "load_timeout": "LOAD_TIMEOUT",
    "short_return": "RUN_SHORT_RETURN",
    "bad_return": "RUN_BAD_RETURN",
    "died": "PROCESS_DIED",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as the ledger has it. ``error`` is "" for a success."""

    mini_batch: int
    attempt: int = 0
    worker: str = ""
    status: str = ""
    items: int = -1
    returned: int = 0
    started: float = 0.0
    seconds: float = 0.0
    run_seconds: float = 0.0
    cpu_seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """What the ledger says of one failed attempt."""

    mini_batch: int = -1
    attempt: int = 0
    worker: str = ""
    message: str = ""
    traceback: str = ""
    item: int = -1  # the place, among several items, of the one that it is about; -1 if unknown
    # Between which bytes of the worker's stdout, and of its stderr, lies what it wrote; () unknown.
    output: tuple[int, ...] = ()


class AttemptLog:
    """The writing end; used by the one thread that drives the step."""

    def __init__(self, attempts: Path, errors: Path) -> None:
        self._attempts = _open_to_append(attempts)
        self._errors = _open_to_append(errors)

    def report(self, worker: str, report: LeaseReport) -> None:
        """All that a worker tells of a lease."""
        if len(report.successes):
            self._write(self._attempts, _columns_of(worker, report.lease.attempt, report.successes))
        if report.failure is not None:
            self.failure(worker, report.failure)

    def committed(
        self, worker: str, attempt: int, mini_batch: int, counts: tuple[int, int]
    ) -> None:
        """A mini-batch whose frame was found after its worker's death; its times died with it."""
        successes = Successes()
        successes.add(mini_batch, *counts, Times())
        self._write(self._attempts, _columns_of(worker, attempt, successes))

    def failure(self, worker: str, failure: Failure) -> None:
        """A failed attempt, and its error."""
        record = asdict(failure)
        error = record.pop("error")
        self._write(self._attempts, {"worker": worker, **record})
        key = {"mini_batch": failure.mini_batch, "attempt": failure.attempt, "worker": worker}
        self._write(self._errors, {**key, **error})
        self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._attempts.flush()
        self._errors.flush()

    def close(self) -> None:
        """Flush and close."""
        self._attempts.close()
        self._errors.close()

    def _write(self, file: BinaryIO, record: dict[str, Any]) -> None:
        file.write(_line(record))


def _line(record: dict[str, Any]) -> bytes:
    return seal(json.dumps(record, separators=(",", ":"))) + b"\n"


def _open_to_append(path: Path) -> BinaryIO:
    """The file, without the torn line that a killed driver may have left at its end."""
    with path.open("a+b") as file:
        size = file.tell()
        tail = b""
        while b"\n" not in tail and len(tail) < size:
            file.seek(max(0, size - len(tail) - 65536))
            tail = file.read(size - file.tell())
        whole = size - len(tail) + tail.rfind(b"\n") + 1
        file.truncate(whole)
        if not whole:
            file.write(_line({"version": _VERSION}))
    return path.open("ab")


def _columns_of(worker: str, attempt: int, successes: Successes) -> dict[str, Any]:
    columns = {name: getattr(successes, name).tolist() for name in Successes.__dataclass_fields__}
    return {"worker": worker, "attempt": attempt, **columns}


def read_attempts(attempts: Path, errors: Path) -> Iterator[Attempt]:
    """The attempts of a step in the order in which they ended; none if it had not begun.

    Raises JobException, like the others that read here, for a damaged line.
    """
    texts = {(e.get("mini_batch"), e.get("attempt")): e.get("message", "") for e in _lines(errors)}
    for record in _lines(attempts):
        if "kind" in record:
            yield _failed(record, texts, attempts)
        else:
            yield from _succeeded(record)


def failed_mini_batches(attempts: Path) -> set[int]:
    """The mini-batches of which an attempt has failed, whatever came of the next one."""
    # Parsing every line would take seconds for a million successes.
    failed = (line for line in _whole_lines(attempts) if b'"kind":' in line)
    found = (_read(line, attempts).get("mini_batch") for line in failed)
    return {mini_batch for mini_batch in found if isinstance(mini_batch, int)}


def read_errors(errors: Path) -> Iterator[ErrorRecord]:
    """The errors of a step, with their tracebacks, in the order in which they came."""
    return (decode(ErrorRecord, record) for record in _lines(errors))


def outermost_errors(errors: Path) -> tuple[ErrorRecord, ErrorRecord] | None:
    """The first and the last error of a step; None if there was none."""
    first = last = b""
    for line in _whole_lines(errors):
        first, last = first or line, line
    if not first:
        return None
    return decode(ErrorRecord, _read(first, errors)), decode(ErrorRecord, _read(last, errors))


def _failed(record: dict[str, Any], texts: dict[tuple[Any, Any], str], attempts: Path) -> Attempt:
    kind = str(record["kind"])
    error = texts.get((record.get("mini_batch"), record.get("attempt")), "")
    values = {"status": _STATUS.get(kind, kind.upper()), "returned": 0, "error": error or kind}
    try:
        return decode(Attempt, {**record, **values})
    except ValueError as problem:
        raise _damaged(attempts, json.dumps(record).encode(), problem) from problem


def _succeeded(record: dict[str, Any]) -> Iterator[Attempt]:
    """The attempts of a line of successes; a column that another release left out is zeros."""
    worker, attempt = record.get("worker", ""), record.get("attempt", 0)
    ids = record.get("mini_batches", [])
    names = ("items", "returned", "started", "seconds", "run_seconds", "cpu_seconds")
    columns = (record.get(name, []) for name in names)
    whole = [column if len(column) == len(ids) else [0] * len(ids) for column in columns]
    for mini_batch, items, returned, *times in zip(ids, *whole, strict=True):
        yield Attempt(mini_batch, attempt, worker, "RUN_DONE", items, returned, *times)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    return (_read(line, path) for line in _whole_lines(path))


def _whole_lines(path: Path) -> Iterator[bytes]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            # The last line of a killed driver may be torn, and the first one tells the version.
            if line.endswith(b"\n") and not line.startswith(_HEADER):
                yield line[:-1]


def _read(line: bytes, path: Path) -> dict[str, Any]:
    try:
        record = json.loads(unseal(line))
        if not isinstance(record, dict):
            raise ValueError("it is no object")
    except ValueError as error:
        raise _damaged(path, line, error) from error
    return record


def _damaged(path: Path, line: bytes, why: object) -> JobException:
    return JobException(
        f"{path} is damaged at the line that begins {line[:60]!r} ({why}). It only tells how "
        "attempts went: move it away, and resume the job. What is committed does not lie in it."
    )
