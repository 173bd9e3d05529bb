"""What can be submitted, and what to do with an object that cannot."""

from __future__ import annotations

from parallelsdk.constants import JobType
from parallelsdk.entities._job import PipelineJob
from parallelsdk.exceptions import ErrorTarget, UserErrorException, ValidationException


def submittable(job: object) -> PipelineJob:
    """``job`` itself, if it can be submitted; else an error that says what to do with it."""
    if isinstance(job, PipelineJob):
        return job
    kind = getattr(job, "type", None)
    if kind in (JobType.PARALLEL, JobType.COMMAND):
        raise ValidationException(
            f"A {kind} step cannot be submitted alone: it runs as a step of a pipeline. Call it in "
            "a function decorated with @pipeline, or place it under jobs: in a file of type: "
            "pipeline, and submit that.",
            target=ErrorTarget.JOB,
        )
    if callable(job):
        called = getattr(job, "__name__", type(job).__name__)
        raise UserErrorException(
            f"{called} is a function or component, no job yet. Call it and submit the result.",
            target=ErrorTarget.JOB,
        )
    raise UserErrorException(
        f"Only pipeline jobs can be submitted, found {type(job).__name__}. Build one with "
        "@pipeline or load_job.",
        target=ErrorTarget.JOB,
    )
