"""The metrics of a step on disk: lines that any of its processes may append, and how to read them.

Each line is sealed and written whole under the file's lock. Every so many bytes the writer that
holds the lock stores what the lines so far come to, so that a reader of a million of them has only
the last ones to read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import shutil
from datetime import UTC, datetime
from typing import Any, Final

from parallelsdk.jobstore.layout import PRIVATE_FILE, JobFolder, StepFolder
from parallelsdk.jobstore.metrics import Fold, Kind, Scope, joined
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.seal import seal, unseal

# Tells the processes of a step, children of children included, where its folder is.
STEP_VARIABLE: Final = "PARALLELSDK_STEP_FOLDER"

_VERSION: Final = 1
_FOLD_BYTES: Final = 512 * 1024  # a reader has at most so much to read, but for one long line
_Stored = tuple[Fold, int]  # and up to which byte of the lines it goes


def append_metric(
    folder: StepFolder, kind: Kind, name: str, value: Any, *, scope: Scope = "step"
) -> None:
    """Append one line. ``value`` is plain: JSON without NaN. OSError when it cannot be written."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    record = {"scope": scope, "kind": kind, "name": name, "value": value, "time": time}
    line = seal(json.dumps(record, separators=(",", ":"), allow_nan=False)) + b"\n"
    fd = os.open(folder.metrics, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        before = _cut_torn_tail(fd)
        _write(fd, line)
        after = before + len(line)
        if before // _FOLD_BYTES != after // _FOLD_BYTES:
            _store(folder, *_fold(folder))
    finally:
        os.close(fd)


def read_metrics(folder: StepFolder) -> Fold:
    """What was logged in the step so far; empty where nothing was."""
    try:
        return _fold(folder)[0]
    except OSError:  # one step's metrics are no reason not to show a job
        unreadable = Fold()
        unreadable.add_damaged()
        return unreadable


def with_metrics(folder: JobFolder, record: JobRecord) -> JobRecord:
    """The record of the job in ``folder``, with what its steps have logged."""
    folds = [read_metrics(folder.step(step.name)) for step in record.steps]
    steps = tuple(
        dataclasses.replace(step, metrics=fold.of("step"))
        for step, fold in zip(record.steps, folds, strict=True)
    )
    return dataclasses.replace(
        record, steps=steps, metrics=joined(fold.of("job") for fold in folds)
    )


def copy_metrics(source: StepFolder, target: StepFolder) -> None:
    """Give a step the metrics of one that it repeats."""
    if source.metrics.exists():
        shutil.copyfile(source.metrics, target.metrics)
    if source.folded_metrics.exists():
        shutil.copyfile(source.folded_metrics, target.folded_metrics)


def forget_metrics(folder: StepFolder) -> None:
    """Remove what was logged in a step, because it begins anew."""
    folder.metrics.unlink(missing_ok=True)
    folder.folded_metrics.unlink(missing_ok=True)


def _fold(folder: StepFolder) -> _Stored:
    """The stored fold and the lines after it; a last line that is not whole does not exist yet."""
    try:
        with folder.metrics.open("rb") as file:
            fold, end = _stored(folder, size=os.fstat(file.fileno()).st_size)
            file.seek(end)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                end += len(line)
                _add(fold, line)
    except FileNotFoundError:
        return Fold(), 0
    return fold, end


def _add(fold: Fold, line: bytes) -> None:
    try:
        record = json.loads(unseal(line.rstrip(b"\n")))
        fold.add(record["scope"], record["kind"], record["name"], record["value"], record["time"])
    except (ValueError, KeyError, TypeError, AttributeError):
        fold.add_damaged()  # told to whoever looks; the others are as good as ever


def _stored(folder: StepFolder, *, size: int) -> _Stored:
    """What was stored last, if it is of these lines; it can always be made anew from them."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        stored = json.loads(unseal(folder.folded_metrics.read_bytes()))
        if stored["version"] == _VERSION and stored["end"] <= size:
            return Fold(stored["state"]), stored["end"]
    return Fold(), 0


def _store(folder: StepFolder, fold: Fold, end: int) -> None:
    text = json.dumps({"version": _VERSION, "end": end, "state": fold.state})
    partial = folder.folded_metrics.with_suffix(".partial")  # of whoever holds the lock
    partial.write_bytes(seal(text))
    os.replace(partial, folder.folded_metrics)


def _cut_torn_tail(fd: int) -> int:
    """The size of the file up to its last whole line; what a killed writer left is cut off."""
    size = os.fstat(fd).st_size
    end = size
    while end > 0:
        start = max(0, end - 8192)
        found = os.pread(fd, end - start, start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end < size:
        os.ftruncate(fd, end)
    return end


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
