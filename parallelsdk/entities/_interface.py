"""From the ``inputs=`` and ``outputs=`` of ``command()`` and ``parallel_run_function()`` to an
interface.

A value there declares, and some also preset the node: an Input with a path, a literal, a binding.
So do the inputs of an inline step in YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parallelsdk._expressions import whole
from parallelsdk.entities._assets import Data, Model
from parallelsdk.entities._fields import Binding, expect_mapping
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._outputs import NodeOutput
from parallelsdk.entities._parameter import PipelineInput


def declared_inputs(inputs: Mapping[str, Any] | None) -> dict[str, Any]:
    """The declaration of each input, as ``Component`` takes it."""
    return {name: _declaration(value) for name, value in expect_mapping(inputs, "inputs").items()}


def preset(node: Any, inputs: Mapping[str, Any] | None, outputs: Mapping[str, Any] | None) -> None:
    """Give the node the values among ``inputs``, and all that was said about its outputs."""
    for name, value in (inputs or {}).items():
        if isinstance(value, Input) and (value.is_literal or value.path is None):
            if not value.is_literal:
                node.inputs[name].asked = value
            continue
        if isinstance(value, Mapping):
            value = Input(**{"type": None, **value})
        node.inputs[name].assign(value)
    for name, value in (outputs or {}).items():
        if value is not None:
            node.outputs[name].assign(value)


def _declaration(value: Any) -> Any:
    if isinstance(value, Data | Model):
        return Input(type=value.type)
    if isinstance(value, Binding):
        return Input(type=_type_of(value))
    if isinstance(value, str) and whole(value) is not None:
        return Input(type=None)  # settled when the whole pipeline is known
    if isinstance(value, Input) and value.path is not None and whole(value.path) is not None:
        return value.copy_with(path=None, mode=None)
    return value


def _type_of(value: Binding) -> str | None:
    if isinstance(value, PipelineInput):
        found: str | None = value.type
        return found
    if isinstance(value, NodeOutput):
        kind: str | None = value.type or Output().type
        return kind
    return None
