"""A step that is submitted alone becomes a pipeline job: of one step, or of its own steps.

Azure runs such a command as a job of its own kind. Here every job is a pipeline, so that whatever
follows, resumes or downloads a job need not know how it was written.
"""

from __future__ import annotations

import re
from typing import Any, Final

from parallelsdk.entities._io import Output
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._node import Node
from parallelsdk.entities._pipeline import Pipeline, PipelineComponent

_LABELS: Final = (
    "display_name",
    "description",
    "experiment_name",
    "tags",
    "properties",
    "identity",
)


def job_of(node: Node) -> PipelineJob:
    """The job that runs ``node``, which stays as it is; a pipeline's settings are the job's."""
    return _of_pipeline(node) if isinstance(node, Pipeline) else _of_step(node)


def _of_pipeline(node: Pipeline) -> PipelineJob:
    job = PipelineJob(component=node.component, settings=node.settings, compute=node.compute)
    for name, port in node.inputs.items():
        if port.data is not None:
            job.inputs[name].assign(port.data)
    for name, output in node.outputs.items():
        if output.given is not None:
            job.outputs[name].assign(output.given)
    document = node.document or node.component.document
    if document is not None:
        job.loaded_from(document)
    return _labelled(job, node)


def _of_step(node: Node) -> PipelineJob:
    """The step itself is a copy: its outputs are bound to those of the job."""
    step: Any = type(node)(node.component)
    step.__dict__.update({n: v for n, v in vars(node).items() if n not in ("inputs", "outputs")})
    for name, port in node.inputs.items():
        step.inputs[name].copy_from(port)
    component = PipelineComponent(jobs={_step_name(node): step})
    component.rooted(node.base_path)
    for name, output in step.outputs.items():
        output.parent_output = name
        component.outputs[name] = Output(type=output.type)
    job = PipelineJob(component=component, compute=node.compute)
    for name, output in node.outputs.items():
        if output.given is not None:
            job.outputs[name].assign(output.given)
    step.name, step.compute = _step_name(node), None
    job.made_of(step.name)
    if node.document is not None:
        job.loaded_from(node.document)
    return _labelled(job, node)


def _labelled(job: PipelineJob, node: Node) -> PipelineJob:
    job.name = node.name
    for label in _LABELS:
        value = getattr(node, label, None)
        if value:
            setattr(job, label, value)
    job.display_name = job.display_name or node.component.display_name or node.component.name
    return job


def _step_name(node: Node) -> str:
    """The component's name as far as it can name a step, else the kind of the step."""
    name = re.sub(r"[^a-z0-9_]+", "_", (node.component.name or "").lower()).strip("_")
    return name if name and not name[0].isdigit() else node.kind
