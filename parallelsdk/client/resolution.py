"""A job's references to registered assets are replaced by what they name, in a copy of the job.

``component: azureml:name:version`` becomes that component, ``path: azureml:name@latest`` the path
of that data asset or model. The job that the user has, and prints, keeps its references.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from typing import Any, Final

from parallelsdk.client.assets import DataOperations, ModelOperations
from parallelsdk.client.components import ComponentOperations
from parallelsdk.constants import MOST_NESTED, JobType
from parallelsdk.entities._component import Component
from parallelsdk.entities._fields import Binding
from parallelsdk.entities._inputs import NodeInput
from parallelsdk.entities._io import Input
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._node import Node
from parallelsdk.entities._outputs import NodeOutput
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.exceptions import MlException
from parallelsdk.jobstore.asset_reference import (
    AssetReference,
    kind_of_input,
    look_up,
    parse_reference,
)
from parallelsdk.jobstore.assets import AssetKind, AssetStore
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.planning.problems import Problem

_APART: Final = ("component", "inputs", "outputs")


def resolve_references(workspace: Workspace, job: PipelineJob) -> tuple[PipelineJob, list[Problem]]:
    """``job`` itself when it refers to nothing, else a copy in which references are replaced, and
    what could not be.

    A bare ``name:version`` that names an asset is spelt ``azureml:name:version`` in ``job``, so
    that it is printed, and stored, as the reference that it is.
    """
    found = list(_references(job))
    if not found:
        return job, []
    resolver = _Resolver(workspace, job)
    for port in found:
        resolver.spell_out(port)
    return resolver.resolve(), resolver.problems


def _references(job: PipelineJob) -> Iterator[object]:
    """Something for every reference in the job."""
    yield from (port for port in job.inputs.values() if _data_reference(port.data))
    pipelines = [job.component]
    while pipelines:
        for node in pipelines.pop().jobs.values():
            if node.component.reference is not None:
                yield node
            elif isinstance(node.component, PipelineComponent):
                pipelines.append(node.component)
            yield from (port for port in node.inputs.values() if _data_reference(port.data))


def _data_reference(data: object) -> AssetReference | None:
    """The asset that an input's value names, if it names one."""
    if not isinstance(data, Input) or data.path is None:
        return None
    if not data.path.startswith("azureml:") and os.path.exists(data.resolved_path or ""):
        return None  # a file of that name counts more
    return parse_reference(data.path)


class _Resolver:
    def __init__(self, workspace: Workspace, job: PipelineJob) -> None:
        self.problems: list[Problem] = []
        self._job = job
        self._store = AssetStore(workspace)
        self._components = ComponentOperations(workspace)
        self._assets: dict[str, DataOperations | ModelOperations] = {
            AssetKind.DATA: DataOperations(workspace),
            AssetKind.MODEL: ModelOperations(workspace),
        }

    def resolve(self) -> PipelineJob:
        """The copy with everything replaced that was found."""
        found = copy.deepcopy(self._job)
        for name, port in found.inputs.items():
            self._resolve_input(port, f"inputs.{name}")
        self._resolve_steps(found.component, "", 0)
        for name, output in found.outputs.items():
            output.source = found.component.source_of(name)
        return found

    def spell_out(self, port: Any) -> None:
        """Write ``azureml:`` before a bare name of a known asset."""
        data: Any = None if isinstance(port, Node) else port.data
        reference = _data_reference(data)
        if reference is None or data.path.startswith("azureml:"):
            return
        if not self._is_unknown(_kind(port), reference):
            data.path = f"azureml:{data.path}"

    def _resolve_steps(self, pipeline: PipelineComponent, prefix: str, depth: int) -> None:
        for name, node in list(pipeline.jobs.items()):
            path = f"{prefix}jobs.{name}"
            if node.component.reference is not None:
                if depth >= MOST_NESTED:
                    self._refuse(f"{path}.component", "components are nested without end")
                    continue
                pipeline.jobs[name] = node = self._resolve_component(node, path)
            for port_name, port in node.inputs.items():
                self._resolve_input(port, f"{path}.inputs.{port_name}")
            if isinstance(node.component, PipelineComponent):
                self._resolve_steps(node.component, f"{path}.component.", depth + 1)

    def _resolve_component(self, node: Node, path: str) -> Node:
        """The step with the component that it names; the step as it was after a problem."""
        component = self._component(str(node.component.reference), f"{path}.component")
        if component is None:
            return node
        # A step that does not say its type is read as a command.
        if node.type not in (component.type, JobType.COMMAND):
            self._refuse(
                f"{path}.type",
                f"the step is of type {node.type!r}, and {node.component.reference} is a "
                f"{component.type}",
            )
            return node
        made: Node = component.new_node()
        for name, value in vars(node).items():
            if name not in _APART and value is not None and value != {}:
                setattr(made, name, value)
        self._take_over_ports(node, made, path)
        return made

    def _component(self, text: str, path: str) -> Component | None:
        reference = parse_reference(text)
        if reference is None:
            self._refuse(path, _not_here(text))
            return None
        try:
            record = look_up(self._store, AssetKind.COMPONENT, reference)
            return self._components.get(record.name, record.version)
        except MlException as error:
            self._refuse(path, error.message)
            return None

    def _take_over_ports(self, node: Node, made: Node, path: str) -> None:
        for name, port in node.inputs.items():
            if name not in made.inputs:  # for validation to answer
                made.inputs.add(name, NodeInput(name, None)).copy_from(port)
            elif isinstance(port.data, Input | Binding):
                made.inputs[name].copy_from(port)
            else:
                self._assign(made.inputs[name], port.data, f"{path}.inputs.{name}")
        for name, output in node.outputs.items():
            if name not in made.outputs:
                made.outputs.add(name, NodeOutput(made, name, None))
            made.outputs[name].given = output.given
            made.outputs[name].parent_output = output.parent_output

    def _assign(self, port: NodeInput, value: Any, path: str) -> None:
        try:
            port.assign(value)
        except MlException as error:
            self._refuse(path, error.message)

    def _resolve_input(self, port: Any, path: str) -> None:
        data = port.data
        reference = _data_reference(data)
        if reference is None:
            return
        kind = _kind(port)
        if not data.path.startswith("azureml:") and self._is_unknown(kind, reference):
            return  # a path that does not exist; preflight says so
        try:
            record = look_up(self._store, kind, reference)
        except MlException as error:
            self._refuse(path, f"{data.path!r}: {error.message}")
            return
        asset = self._assets[kind].get(record.name, record.version)
        port.assign(data.copy_with(path=asset.path, type=data.type or asset.type))

    def _is_unknown(self, kind: str, reference: AssetReference) -> bool:
        return not self._store.versions(kind, reference.name)

    def _refuse(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, self._job.locate(path), message))


def _kind(port: Any) -> str:
    return kind_of_input(port.data.type or (port.declared.type if port.declared else None))


def _not_here(text: str) -> str:
    if "/registries/" in text:
        return (
            f"{text} lies in a registry of Azure, which nothing here contacts. Register the "
            "component in this workspace, or name its file"
        )
    return f"{text!r} is no reference; write azureml:<name>:<version> or azureml:<name>@latest"
