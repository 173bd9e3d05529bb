"""What an exported component declares: inputs and outputs, each with the type that Azure asks for.

Here a declaration may leave the type open until a value is given. Azure's files may not, so it is
found out: from where the value is used, else from the value itself.
"""

from __future__ import annotations

from typing import Any

from parallelsdk.constants import LITERAL_TYPES
from parallelsdk.entities import _graph
from parallelsdk.entities._component import Component, literal_type
from parallelsdk.entities._export_values import Changes, literal
from parallelsdk.entities._fields import plain
from parallelsdk.entities._inputs import NodeInput
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._node import Node
from parallelsdk.entities._pipeline import PipelineComponent

_DECLARED = ("description", "optional", "default", "min", "max", "enum")


def interface(node: Node, owner: PipelineComponent, place: str, changes: Changes) -> dict[str, Any]:
    """``inputs`` and ``outputs`` of the component of ``node``, a step of ``owner``."""
    inputs = {
        name: _input(declared, _type_of(node, name, owner), f"{place}.inputs.{name}", changes)
        for name, declared in node.component.inputs.items()
    }
    for name in inputs:
        if hangs_on_optional(node.inputs[name], owner):
            inputs[name]["optional"] = True
    outputs = {name: _output(node.component, name) for name in node.component.outputs}
    return {name: ports for name, ports in (("inputs", inputs), ("outputs", outputs)) if ports}


def hangs_on_optional(port: NodeInput, owner: PipelineComponent) -> bool:
    """Whether a step's input is bound to one that the pipeline's caller may leave out; Azure then
    wants both to be optional.
    """
    source = port.source()
    bound = source.name if isinstance(source, _graph.FromParent) else None
    return bound in owner.inputs and bool(owner.inputs[bound].optional)


def _input(declared: Input, kind: str, place: str, changes: Changes) -> dict[str, Any]:
    found = {"type": kind} | {name: plain(getattr(declared, name)) for name in _DECLARED}
    if kind not in LITERAL_TYPES:
        found["mode"] = changes.mode(declared.mode, kind, place)
    for name in ("default", "min", "max"):
        found[name] = literal(found[name], f"{place}.{name}", changes)
    if found["enum"] is not None:
        found["enum"] = [str(choice) for choice in found["enum"]]
    return {name: value for name, value in found.items() if value is not None}


def _output(component: Component, name: str) -> dict[str, Any]:
    declared = component.outputs[name]
    source = component.source_of(name) if isinstance(component, PipelineComponent) else None
    kind = declared.given_type or (source.type if source is not None else declared.type)
    found = {"type": kind or Output().type, "mode": declared.mode}
    found["description"] = declared.description
    return {key: value for key, value in found.items() if value is not None}


def _type_of(node: Node, name: str, owner: PipelineComponent) -> str:
    declared = node.component.inputs[name].type or _type_of_use(node.component, name)
    return declared or _type_of_value(node.inputs[name], owner) or str(Input().type)


def _type_of_use(component: Component, name: str) -> str | None:
    """The type of the first step's input that a nested pipeline's input is bound to."""
    if not isinstance(component, PipelineComponent):
        return None
    for node in component.jobs.values():
        for inner, port in node.inputs.items():
            source = port.source()
            if isinstance(source, _graph.FromParent) and source.name == name:
                found = node.component.inputs[inner].type or _type_of_use(node.component, inner)
                if found is not None:
                    return found
    return None


def _type_of_value(port: NodeInput, owner: PipelineComponent) -> str | None:
    source = port.source()
    if isinstance(source, _graph.Value):
        return literal_type(source.value)
    if isinstance(source, _graph.Data):
        return source.type
    if isinstance(source, _graph.FromParent) and source.name in owner.inputs:
        return owner.inputs[source.name].type
    if isinstance(source, _graph.FromStep) and source.step in owner.jobs:
        outputs = owner.jobs[source.step].outputs
        found: str | None = outputs[source.output].type if source.output in outputs else None
        return found
    return None
