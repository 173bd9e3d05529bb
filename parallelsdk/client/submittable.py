"""What can be submitted, and what to do with an object that cannot."""

from __future__ import annotations

from parallelsdk.constants import JobType
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._node import Node
from parallelsdk.entities._standalone import job_of
from parallelsdk.exceptions import ErrorTarget, UserErrorException, ValidationException


def submittable(job: object) -> PipelineJob:
    """``job`` itself, or the job that a step makes that is submitted alone; else an error that
    says what to do with it.
    """
    if isinstance(job, PipelineJob):
        return job
    if getattr(job, "type", None) == JobType.PARALLEL:  # as in Azure
        raise ValidationException(
            "A parallel step cannot be submitted alone: it runs as a step of a pipeline. Call it "
            "in a function decorated with @pipeline, or place it under jobs: in a file of type: "
            "pipeline, and submit that.",
            target=ErrorTarget.JOB,
        )
    if isinstance(job, Node):
        return job_of(job)
    if callable(job):
        called = getattr(job, "__name__", type(job).__name__)
        raise UserErrorException(
            f"{called} is a function or component, no job yet. Call it and submit the result.",
            target=ErrorTarget.JOB,
        )
    raise UserErrorException(
        f"Only jobs can be submitted, found {job!r:.80}. Build one with @pipeline, command() or "
        "load_job.",
        target=ErrorTarget.JOB,
    )
