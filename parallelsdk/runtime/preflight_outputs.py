"""Destinations of outputs that can only fail after all the work, or that would destroy an input.

Alone, because what is asked of a place to write to has nothing to do with what is asked of data.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from parallelsdk.constants import NAME_BYTES, AssetTypes
from parallelsdk.exceptions import MlException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.planning.plan import OutputPlan, ParallelPlan, PipelinePlan, StepPlan
from parallelsdk.storage.opening import kind_of
from parallelsdk.storage.remote import READ_ONLY, open_store, without_secrets
from parallelsdk.storage.uri import is_local, local_path, scheme


@dataclass(frozen=True, slots=True)
class OutputProblem:
    """What is wrong with the destination of an output, and what to do."""

    step: str
    output: str
    message: str


@dataclass(frozen=True, slots=True)
class _Goal:
    """A destination that can be written to: its real path or its URL."""

    step: str
    output: str
    place: str
    is_file: bool

    @property
    def name(self) -> str:
        return f"{self.step}.outputs.{self.output}"


def check_outputs(plan: PipelinePlan, workspace: Workspace) -> list[OutputProblem]:
    """All problems, in the order of the steps and their outputs."""
    problems = []
    goals: list[_Goal] = []
    inputs = dict(_inputs(plan))
    for step in plan.steps:
        for output in step.outputs:
            if output.destination is None:
                continue
            message = _fault(output, output.destination, step, workspace)
            if not message:
                found = list(_goals(step, output, output.destination))
                message = _conflict(found, goals, inputs)
                goals += found[:1]
            if message:
                problems.append(OutputProblem(step.name, output.name, message))
    return problems


def _fault(output: OutputPlan, destination: str, step: StepPlan, workspace: Workspace) -> str:
    """Why nothing can be delivered there; empty when it can."""
    try:
        if not is_local(destination):
            return _fault_of_store(destination)
        path = os.path.abspath(local_path(destination))
    except MlException as error:
        return error.message
    if "\0" in path:
        return f"the path {path!r} has a byte 0 in it. Choose another path."
    if _is_ours(path, workspace):
        return f"{path} belongs to the workspace {workspace.root} itself. Choose another path."
    if output.type == AssetTypes.URI_FILE:
        return _fault_of_place(path, wants_folder=False)
    return _fault_of_place(path, wants_folder=True) or _fault_of_rows(path, output, step)


def _fault_of_store(url: str) -> str:
    kind = scheme(url)
    if kind in READ_ONLY:
        return f"nothing can be written to {without_secrets(url)}: {kind} only reads."
    if kind == "memory":
        return f"{url} lies in the memory of one process, and is gone when the job ends."
    open_store(url)
    return ""


def _fault_of_place(path: str, *, wants_folder: bool) -> str:
    there = path
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    try:
        mode = os.stat(there).st_mode
    except OSError as error:
        if there == path and not wants_folder:
            return _fault_of_folder(os.path.dirname(path))  # a link to nowhere is replaced
        return f"{there} is a link that leads nowhere ({error.strerror}). Remove it."
    if there != path:
        if not stat.S_ISDIR(mode):
            return f"{there} is {kind_of(mode)}, and {path} cannot be made below it."
        return _fault_of_names(there, path) or _fault_of_folder(there)
    if wants_folder:
        if stat.S_ISDIR(mode):
            return _fault_of_folder(path)
        return f"{path} is {kind_of(mode)}, but the output is a folder. Choose another path."
    if stat.S_ISREG(mode):
        return _fault_of_folder(os.path.dirname(path))
    return f"{path} is {kind_of(mode)}, but the output is a file. Choose another path."


def _fault_of_names(folder: str, path: str) -> str:
    """Whether the folders and the file that are to be made below ``folder`` may be called so."""
    try:
        most = os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError):
        most = NAME_BYTES
    for name in os.path.relpath(path, folder).split(os.sep):
        if len(os.fsencode(name)) > most:
            return f"the name {name[:40]}... has over {most} bytes. Choose a shorter one."
    return ""


def _fault_of_folder(folder: str) -> str:
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".parallelsdk-", dir=folder))
    except OSError as error:
        why = error.strerror
        return f"the folder {folder} cannot be written to ({why}). Mend that, or choose another."
    return ""


def _fault_of_rows(folder: str, output: OutputPlan, step: StepPlan) -> str:
    """Whether the file of returned rows can take its place in the folder."""
    if not isinstance(step, ParallelPlan) or step.append_row_to != output.name:
        return ""
    return _fault_of_place(
        os.path.join(folder, step.settings.append_row_file_name), wants_folder=False
    )


def _is_ours(path: str, workspace: Workspace) -> bool:
    real, root = os.path.realpath(path), os.path.realpath(workspace.root)
    return real == root or _is_in(real, os.path.realpath(workspace.jobs_folder))


def _goals(step: StepPlan, output: OutputPlan, destination: str) -> Iterator[_Goal]:
    """The destination; and the file of rows, which takes the place of another of its name."""
    place = _place(destination)
    is_file = output.type == AssetTypes.URI_FILE
    yield _Goal(step.name, output.name, place, is_file)
    if isinstance(step, ParallelPlan) and step.append_row_to == output.name and not is_file:
        name = step.settings.append_row_file_name
        yield _Goal(step.name, output.name, f"{place.rstrip('/')}/{name}", is_file=True)


def _conflict(found: list[_Goal], goals: list[_Goal], inputs: dict[str, str]) -> str:
    """What else of the job an output would disturb; empty when nothing."""
    for other in goals:
        place = found[0].place
        if _is_in(place, other.place) or _is_in(other.place, place):
            same = "is" if place == other.place else "is not apart from"
            return (
                f"its path {without_secrets(place)} {same} that of {other.name}, "
                f"{without_secrets(other.place)}. Give each output a place of its own."
            )
    for goal in found:
        for place, name in inputs.items():
            if goal.place == place:
                return (
                    f"{without_secrets(place)} is {name}, which this output would replace. "
                    "Choose another path."
                )
            if goal.is_file and _is_in(goal.place, place) and os.path.lexists(goal.place):
                return (
                    f"{goal.place} is a file of {name}, which this output would replace. Choose "
                    "another path."
                )
    return ""


def _inputs(plan: PipelinePlan) -> Iterator[tuple[str, str]]:
    """What is there before the job, and is read by it: where it lies, and what it is."""
    for step in plan.steps:
        for port in step.inputs:
            if port.uri is not None and port.producer is None:
                yield _place(port.uri), f"the input {step.name}.inputs.{port.name}"
        if isinstance(step, ParallelPlan) and step.code_source is not None:
            code = step.code_source
            script = code if os.path.isfile(code) else os.path.join(code, step.entry_script)
            yield os.path.realpath(script), f"the entry script of {step.name}"


def _place(uri: str) -> str:
    return os.path.realpath(local_path(uri)) if is_local(uri) else uri.rstrip("/")


def _is_in(place: str, other: str) -> bool:
    """Whether one place is the other, or lies below it."""
    return place == other or place.startswith(other.rstrip("/") + "/")
