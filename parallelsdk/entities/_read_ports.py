"""From YAML to inputs and outputs: declared by a component, or given at a step or a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parallelsdk._expressions import whole
from parallelsdk.entities import _graph
from parallelsdk.entities._component import literal_type
from parallelsdk.entities._fields import is_binding
from parallelsdk.entities._inputs import NodeInput
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._node import Node
from parallelsdk.entities._outputs import NodeOutput, parent_output
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.entities._place import Place
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.ports import (
    DATA_TYPES,
    DECLARED_TYPES,
    DECLARING,
    INPUT_MODES,
    INPUT_TYPES,
    OUTPUT_MODES,
)

_INPUTS = "a mapping of input names"
_OUTPUTS = "a mapping of output names"


def declared_inputs(value: Any, place: Place) -> dict[str, Input]:
    """The inputs that a component declares."""
    return {
        name: read_input(item, place.at(name), DECLARED_TYPES)
        for name, item in place.mapping(value, _INPUTS).items()
    }


def declared_outputs(value: Any, place: Place) -> dict[str, Output]:
    """The outputs that a component declares; where they go is said where it is used."""
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if isinstance(item, Mapping) and item.get("path") is not None:
            place.at(name).at("path").refuse(
                "belongs to the step that uses the component, not to its declaration"
            )
    return {
        name: read_output(item, place.at(name), DECLARED_TYPES)
        for name, item in place.mapping(value, _OUTPUTS).items()
    }


def read_input(value: Any, place: Place, types: tuple[str, ...] = INPUT_TYPES) -> Input:
    """An input from its mapping, or a literal that is its default; after a problem one that says
    nothing.
    """
    if value is None:
        return Input()
    if isinstance(value, str | int | float):
        return Input(type=literal_type(value), default=value)
    values = place.mapping(value, "a mapping with type, or a literal")
    place.names(values, Input.names())
    values = {name: item for name, item in values.items() if name in Input._fields}
    _check_words(values, place, INPUT_MODES, types)
    made = Input(type=None)
    with place.answering():
        made = Input(**{"type": None, **values})
        made.rooted(place.folder)
    return made


def read_output(value: Any, place: Place, types: tuple[str, ...] = INPUT_TYPES) -> Output:
    """An output from its mapping; None is an empty one, and so is what has a problem."""
    values = place.mapping(value, "a mapping with type, mode or path")
    place.names(values, Output.names())
    values = {name: item for name, item in values.items() if name in Output._fields}
    _check_words(values, place, OUTPUT_MODES, types)
    made = Output()
    with place.answering():
        made = Output(**values)
        made.rooted(place.folder)
    return made


def job_value(value: Any, place: Place) -> Any:
    """What a job gives to one of its inputs: a literal, or data, uri_folder if unsaid."""
    if not isinstance(value, Mapping):
        return value
    return read_input(value if "type" in value else {"type": Input().type, **value}, place)


def job_declaration(value: Any) -> Input:
    """The declaration that a value of a job's input makes."""
    if isinstance(value, Input):
        return value if value.path is None else value.copy_with(path=None)
    return Input(type=None if value is None else literal_type(value))


def declarations(value: Any) -> tuple[str, ...]:
    """The paths, below ``inputs``, of what declares an input where a value belongs."""
    inputs = value if isinstance(value, Mapping) else {}
    return tuple(
        f"{name}.{word}"
        for name, item in inputs.items()
        for word in DECLARING
        if isinstance(item, Mapping) and item.get(word) is not None
    )


def give_inputs(node: Node, value: Any, place: Place) -> None:
    """Give a step the inputs that stand in its mapping; undeclared ones are kept for validation."""
    node.declares = declarations(value)
    for name, item in place.mapping(value, _INPUTS).items():
        here = place.at(name)
        if name not in node.inputs and node.component.reference is None:
            node.inputs.add(name, NodeInput(name, None))
        port: NodeInput = node.inputs[name]
        if isinstance(item, Mapping):
            here.names(item, Input.names())
            item = {word: value for word, value in item.items() if word in Input._fields}
            _check_words(item, here, INPUT_MODES)
        with here.answering():
            port.assign(_given(item, port.declared) if isinstance(item, Mapping) else item)
        if isinstance(port.data, Input):
            port.data.rooted(place.folder)


def _given(item: Mapping[str, Any], declared: Input | None) -> Input:
    """What a step's mapping gives: bound, it has no type; data have that of the declaration."""
    if is_binding(item.get("path")):
        return Input(**{"type": None, **item})
    kind = declared.type if declared is not None and declared.type in DATA_TYPES else Input().type
    return Input(**{"type": kind, **item})


def give_outputs(node: Node, value: Any, place: Place) -> None:
    """Set what a step's mapping says about its outputs; undeclared ones are kept for validation."""
    for name, item in place.mapping(value, _OUTPUTS).items():
        here = place.at(name)
        if name not in node.outputs and node.component.reference is None:
            node.outputs.add(name, NodeOutput(node, name, None))
        port: NodeOutput = node.outputs[name]
        if isinstance(item, str):
            with here.answering():
                port.assign(item)
            continue
        values = here.mapping(item, "a mapping, or ${{parent.outputs.<name>}}")
        port.parent_output = parent_output(str(values.get("path", "")))
        if port.parent_output is not None:
            values.pop("path")
        if values:
            port.given = read_output(values, here)


def inline_input(value: Any) -> Any:
    """The declaration that an inline step's input makes: type and mode, or a literal default."""
    if isinstance(value, str) and whole(value) is not None:
        return {}
    if not isinstance(value, Mapping):
        return value
    bound = is_binding(value.get("path"))
    kept = ("type", "description", "optional", "default", "min", "max", "enum")
    found = {name: item for name, item in value.items() if name in kept}
    if value.get("mode") is not None:
        found["mode"] = value["mode"]
    if not bound and "type" not in found:
        found["type"] = Input().type
    return found


def inline_output(value: Any) -> Any:
    """The declaration that an inline step's output makes; where it goes is the step's matter."""
    if not isinstance(value, Mapping):
        return None if isinstance(value, str) else value
    return {name: item for name, item in value.items() if name in ("type", "mode", "description")}


def settle_types(node: Node, owner: PipelineComponent, steps: Mapping[str, Node]) -> None:
    """Give an inline step's bound inputs and outputs the type of what they are bound to."""
    for output in node.outputs.values():
        bound = owner.outputs.get(output.parent_output or "")
        if bound is not None and output.declared is not None and not output.declared.given_type:
            output.declared.type, output.declared.mode = bound.type, bound.mode
    for port in node.inputs.values():
        if port.declared is None or port.declared.type is not None:
            continue
        source = port.source()
        kind: str | None = None
        if isinstance(source, _graph.FromParent) and source.name in owner.inputs:
            kind = owner.inputs[source.name].type
        elif isinstance(source, _graph.FromStep) and source.step in steps:
            outputs = steps[source.step].outputs
            kind = outputs[source.output].type if source.output in outputs else None
        port.declared.type = kind or Input().type


def _check_words(
    values: Mapping[str, Any],
    place: Place,
    modes: tuple[str, ...],
    types: tuple[str, ...] = INPUT_TYPES,
) -> None:
    for name, known in (("type", types), ("mode", modes)):
        word = values.get(name)
        if word is not None and word not in known and not is_binding(word):
            place.at(name).refuse(
                f"{word!r} is no {name} that is known here{did_you_mean(word, known)}"
            )
