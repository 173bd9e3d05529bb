"""Starting a job again: on what is left of it, or on the mini-batches that failed.

What is committed stays. Two that try at once are one, because only one of them gets the job's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.store import is_running, read_job
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.planning.revision import revise
from parallelsdk.runtime.launch import launch
from parallelsdk.runtime.stored_plan import read_plan, write_plan
from parallelsdk.storage.transfer import remove


def resume(
    folder: JobFolder,
    *,
    settings: Mapping[str, object] | None = None,
    accept_changes: bool = False,
) -> bool:
    """Start the job again on what is left. False when it runs or has completed: nothing happens.

    ``settings`` replaces thresholds, ``max_retries`` and time-outs; ValidationException for others,
    JobException for a plan that cannot be read, both whatever the job's state. With
    ``accept_changes``, what was made from input files that have changed since is made again;
    without, such a job fails.
    """
    plan = read_plan(folder)
    if settings:
        revise(plan, settings)
    record = read_job(folder)
    if record.status == JobStatus.COMPLETED or (is_running(folder) and not record.ended):
        return False

    def change_plan() -> None:
        # Under the job's lock: of two that resume at once only one changes anything.
        if settings:
            write_plan(folder, revise(read_plan(folder), settings))

    return _start(folder, change_plan, accept_changes=accept_changes)


def retry_failed(folder: JobFolder) -> list[str]:
    """Run the failed mini-batches of a completed job again; the steps that do run again.

    Steps that take in the output of such a step run again from the start. Raises JobException
    unless the job has completed: one that has not is resumed.
    """
    record = read_job(folder)
    if record.status != JobStatus.COMPLETED:
        raise JobException(
            f"The job {folder.name} is {record.status}. Only a completed job has failed "
            "mini-batches left to retry; resume this one, which retries them too."
        )
    plan = read_plan(folder)
    failed = [step.name for step in record.steps if step.failed]
    if not failed:
        return []
    after = _downstream(plan, failed)

    def reopen() -> None:
        for name in after:
            remove(str(folder.step(name).path))
        EventLog(folder.events).append("steps_reopened", steps=[*failed, *after])

    return [*failed, *after] if _start(folder, reopen) else []


def _downstream(plan: PipelinePlan, names: list[str]) -> list[str]:
    """The steps that need one of ``names``, at whatever distance."""
    found: list[str] = []
    for step in plan.steps:  # in an order in which they could run
        if step.name not in names and {*names, *found} & set(step.after):
            found.append(step.name)
    return found


def _start(folder: JobFolder, before: Callable[[], None], *, accept_changes: bool = False) -> bool:
    try:
        launch(folder, before=before, accept_changes=accept_changes)
    except JobException:
        if is_running(folder):
            return False  # somebody else was quicker
        raise
    return True
