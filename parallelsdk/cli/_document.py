"""A job as plain values for ``-o json`` and ``-o yaml``; Azure's key where Azure has one."""

from __future__ import annotations

from typing import Any

from parallelsdk.cli._metrics import metric_document
from parallelsdk.client.outputs import NamedOutput, Outputs, outputs_of
from parallelsdk.constants import JobStatus, JobType
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import JobRecord, StepRecord


def job_document(folder: JobFolder, record: JobRecord) -> dict[str, Any]:
    """Everything that the workspace knows of the job."""
    outputs = _outputs(folder, record)
    return {
        "name": record.name,
        "type": JobType.PIPELINE,
        "display_name": record.display_name,
        "experiment_name": record.experiment_name,
        "description": record.description,
        "tags": dict(record.tags),
        "archived": record.archived,
        "status": record.status,
        "creation_context": {"created_at": record.created},
        "started_at": record.started,
        "finished_at": record.finished,
        "seconds": record.seconds,
        "error": record.error,
        "log": record.log,
        "folder": str(folder.path),
        "warnings": [*record.warnings, *filter(None, [outputs.problem])],
        "outputs": {output.name: _output(output) for output in outputs.results},
        "metrics": metric_document(record.metrics),
        "jobs": {step.name: step_document(step) for step in record.steps},
    }


def _outputs(folder: JobFolder, record: JobRecord) -> Outputs:
    """The results; none where the job is damaged, and told as Unknown anyway."""
    if record.status == JobStatus.UNKNOWN:
        return Outputs([], [])
    return outputs_of(folder, record)


def _output(output: NamedOutput) -> dict[str, Any]:
    return {
        "type": output.type,
        "path": output.path,
        "step": output.step,
        "output": output.output,
        "asset": output.asset,
    }


def step_document(step: StepRecord) -> dict[str, Any]:
    """A step as plain values."""
    document: dict[str, Any] = {
        "type": step.kind,
        "display_name": step.display_name,
        "status": step.status,
        "started_at": step.started,
        "finished_at": step.finished,
        "seconds": step.seconds,
        "error": step.error,
        "log": step.log,
        "reused_from": step.reuse.reused_from,
        "not_reused": step.reuse.reason,
        "metrics": metric_document(step.metrics),
        "new_code": None,
    }
    if step.new_code is not None:
        document["new_code"] = {"at": step.new_code.time, "changed": list(step.new_code.files)}
    if step.kind == JobType.PARALLEL:
        document["mini_batches"] = {
            "total": step.total,
            "done": step.done,
            "failed": step.failed,
            "retried": step.retried,
        }
        document["failures"] = [
            {
                "mini_batch": failure.mini_batch,
                "items": failure.items,
                "attempts": failure.attempts,
                "error": failure.error,
            }
            for failure in step.failures
        ]
        document["items"] = {"done": step.items_done, "failed": step.items_failed}
        document["workers"] = {"count": step.slots, "threads": step.threads}
    return document
