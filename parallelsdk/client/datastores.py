"""Datastores of a pipeline are folders of the workspace: ``azureml://`` paths become local ones."""

from __future__ import annotations

import dataclasses

from parallelsdk.exceptions import ValidationException
from parallelsdk.planning.plan import PipelinePlan, StepPlan
from parallelsdk.storage.uri import resolve_azureml, scheme

Unresolved = dict[tuple[str, str], str]


def with_local_datastores(plan: PipelinePlan, root: str) -> tuple[PipelinePlan, Unresolved]:
    """The plan with every datastore path below the workspace ``root``, and what could not be.

    The latter maps a step and a place in it, such as ``inputs.port``, to a sentence.
    """
    problems: Unresolved = {}
    steps = tuple(_localised(step, root, problems) for step in plan.steps)
    return dataclasses.replace(plan, steps=steps), problems


def _localised(step: StepPlan, root: str, problems: Unresolved) -> StepPlan:
    def local(uri: str | None, place: str) -> str | None:
        if uri is None or scheme(uri) != "azureml":
            return uri
        try:
            return resolve_azureml(uri, root)
        except ValidationException as error:
            problems[step.name, place] = error.message
            return uri

    inputs = tuple(
        dataclasses.replace(port, uri=local(port.uri, f"inputs.{port.name}"))
        for port in step.inputs
    )
    outputs = tuple(
        dataclasses.replace(port, destination=local(port.destination, f"outputs.{port.name}"))
        for port in step.outputs
    )
    return dataclasses.replace(step, inputs=inputs, outputs=outputs)
