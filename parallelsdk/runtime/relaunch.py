"""Starting a job again: on what is left of it, or on the mini-batches that failed.

What is committed stays. Two that try at once are one, because only one of them gets the job's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.store import is_running, read_job
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.planning.revision import revise
from parallelsdk.runtime.code_change import check_sources, take_new_code, tell_changes
from parallelsdk.runtime.launch import launch
from parallelsdk.runtime.stored_plan import plan_to_run, write_plan
from parallelsdk.storage.transfer import remove


@dataclass(frozen=True, slots=True)
class Relaunch:
    """Whether the job was started, the steps that run again, and what there is to say of them.

    A job that has lacked nothing but its last word is started for no step.
    """

    started: bool = False
    steps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def resume(
    folder: JobFolder,
    *,
    settings: Mapping[str, object] | None = None,
    accept_changes: bool = False,
    new_code: bool = False,
) -> Relaunch:
    """Start the job again on what is left. Nothing happens when it runs or has completed.

    ``settings`` replaces thresholds, ``max_retries`` and time-outs; ValidationException for others,
    JobException for a plan that cannot be read, both whatever the job's state. With
    ``accept_changes``, what was made from input files that have changed since is made again;
    without, such a job fails. With ``new_code``, the steps that have not completed get the code as
    it is now; JobException when it is not there.
    """
    plan = plan_to_run(folder)
    if settings:
        revise(plan, settings)
    record = read_job(folder)
    done = {step.name for step in record.steps if step.status == JobStatus.COMPLETED}
    left = tuple(step.name for step in plan.steps if step.name not in done)
    if new_code:
        check_sources(plan, left)
    if record.status == JobStatus.COMPLETED or (is_running(folder) and not record.ended):
        return Relaunch()
    return _start(
        folder, left, settings=settings or {}, accept_changes=accept_changes, new_code=new_code
    )


def retry_failed(folder: JobFolder, *, new_code: bool = False) -> Relaunch:
    """Run the failed mini-batches of a completed job again.

    Steps that take in the output of such a step run again from the start. ``new_code``: see
    ``resume``. Raises JobException unless the job has completed: one that has not is resumed.
    """
    record = read_job(folder)
    if record.status != JobStatus.COMPLETED:
        raise JobException(
            f"The job {folder.name} is {record.status}. Only a completed job has failed "
            "mini-batches left to retry; resume this one, which retries them too."
        )
    plan = plan_to_run(folder)
    failed = [step.name for step in record.steps if step.failed]
    if not failed:
        return Relaunch()
    after = _downstream(plan, failed)
    if new_code:
        check_sources(plan, [*failed, *after])

    def reopen() -> None:
        for name in after:
            remove(str(folder.step(name).path))
        EventLog(folder.events).append("steps_reopened", steps=[*failed, *after])

    return _start(folder, (*failed, *after), reopen, new_code=new_code)


def _downstream(plan: PipelinePlan, names: list[str]) -> list[str]:
    """The steps that need one of ``names``, at whatever distance."""
    found: list[str] = []
    for step in plan.steps:  # in an order in which they could run
        if step.name not in names and {*names, *found} & set(step.after):
            found.append(step.name)
    return found


def _start(
    folder: JobFolder,
    steps: tuple[str, ...],
    reopen: Callable[[], None] | None = None,
    *,
    settings: Mapping[str, object] | None = None,
    accept_changes: bool = False,
    new_code: bool = False,
) -> Relaunch:
    warnings: list[str] = []

    def change_plan() -> None:
        # Under the job's lock: of two that resume at once only one changes anything.
        before = plan_to_run(folder)
        plan = revise(before, settings) if settings else before
        if new_code:
            plan = take_new_code(folder, plan, steps)
        else:
            warnings.extend(tell_changes(folder, plan, read_job(folder), steps))
        if plan != before:
            write_plan(folder, plan)
        if reopen is not None:
            reopen()

    try:
        launch(folder, before=change_plan, accept_changes=accept_changes)
    except JobException:
        if is_running(folder):
            return Relaunch()  # somebody else was quicker
        raise
    return Relaunch(started=True, steps=steps, warnings=tuple(warnings))
