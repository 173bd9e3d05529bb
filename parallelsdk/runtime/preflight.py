"""What can be known to go wrong before a worker starts, found with a look at files.

Only inputs that exist now are looked at; what an earlier step will write is checked when it is
there.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from pathlib import Path

from parallelsdk.data.partition import MajorInput, Split, check_major_input
from parallelsdk.exceptions import EntryScriptException, MlException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.planning.plan import (
    CommandPlan,
    InputPlan,
    ParallelPlan,
    PipelinePlan,
    StepPlan,
)
from parallelsdk.runtime.preflight_outputs import check_outputs
from parallelsdk.storage.filesystem import exists
from parallelsdk.storage.ignore import IgnoreRules, ignore_file
from parallelsdk.storage.opening import is_special, kind_of
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.staging import PRIVATE_COPY
from parallelsdk.storage.uri import is_local, local_path, scheme
from parallelsdk.worker.entry_script import NO_RUN
from parallelsdk.worker.script import locate


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What is wrong with a file or folder: the step, its part in the words of the job, and why."""

    step: str
    part: str  # such as "inputs.data" or "task.entry_script"
    message: str


def check(plan: PipelinePlan, workspace: Workspace) -> list[FileProblem]:
    """All problems, in the order of the steps; those of outputs come last."""
    found = [
        FileProblem(step.name, part, message)
        for step in plan.steps
        for part, message in (*_inputs(step), *_of_its_kind(step, workspace))
    ]
    outputs = check_outputs(plan, workspace)
    return found + [FileProblem(p.step, f"outputs.{p.output}", p.message) for p in outputs]


_Found = list[tuple[str, str]]  # part and message


def _of_its_kind(step: StepPlan, workspace: Workspace) -> _Found:
    if isinstance(step, CommandPlan):
        return _code("component.code", step.code) if step.code is not None else []
    return _code("task.code", step.code) or [*_entry_script(step), *_major_input(step, workspace)]


def _inputs(step: StepPlan) -> _Found:
    found = []
    for port in step.inputs:
        if port.uri is not None and port.producer is None:
            message = _fault_of_data(port.uri) or _fault_of_kind(port, port.uri, step)
            if message:
                found.append((f"inputs.{port.name}", message))
    return found


def _fault_of_kind(port: InputPlan, uri: str, step: StepPlan) -> str:
    """Whether what is there can be read; what a script opens by itself may be anything."""
    is_major = isinstance(step, ParallelPlan) and port.name == step.major_input
    if not is_local(uri) or not (is_major or port.mode in PRIVATE_COPY):
        return ""
    path = local_path(uri)
    if not is_special(path):
        return ""
    return f"{path} is {kind_of(os.stat(path).st_mode)}, not a file or a folder. Check the path."


def _fault_of_data(uri: str) -> str:
    if scheme(uri) == "memory":
        return f"{uri} lies in the memory of this process, and a job runs in others. Write it out."
    try:
        there = exists(uri)
    except MlException as error:
        return error.message
    return "" if there else f"there is nothing at {without_secrets(uri)}. Check the path."


def _code(part: str, code: str) -> _Found:
    if os.path.isdir(code):
        return []
    what = "is a file, and no folder" if os.path.isfile(code) else "is not there"
    return [(part, f"the code folder {code} {what}. Check 'code'.")]


def _entry_script(step: ParallelPlan) -> _Found:
    message = fault_of_script(step)
    return [("task.entry_script", message)] if message else []


def fault_of_script(step: ParallelPlan) -> str:
    """What is wrong with the entry script in the step's code; "" for nothing."""
    try:
        path = locate(step.code, step.entry_script)
        if fault := _left_out(step, path):
            return fault
        tree = ast.parse(path.read_bytes(), filename=step.entry_script)
    except EntryScriptException as error:
        return error.message
    except OSError as error:  # such as a name that is too long
        return f"{step.entry_script:.80}: cannot be read: {error.strerror}"
    except (SyntaxError, ValueError) as error:
        where = f"{step.entry_script}:{getattr(error, 'lineno', None) or 1}"
        return f"{where}: {getattr(error, 'msg', error)}. The entry script is no valid Python."
    if _may_define_run(tree):
        return ""
    return NO_RUN.format(step.entry_script)


def _left_out(step: ParallelPlan, path: Path) -> str:
    """That the script will not be in the copy of the code, whose rules leave it out."""
    rules = ignore_file(step.code)
    if rules is None or step.code_source not in (None, step.code):  # the code is a copy already
        return ""
    relative = path.relative_to(step.code).as_posix()
    if not IgnoreRules.of_folder(step.code).leaves_out(relative):
        return ""
    return f"{rules} leaves out the entry script {step.entry_script}. Let it keep the script."


def _may_define_run(tree: ast.Module) -> bool:
    """Whether the top level can bind ``run``: defined, assigned or imported, also conditionally."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name="run" | "Run") | ast.AsyncFunctionDef(name="run" | "Run"):
                return True
            case ast.Name(id="run" | "Run", ctx=ast.Store()):
                return True
            case ast.alias(name="*") | ast.alias(asname="run" | "Run"):
                return True
            case ast.alias(name="run" | "Run", asname=None):
                return True
    return False


def _major_input(step: ParallelPlan, workspace: Workspace) -> _Found:
    port = next(port for port in step.inputs if port.name == step.major_input)
    if port.uri is None or port.producer is not None or not is_local(port.uri):
        return []
    path = local_path(port.uri)
    if not os.path.exists(path) or is_special(path):
        return []  # told already
    settings = step.settings
    split = Split(
        size=settings.mini_batch_size,
        keys=settings.partition_keys,
        rows=settings.mini_batch_rows,
        bytes=settings.mini_batch_bytes,
        size_has_unit=settings.size_has_unit,
    )
    major = MajorInput(path, port.type, port.mode, str(workspace.root))
    try:
        found = check_major_input(major, split)
    except MlException as error:
        found = error.message
    return [(f"inputs.{port.name}", found)] if found else []
