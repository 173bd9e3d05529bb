"""Inputs in mode ro_mount stay as they are: a step that writes into one fails, and is told where.

A local input is handed through, so nothing stops a step from writing into it. Its files are looked
at before and after: name, size and time of the last change of each.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice

from parallelsdk.constants import InputOutputModes
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.planning.plan import InputPlan, StepPlan
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.uri import is_local, local_path

_WATCHED = 100_000  # files of an input; of larger ones the first are looked at
_State = dict[str, tuple[int, int]]


class ReadOnlyInputs:
    """The inputs of one step that it must not change; made before it runs."""

    def __init__(self, step: StepPlan) -> None:
        self._before = {p.name: (_path(p), _state(_path(p))) for p in _mounted(step)}

    def check(self) -> None:
        """Raises DataException that names the first file that has changed, come or gone."""
        for name, (path, before) in self._before.items():
            after = _state(path)
            compared = before.keys() | after.keys()
            if _WATCHED in (len(before), len(after)):  # what is missing may lie beyond the limit
                compared = before.keys() & after.keys()
            changed = sorted(file for file in compared if before.get(file) != after.get(file))
            if changed:
                what = "came" if changed[0] not in before else "is gone"
                if changed[0] in before and changed[0] in after:
                    what = "changed"
                raise DataException(
                    f"The input {name!r} is mounted read-only (mode ro_mount), but {changed[0]} "
                    f"{what} while the step ran. Let the step write to an output, or give the "
                    "input the mode download, which makes a private copy, or direct.",
                    target=ErrorTarget.DATA,
                )


def _mounted(step: StepPlan) -> Iterable[InputPlan]:
    for port in step.inputs:
        is_mount = port.mode in (None, InputOutputModes.RO_MOUNT, InputOutputModes.EVAL_MOUNT)
        if port.uri is not None and is_mount and is_local(port.uri) and port.producer is None:
            yield port


def _path(port: InputPlan) -> str:
    return os.path.abspath(local_path(port.uri or ""))


def _state(path: str) -> _State:
    return dict(islice(_files(path), _WATCHED))


def _files(path: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for file in iter_files(path) if os.path.isdir(path) else [path]:
        try:
            status = os.stat(file)
        except OSError:
            continue
        yield file, (status.st_size, status.st_mtime_ns)
