"""A step as ``jobs.list(parent_job_name=...)`` shows it: Azure has a job for every step."""

from __future__ import annotations

from dataclasses import dataclass

from parallelsdk.jobstore.metrics import Metrics
from parallelsdk.jobstore.records import JobRecord, StepRecord


@dataclass(frozen=True, slots=True)
class StepJob:
    """The state of one step. To be read only; what can be done is done to the job around it."""

    name: str  # of the step, in the whole job
    display_name: str
    type: str
    status: str
    parent_job_name: str
    experiment_name: str | None
    error: str | None
    log: str | None
    metrics: Metrics  # what its code has logged

    @classmethod
    def of(cls, step: StepRecord, job: JobRecord) -> StepJob:
        """The step of that job."""
        return cls(
            step.name,
            step.display_name or step.name,
            step.kind,
            step.status,
            job.name,
            job.experiment_name,
            step.error,
            step.log,
            step.metrics,
        )
