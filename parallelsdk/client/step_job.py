"""A step as ``jobs.list(parent_job_name=...)`` shows it: Azure has a job for every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parallelsdk.client.failures import FailedMiniBatch, failures_of
from parallelsdk.constants import JobType
from parallelsdk.entities._port_map import PortView
from parallelsdk.entities._system_data import JobService, SystemData
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.metrics import Metrics
from parallelsdk.jobstore.records import JobRecord, OutputRecord, StepRecord
from parallelsdk.jobstore.store import read_job


@dataclass(frozen=True, slots=True)
class StepJob:
    """The state of one step. To be read only; what can be done is done to the job around it."""

    name: str  # of the job and the step, unique in the workspace: <job>_<step>
    display_name: str
    type: str
    status: str
    parent_job_name: str
    experiment_name: str | None
    error: str | None
    log: str | None
    metrics: Metrics  # what its code has logged
    step: str  # its name in the job
    outputs: Mapping[str, OutputRecord]  # what it has written: type and path
    studio_url: str
    creation_context: SystemData
    seconds: float | None
    mini_batches: Mapping[str, int | None]  # total, done, failed, retried; empty for a command
    items: Mapping[str, int]  # done, failed
    folder: JobFolder = field(repr=False, compare=False)  # of the job around it

    @property
    def failures(self) -> list[FailedMiniBatch]:
        """Its failed mini-batches. Read when asked for; JobException for a damaged log."""
        every = failures_of(self.folder, read_job(self.folder))
        return [failure for failure in every if failure.step == self.step]

    @property
    def services(self) -> dict[str, JobService]:
        """Where it can be looked at."""
        return {"Studio": JobService(endpoint=self.studio_url)}

    @classmethod
    def of(cls, step: StepRecord, job: JobRecord, folder: JobFolder) -> StepJob:
        """The step of that job."""
        return cls(
            child_name(job.name, step.name),
            step.display_name or step.name,
            step.kind,
            step.status,
            job.name,
            job.experiment_name,
            step.error,
            step.log,
            step.metrics,
            step.name,
            PortView(step.outputs, f"output of the step {step.name}"),
            folder.step(step.name).path.as_uri(),
            SystemData.of(job.created),
            step.seconds,
            *_counts(step),
            folder,
        )


def _counts(step: StepRecord) -> tuple[dict[str, int | None], dict[str, int]]:
    if step.kind != JobType.PARALLEL:
        return {}, {}
    mini_batches = {
        "total": step.total,
        "done": step.done,
        "failed": step.failed,
        "retried": step.retried,
    }
    return mini_batches, {"done": step.items_done, "failed": step.items_failed}


def child_name(job: str, step: str) -> str:
    """The name of a step in the workspace, which is its AZUREML_RUN_ID, too."""
    return f"{job}_{step}"
