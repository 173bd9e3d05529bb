"""The outputs of a job by the names that people ask for them, and where each lies."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from parallelsdk.constants import AssetTypes
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.planning.plan import ParallelPlan, PipelinePlan
from parallelsdk.runtime.stored_plan import read_plan


@dataclass(frozen=True, slots=True)
class NamedOutput:
    """One output. ``path`` is None until its step has written it."""

    name: str
    step: str
    output: str
    type: str
    path: str | None
    rows: str | None  # the file with the collected returns of run(), if this output holds it
    asset: str | None = None  # the reference to what it was registered as

    @property
    def full_name(self) -> str:
        """``step.output``, which is unique in the job."""
        return f"{self.step}.{self.output}"


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of a job, and why they are told without its plan, where that is so."""

    results: list[NamedOutput]
    everything: list[NamedOutput]
    problem: str | None = None


def outputs_of(folder: JobFolder, record: JobRecord) -> Outputs:
    """The outputs of the job in ``folder``.

    Where its plan cannot be read, damaged or of another release, they are those that its log names.
    """
    try:
        plan = read_plan(folder)
    except JobException as error:
        told = _told(record)
        return Outputs(told, told, error.message)
    return Outputs(results(plan, record), everything(plan, record))


def named(outputs: Iterable[NamedOutput], name: str) -> NamedOutput | None:
    """The output of that name, or of that ``step.output``."""
    return next((o for o in outputs if name in (o.name, o.full_name)), None)


def results(plan: PipelinePlan, record: JobRecord) -> list[NamedOutput]:
    """What the job was for: its own outputs, and what a step wrote that no other step reads.

    An output of the second kind has its own name, or ``step.output`` where that name is taken.
    """
    made = {(step.name, output.name) for step in plan.steps for output in step.outputs}
    bound = {
        place: output.name
        for output in plan.outputs
        if (place := (output.step, output.output)) in made
    }
    read = _read_by_steps(plan)
    named = dict(bound)
    for output in _step_outputs(plan, record):
        place = (output.step, output.output)
        if place in named or output.full_name in read:
            continue
        taken = output.output in named.values()
        named[place] = output.full_name if taken else output.output
    return [_find(plan, record, place, name) for place, name in named.items()]


def everything(plan: PipelinePlan, record: JobRecord) -> list[NamedOutput]:
    """The results, and every other output of a step under ``step.output``."""
    found = results(plan, record)
    known = {output.full_name for output in found}
    rest = [output for output in _step_outputs(plan, record) if output.full_name not in known]
    return found + rest


def _told(record: JobRecord) -> list[NamedOutput]:
    """The outputs that the log names, by their own names, or ``step.output`` for one of several."""
    found: dict[str, NamedOutput] = {}
    for step in record.steps:
        for name, output in step.outputs.items():
            known = f"{step.name}.{name}" if name in found else name
            found[known] = NamedOutput(
                known, step.name, name, output.type, output.path, None, output.asset
            )
    return list(found.values())


def _step_outputs(plan: PipelinePlan, record: JobRecord) -> list[NamedOutput]:
    places = [(step.name, output.name) for step in plan.steps for output in step.outputs]
    return [_find(plan, record, (step, output), f"{step}.{output}") for step, output in places]


def _find(plan: PipelinePlan, record: JobRecord, place: tuple[str, str], name: str) -> NamedOutput:
    step = plan.step(place[0])
    planned = next(output for output in step.outputs if output.name == place[1])
    written = next(
        (s.outputs[place[1]] for s in record.steps if s.name == place[0] and place[1] in s.outputs),
        None,
    )
    path = written.path if written else None
    rows = None
    if path is not None and isinstance(step, ParallelPlan) and step.append_row_to == place[1]:
        is_file = planned.type == AssetTypes.URI_FILE
        rows = path if is_file else os.path.join(path, step.settings.append_row_file_name)
    asset = written.asset if written else None
    return NamedOutput(name, place[0], place[1], planned.type, path, rows, asset)


def _read_by_steps(plan: PipelinePlan) -> set[str]:
    """``step.output`` of every output that is an input of another step."""
    paths = {
        output.path: f"{step.name}.{output.name}" for step in plan.steps for output in step.outputs
    }
    uris = (port.uri for step in plan.steps for port in step.inputs if port.producer is not None)
    return {paths[uri] for uri in uris if uri in paths}
