"""Everything that can be known wrong with a job before it starts, from three sources in one list.

The job checks what is written, planning what follows from it, and a look at files the rest. Here
their findings are brought under the same paths and given the same places.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping

from parallelsdk._units import format_bytes
from parallelsdk.client.compute import find_compute_problems
from parallelsdk.client.datastores import Unresolved, with_located_data
from parallelsdk.client.resolution import resolve_references
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.planning.plan import Codes, ParallelPlan, PipelinePlan, StepPlan
from parallelsdk.planning.planner import find_problems, plan_job
from parallelsdk.planning.problems import Problem
from parallelsdk.runtime.capacity import (
    MOST_WORKERS,
    core_count,
    fitting,
    most_workers,
    processes_of,
)
from parallelsdk.runtime.preflight import check
from parallelsdk.storage.snapshot import sizes

LARGE_CODE_BYTES = 100 * 1024 * 1024  # code folders above it are told of


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A plan in the workspace, what is wrong with the datastore paths in it, and what to say of
    steps that want more workers than they get.
    """

    plan: PipelinePlan
    problems: Unresolved
    crowded: Mapping[str, str]


def check_job(workspace: Workspace, job: PipelineJob) -> ValidationResult:
    """What submitting ``job`` would be refused for, and what it would warn of.

    Of one path the job's own finding counts. Data and code are only looked at when all that is
    written is right, because then it is known which are meant.
    """
    resolved, missing = resolve_references(workspace, job)
    own = resolved.findings()
    errors, warnings = own.errors, own.warnings
    for problem in (*missing, *find_compute_problems(workspace, resolved)):
        errors[problem.path] = problem.message
    if not missing:  # else planning would only tell what follows from that
        planned = find_problems(resolved, cpu_count=core_count())
        errors.update(_by_path(planned.found, errors))
        warnings.update(_by_path(planned.warnings, warnings))
    if not errors:
        draft = draft_plan(workspace, resolved, job.name or "job", codes={})
        for problem in look(draft, job, workspace):
            before = errors.get(problem.path)
            errors[problem.path] = f"{before}; {problem.message}" if before else problem.message
        if not errors:
            warnings.update(_large_code(draft.plan))
            warnings.update(draft.crowded)
    return ValidationResult.of(errors, warnings, job.locate, job.called)


def _by_path(found: list[Problem], told: Mapping[str, str]) -> dict[str, str]:
    """What was found at each path that is not ``told`` of already."""
    messages: dict[str, str] = {}
    for problem in found:
        if problem.path not in told:
            before = messages.get(problem.path)
            messages[problem.path] = f"{before}; {problem.message}" if before else problem.message
    return messages


def draft_plan(workspace: Workspace, job: PipelineJob, name: str, *, codes: Codes) -> Draft:
    """The plan of ``job``, its references resolved, under ``name`` in the workspace.

    Raises ValidationException.
    """
    folder = str(workspace.job(name).path)
    plan = plan_job(job, name=name, folder=folder, codes=codes, cpu_count=core_count())
    # Azure names the experiment after the folder that a job is submitted from.
    experiment = job.experiment_name or os.path.basename(os.getcwd()) or plan.experiment_name
    most = most_workers()
    steps, crowded = [], {}
    for step in plan.steps:
        fits = fitting(step, most) if isinstance(step, ParallelPlan) else step
        if isinstance(step, ParallelPlan) and fits != step:
            crowded[f"{_step_path(step.name)}.resources"] = _too_many(step, processes_of(fits))
        steps.append(_without_registered_source(fits, workspace))
    plan = dataclasses.replace(plan, experiment_name=experiment, steps=tuple(steps))
    return Draft(*with_located_data(plan, workspace), crowded)


def _without_registered_source(step: StepPlan, workspace: Workspace) -> StepPlan:
    """A registered component's code is a copy already: where it once came from is not known."""
    source = step.code_source
    if source is None or not source.startswith(f"{workspace.code}{os.sep}"):
        return step
    return dataclasses.replace(step, code_source=None)


def look(draft: Draft, job: PipelineJob, workspace: Workspace) -> list[Problem]:
    """What a look at data and code finds, with the place of the step or port that it is about."""
    if draft.problems:
        return [
            _problem(f"{_step_path(step)}.{place}", text, job)
            for (step, place), text in draft.problems.items()
        ]
    return [
        _problem(f"{_step_path(found.step)}.{found.part}", found.message, job)
        for found in check(draft.plan, workspace)
    ]


def _large_code(plan: PipelinePlan) -> dict[str, str]:
    """What to say of code folders that hold more than code, by the path of each."""
    told: dict[str, str] = {}
    known: set[tuple[str | None, tuple[str, ...]]] = set()
    for step in plan.steps:
        key = (step.code, step.code_includes)
        if key in known:
            continue
        known.add(key)
        found = sizes(*key)
        if sum(found.values()) > LARGE_CODE_BYTES:
            part = "task.code" if isinstance(step, ParallelPlan) else "component.code"
            told[f"{_step_path(step.name)}.{part}"] = _too_large(found)
    return told


def _too_many(step: ParallelPlan, gets: int) -> str:
    wanted = processes_of(step)
    return (
        f"{step.instance_count} x {step.slots_per_instance} = {wanted} workers would take longer "
        f"than the {gets} that {core_count()} cores can serve, so there are {gets}. "
        f"{MOST_WORKERS}={wanted} insists"
    )


def _too_large(found: Mapping[str, int]) -> str:
    largest = ", ".join(f"{name} ({format_bytes(size)})" for name, size in [*found.items()][:3])
    return (
        f"holds {format_bytes(sum(found.values()))}, all of which every job takes along; the "
        f"largest: {largest}. Name what is no code in .amlignore, or give data as an input"
    )


def _problem(path: str, message: str, job: PipelineJob) -> Problem:
    return Problem(path, job.locate(path), message)


def _step_path(name: str) -> str:
    """The path in the job of a step that planning calls ``outer.inner``."""
    return "jobs." + name.replace(".", ".component.jobs.")
