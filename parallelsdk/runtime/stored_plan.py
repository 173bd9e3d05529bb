"""The frozen plan of a job as it lies in its folder."""

from __future__ import annotations

from pathlib import Path

from parallelsdk.exceptions import ErrorTarget, JobException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.seal import is_sealed, seal, unseal
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.storage.transfer import replacing


def read_plan(folder: JobFolder) -> PipelinePlan:
    """The plan of a job. Raises JobException when it cannot be read, or is not as it was sealed."""
    try:
        text = folder.plan_json.read_bytes()
        return PipelinePlan.from_json((unseal(text) if is_sealed(text) else text).decode())
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise JobException(
            f"The plan of the job cannot be read from {folder.plan_json} ({error}). "
            "Its outputs and logs are untouched in the same folder.",
            target=ErrorTarget.JOB,
        ) from error


def write_plan(folder: JobFolder, plan: PipelinePlan) -> None:
    """Put the plan in its place: what was there before or all of it is there, never half of it."""
    with replacing(str(folder.plan_json)) as partial:
        Path(partial).write_bytes(seal(plan.to_json()))
