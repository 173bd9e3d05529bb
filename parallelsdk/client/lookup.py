"""Finding a job by its name, and saying so clearly when it is not there."""

from __future__ import annotations

import difflib

from parallelsdk.exceptions import ErrorCategory, ErrorTarget, JobException, not_found
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.store import read_job


def find_step(workspace: Workspace, name: str) -> tuple[JobFolder, str] | None:
    """The job and the step that ``<job>_<step>`` names; None when it names none."""
    for job in workspace.job_names():
        if name.startswith(f"{job}_"):
            folder, step = workspace.job(job), name.removeprefix(f"{job}_")
            if any(record.name == step for record in read_job(folder).steps):
                return folder, step
    return None


def find_job(workspace: Workspace, name: str) -> JobFolder:
    """The folder of an existing job. Raises JobException when there is none of that name."""
    folder = workspace.job(name)
    if folder.path.is_dir():
        return folder
    if found := find_step(workspace, name):
        job, step = found
        raise JobException(
            f'"{name}" is the step {step} of the job {job.name}, and what is asked for is known of '
            f"whole jobs: give the name {job.name}",
            target=ErrorTarget.JOB,
            error_category=ErrorCategory.USER_ERROR,
        )
    close = difflib.get_close_matches(name, workspace.job_names(), n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    raise not_found(
        JobException,
        f'There is no job called "{name}" in {workspace.root}.{hint} '
        "The command 'parallelsdk job list' shows the jobs there are.",
        target=ErrorTarget.JOB,
    )
