"""Finding a job by its name, and saying so clearly when it is not there."""

from __future__ import annotations

import difflib

from parallelsdk.exceptions import ErrorCategory, ErrorTarget, JobException
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.planning.plan import PipelinePlan


def find_job(workspace: Workspace, name: str) -> JobFolder:
    """The folder of an existing job. Raises JobException when there is none of that name."""
    folder = workspace.job(name)
    if folder.path.is_dir():
        return folder
    close = difflib.get_close_matches(name, workspace.job_names(), n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    raise JobException(
        f'There is no job called "{name}" in {workspace.root}.{hint} '
        "The command 'parallelsdk job list' shows the jobs there are.",
        target=ErrorTarget.JOB,
        error_category=ErrorCategory.USER_ERROR,
    )


def read_plan(folder: JobFolder) -> PipelinePlan:
    """The plan of a job. Raises JobException when it cannot be read."""
    try:
        return PipelinePlan.from_json(folder.plan_json.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise JobException(
            f"The plan of the job cannot be read from {folder.plan_json} ({error}). "
            "Its outputs and logs are untouched in the same folder.",
            target=ErrorTarget.JOB,
        ) from error
