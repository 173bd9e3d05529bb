"""From a built job to a started one: check, make the folder, snapshot the code, plan, launch.

Everything that can be found wrong is found before the folder is made, and whatever fails afterwards
takes the folder away again. It gets the job's name when all is ready, so that whatever kills the
client leaves nothing half-made under a name.
"""

from __future__ import annotations

import dataclasses
import os

from parallelsdk.client.checking import check_job, draft_plan, look
from parallelsdk.client.compute import find_compute_problems
from parallelsdk.client.resolution import resolve_references
from parallelsdk.entities._checks import check_labels
from parallelsdk.entities._findings import Findings
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._loading import load_job
from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.names import new_name
from parallelsdk.jobstore.preparing import PreparedJob, is_taken, withdraw
from parallelsdk.planning.problems import Problem, refusal, title_of
from parallelsdk.runtime.launch import launch
from parallelsdk.runtime.stored_plan import write_plan
from parallelsdk.storage.file_store import FileStore
from parallelsdk.storage.snapshot import snapshot_code


def submit(workspace: Workspace, job: PipelineJob, *, skip_validation: bool = False) -> JobFolder:
    """Start ``job`` in a process of its own and return its folder.

    Raises ValidationException that lists what is wrong; then nothing was left in the workspace.
    """
    name = job.name or new_name()
    problems, warnings = _checked(workspace, job, name, skip_validation=skip_validation)
    if problems:
        raise refusal(title_of(job.display_name, job.source_file, job.name), problems)
    if is_taken(workspace.job(name)):
        raise _taken(workspace, name)
    with PreparedJob(workspace) as prepared:
        _prepare(workspace, job, name, prepared.folder, warnings, skip_validation=skip_validation)
        prepared.folder.deny_others()
        try:
            folder = prepared.give_name(name)
        except FileExistsError:  # somebody else submitted it meanwhile
            raise _taken(workspace, name) from None
        try:
            launch(folder, lock=prepared.lock)
        except BaseException:
            prepared.let_go()
            withdraw(folder)  # unless it runs
            raise
    return folder


def _checked(
    workspace: Workspace, job: PipelineJob, name: str, *, skip_validation: bool
) -> tuple[list[str], list[str]]:
    """Problems and warnings, as lines. Unvalidated, the job must still be one that can run."""

    def line(path: str, text: str) -> str:
        return str(Problem(job.called(path), job.locate(path), text))

    if skip_validation:
        resolved, missing = resolve_references(workspace, job)
        missing += find_compute_problems(workspace, resolved)
        labels = Findings()
        check_labels(vars(job), "", labels)
        if missing or labels.errors:
            told = [line(problem.path, problem.message) for problem in missing]
            return [*told, *(line(path, text) for path, text in labels.errors.items())], []
        draft = draft_plan(workspace, resolved, name, codes={})
        told = [line(path, text) for path, text in draft.crowded.items()]
        problems = [line(found.path, found.message) for found in look(draft, job, workspace)]
        return problems, [*draft.plan.warnings, *told]
    result = check_job(workspace, job)
    errors, odd = (
        [result._line(path, text) for path, text in found.items()]
        for found in (result.error_messages, result.warnings)
    )
    return errors, odd


def _prepare(
    workspace: Workspace,
    job: PipelineJob,
    name: str,
    folder: JobFolder,
    warnings: list[str],
    *,
    skip_validation: bool,
) -> None:
    """Fill the folder with everything that the driver of the job ``name`` needs."""
    resolved, _ = resolve_references(workspace, job)
    written = draft_plan(workspace, resolved, name, codes={}).plan
    goal = workspace.job(name).code  # where the code will lie when the folder has its name
    store = FileStore(str(workspace.files))
    codes = {}
    for step in written.steps:
        if step.code is not None or step.code_includes:
            taken = snapshot_code(
                step.code, str(folder.code), includes=step.code_includes, store=store
            )
            codes[step.code, step.code_includes] = str(goal / os.path.basename(taken))
    plan = draft_plan(workspace, resolved, name, codes=codes).plan
    plan = dataclasses.replace(plan, warnings=tuple(warnings))
    job.dump(str(folder.job_yml))
    if skip_validation:  # else it is known that the job can be read again
        load_job(str(folder.job_yml))
    write_plan(folder, plan)
    EventLog(folder.events).append(
        "job_created",
        display_name=plan.display_name,
        experiment_name=plan.experiment_name,
        description=job.description,
        tags={name: str(tag) for name, tag in job.tags.items()},
        steps=[
            {"name": step.name, "kind": step.kind, "display_name": step.display_name}
            for step in plan.steps
        ],
        warnings=warnings,
    )


def _taken(workspace: Workspace, name: str) -> ValidationException:
    return ValidationException(
        f'A job called "{name}" exists already in {workspace.root}. Give another name, or '
        "leave it out to get a new one.",
        target=ErrorTarget.JOB,
    )
