"""Inputs that are mounted stay as they are: a step that writes into one fails, and is told where.

A local input is handed through, so nothing stops a step, or somebody else, from writing into it.
Its files are looked at before and after. One that came meanwhile is in nobody's way, because what
the step works on was settled before; one that changed or went may have been read by then.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from parallelsdk.constants import InputOutputModes
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.planning.plan import InputPlan, StepPlan
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.state import FileState, state_of
from parallelsdk.storage.uri import is_local, local_path

_WATCHED = 100_000  # files of an input; of larger ones the first are looked at
_State = dict[str, FileState]


class ReadOnlyInputs:
    """The inputs of one step that it must not change; made before it runs."""

    def __init__(self, step: StepPlan) -> None:
        self._before = [(port, _path(port), _state(_path(port))) for port in _mounted(step)]

    def check(self, warn: Callable[[str], None]) -> None:
        """Raises DataException that names the first file that has changed or gone.

        Files that came are told to ``warn``.
        """
        for port, path, before in self._before:
            mounted = (
                f"The input {port.name!r} is mounted read-only "
                f"(mode {port.mode or InputOutputModes.RO_MOUNT})"
            )
            after = _state(path)
            is_cut = _WATCHED in (len(before), len(after))  # the rest may lie beyond the limit
            changed = sorted(
                file
                for file, state in before.items()
                if (not is_cut or file in after) and after.get(file) != state
            )
            if changed:
                what = "changed" if changed[0] in after else "is gone"
                raise DataException(
                    f"{mounted}, but {changed[0]} {what} while the step ran. If the step writes "
                    "there, let it write to an output, or give the input the mode download, which "
                    "makes a private copy.",
                    target=ErrorTarget.DATA,
                )
            came = [] if is_cut else sorted(after.keys() - before.keys())
            if came:
                more = f" and {len(came) - 1} more" if len(came) > 1 else ""
                warn(
                    f"{mounted}, but {came[0]}{more} came while the step ran. The results are of "
                    "the files that were there before."
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


def _files(path: str) -> Iterator[tuple[str, FileState]]:
    for file in iter_files(path) if os.path.isdir(path) else [path]:
        yield file, state_of(file)
