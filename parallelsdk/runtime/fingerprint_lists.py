"""What a fingerprint was made of, listed in a step's logs: so that a change has a name later.

For people, too. Of a variable the list holds a keyed digest, never the value.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from parallelsdk.exceptions import DataException
from parallelsdk.planning.plan import StepPlan
from parallelsdk.runtime.fingerprint import KEPT_FILES, Fingerprint, data_files
from parallelsdk.runtime.importable import File

# In the logs of a step.
INPUT_FILES = "sys/job_report/input_files.csv"
MODULE_FILES = "sys/job_report/module_files.csv"
VARIABLES = "sys/job_report/environment.csv"

_NAMED = 3  # so many variables are named


def write_lists(step: StepPlan, fingerprint: Fingerprint, logs: Path) -> None:
    """List the files of the inputs, the modules on PYTHONPATH and the inherited variables."""
    inputs = ((name, *file) for name, file in _input_files(step))
    _write(logs / INPUT_FILES, ("Input", "File", "Size", "Version"), inputs)
    _write(logs / MODULE_FILES, ("File", "Size", "Version"), fingerprint.modules)
    _write(logs / VARIABLES, ("Variable", "Digest"), fingerprint.variables.items())


def changed_input(step: StepPlan, name: str, logs: Path) -> str | None:
    """The first file of the input ``name`` that is not as it is listed, if that can be told."""
    try:
        rows = _read(logs / INPUT_FILES)
        before = {row[1]: (row[2], row[3]) for row in rows if row[0] == name}
        now = _states(file for port, file in _input_files(step) if port == name)
    except (OSError, DataException, IndexError):
        return None
    return _changed(before, now)


def changed_module(fingerprint: Fingerprint, logs: Path) -> str | None:
    """The first module on PYTHONPATH that is not as it is listed, if that can be told."""
    try:
        before = {row[0]: (row[1], row[2]) for row in _read(logs / MODULE_FILES)}
    except (OSError, IndexError):
        return None
    return _changed(before, _states(fingerprint.modules))


def changed_variables(fingerprint: Fingerprint, logs: Path) -> list[str]:
    """In words, which inherited variables are not as they are listed, as far as that is known."""
    try:
        before = {row[0]: row[1] for row in _read(logs / VARIABLES)}
    except (OSError, IndexError):
        return []
    now = fingerprint.variables
    names = sorted(n for n in {*before, *now} if before.get(n) != now.get(n))
    told = []
    for name in names[:_NAMED]:
        how = "was removed" if name not in now else "changed" if name in before else "was added"
        told.append(f"environment variable {name} {how}")
    if len(names) > _NAMED:
        told.append(f"{len(names) - _NAMED} more environment variables changed")
    return told


def _input_files(step: StepPlan) -> Iterator[tuple[str, File]]:
    """The first files of the inputs that are data of no other step, with the input's name."""
    for port in step.inputs:
        if port.uri is not None and port.producer is None:
            for file in islice(data_files(port), KEPT_FILES):
                yield port.name, file


def _states(files: Iterable[File]) -> dict[str, tuple[str, str]]:
    return {name: (str(size), version) for name, size, version in files}


def _changed(
    before: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]
) -> str | None:
    if KEPT_FILES in (len(before), len(now)):  # the lists may be cut off
        common = before.keys() & now.keys()
    else:
        common = before.keys() | now.keys()
    return min((file for file in common if before.get(file) != now.get(file)), default=None)


def _read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.reader(file))[1:]


def _write(path: Path, heading: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        writer.writerows(rows)
