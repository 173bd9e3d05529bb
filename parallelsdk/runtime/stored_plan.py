"""The frozen plan of a job as it lies in its folder."""

from __future__ import annotations

from pathlib import Path

from parallelsdk.exceptions import ErrorTarget, JobException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.storage.transfer import replacing


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


def replace_plan(folder: JobFolder, plan: PipelinePlan) -> None:
    """Put another plan in its place: the old one or the new one is there, never half of one."""
    with replacing(str(folder.plan_json)) as partial:
        Path(partial).write_text(plan.to_json(), encoding="utf-8")
