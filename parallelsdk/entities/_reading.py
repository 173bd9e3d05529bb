"""From the mappings of a YAML file to components and steps.

Reads on after a problem, so that one run tells them all. What is not known is kept, because Azure
keeps it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from parallelsdk.constants import MOST_NESTED, JobType
from parallelsdk.entities import _read_ports as ports
from parallelsdk.entities._command import Command, CommandComponent
from parallelsdk.entities._component import Component
from parallelsdk.entities._document import read_document
from parallelsdk.entities._fields import is_binding, unrefer
from parallelsdk.entities._io import resolve
from parallelsdk.entities._node import Node
from parallelsdk.entities._outputs import parent_output
from parallelsdk.entities._parallel import Parallel, ParallelComponent
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.entities._place import Place, unbound
from parallelsdk.entities._read_parts import (
    is_asset_reference,
    is_file_reference,
    read_environment,
    read_task,
)
from parallelsdk.entities._rules import text_mapping
from parallelsdk.rules.absent import absent_type, is_flow, out_of_scope
from parallelsdk.rules.identifiers import step_fault
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.vocabulary import STEPS

_KINDS: Final[dict[str, type[Component]]] = {
    JobType.COMMAND: CommandComponent,
    JobType.PARALLEL: ParallelComponent,
    JobType.PIPELINE: PipelineComponent,
}
_LABELS: Final = ("display_name", "description", "tags", "comment", "properties", "identity")
_ORDER: Final = "after"
_APART: Final = ("task", "environment")  # read by _read_parts, because they hold paths
_STEP_WORDS: Final = frozenset(
    {"type", "name", "component", "compute", "inputs", "outputs", "jobs", "$schema"}
    | {"environment_variables", _ORDER, *_APART, *_LABELS}
)
UNREADABLE: Final = "a step that cannot be read"  # stands for the component of one


def with_includes_file(values: Mapping[str, Any], path: str, place: Place) -> dict[str, Any]:
    """A component's mapping with what ``<its file>.additional_includes`` lists, one in a line."""
    beside = f"{os.path.splitext(path)[0]}.additional_includes"
    if not path or not os.path.isfile(beside):
        return dict(values)
    if "additional_includes" in values:
        place.at("additional_includes").refuse(f"stands here and in {beside}; remove one of them")
        return dict(values)
    with open(beside, encoding="utf-8", errors="surrogateescape") as file:
        lines = [line.strip() for line in file]
    return {**values, "additional_includes": [line for line in lines if line]}


class Reader:
    """Reads one file and the component files that it names, each of them once."""

    def __init__(self) -> None:
        self._files: dict[str, Component | None] = {}
        self._depth = 0

    def component_file(self, path: str, place: Place) -> Component | None:
        """The component in the file ``path``, which ``place`` names."""
        if path in self._files:
            return self._files[path]
        if self._depth >= MOST_NESTED:
            place.refuse(
                f"components are nested more than {MOST_NESTED} deep, or {path} holds itself"
            )
            return None
        if not os.path.isfile(path):
            why = "It is a folder" if os.path.isdir(path) else "No such file or directory"
            place.refuse(f"the component file cannot be read: {why}: {path}")
            return None
        self._depth += 1
        with place.answering():
            outer = os.path.dirname(place.document.file)
            shown = os.path.normpath(os.path.join(outer, os.path.relpath(path, place.folder)))
            inner = Place(replace(read_document(path), file=shown), place.problems)
            values = inner.mapping(inner.document.value, "a mapping that describes a component")
            values = with_includes_file(values, path, inner)
            self._files[path] = self.component(values, inner, is_file=True)
        self._depth -= 1
        return self._files.get(path)

    def component(
        self, values: Mapping[str, Any], place: Place, *, is_file: bool = False
    ) -> Component | None:
        """The component that ``values`` describe, None when its type is not known."""
        cls = self._class_of(values, place, "component")
        if cls is None:
            return None
        made = cls()
        made.rooted(place.folder, place.document if is_file else None)
        made.inputs = ports.declared_inputs(values.get("inputs"), place.at("inputs"))
        made.outputs = ports.declared_outputs(values.get("outputs"), place.at("outputs"))
        if isinstance(made, PipelineComponent):
            made.jobs = self.steps(values.get("jobs"), place.at("jobs"), made)
        self._component_fields(made, values, place)
        known = {*cls._fields, "type", "inputs", "outputs", "jobs", "$schema"}
        made.keep({k: v for k, v in values.items() if k not in known})
        return made

    def _class_of(
        self, values: Mapping[str, Any], place: Place, what: str
    ) -> type[Component] | None:
        if is_flow(values):
            place.at("nodes").refuse(out_of_scope(f"a flow as a {what}"))
            return None
        untyped = "sweep" if "trial" in values and "command" not in values else JobType.COMMAND
        kind = values.get("type", untyped)
        cls = _KINDS.get(str(kind))
        if cls is None:
            fault = absent_type(kind, what)
            place.at("type").refuse(
                fault or f"Unsupported {what} type {kind!r}{did_you_mean(kind, _KINDS)}"
            )
        return cls

    def _component_fields(self, made: Component, values: Mapping[str, Any], place: Place) -> None:
        fields = {name: f for name, f in type(made)._fields.items() if name not in _APART}
        place.fields(made, fields, values)
        if isinstance(made, CommandComponent):
            made.environment = read_environment(values.get("environment"), place.at("environment"))
            if not made.command:
                place.at("command").refuse(
                    "missing; a command component needs the shell line to run"
                )
        if isinstance(made, ParallelComponent):
            made.task = read_task(values.get("task"), place.at("task"))

    def steps(self, value: Any, place: Place, owner: PipelineComponent) -> dict[str, Node]:
        """The steps of a pipeline, in order; ``owner`` declares what ``${{parent.}}`` names."""
        found: dict[str, Node] = {}
        inline: list[Node] = []
        for name, item in place.mapping(value, "a mapping of step names").items():
            here = place.at(name)
            if fault := step_fault(name):
                here.refuse(fault)
            values = here.mapping(item, "a mapping that describes the step")
            node = self.step(values, here) or self._stand_in(values, here)
            node.name = name
            found[name] = node
            if "component" not in values and node.component.reference is None:
                inline.append(node)
        for node in inline:
            ports.settle_types(node, owner, found)
        return found

    def step(self, values: dict[str, Any], place: Place) -> Node | None:
        """One step, None when its component cannot be read."""
        component = self._component_of(values, place)
        if component is None:
            return None
        if "component" not in values:  # beside one Azure keeps any name, and says nothing of it
            place.names(values, STEPS[component.kind])
        node: Node = component.new_node()
        node.base_path = place.folder
        ports.give_inputs(node, values.get("inputs"), place.at("inputs"))
        ports.give_outputs(node, values.get("outputs"), place.at("outputs"))
        self._step_fields(node, values, place)
        return node

    def _stand_in(self, values: dict[str, Any], place: Place) -> Node:
        """A step in the place of one that cannot be read, so that the others still find it."""
        node = Command(CommandComponent.by_reference(UNREADABLE))
        inputs = place.at("inputs")
        for name, item in inputs.mapping(values.get("inputs"), "a mapping of input names").items():
            bound = item.get("path") if isinstance(item, Mapping) else item
            if isinstance(bound, str) and is_binding(bound):
                node.inputs[name].assign(bound)
        for name, item in place.at("outputs").mapping(values.get("outputs")).items():
            bound = item.get("path") if isinstance(item, Mapping) else item
            node.outputs[name].parent_output = parent_output(str(bound))
        return node

    def _component_of(self, values: dict[str, Any], place: Place) -> Component | None:
        given, here = values.get("component"), place.at("component")
        if given is None:
            return self._inline_component(values, place)
        if is_file_reference(given):
            found = self.component_file(resolve(given, place.folder), here)
        elif is_asset_reference(given):  # the client looks it up when the job is submitted
            cls = self._class_of(values, place, "step")
            return None if cls is None else cls.by_reference(given)
        elif isinstance(given, str):
            here.refuse(
                f"{given!r} names neither a file nor a registered component; write the path of "
                "its file, or azureml:<name>:<version>"
            )
            return None
        else:
            found = self.component(here.mapping(given, "a file's path or a mapping"), here)
        kind = values.get("type")
        if found is not None and kind is not None and kind != found.kind:
            place.at("type").refuse(
                f"the step is of type {kind!r}, and its component is a {found.kind}"
            )
        return found

    def _inline_component(self, values: dict[str, Any], place: Place) -> Component | None:
        cls = self._class_of(values, place, "step")
        if cls is None:
            return None
        if cls is PipelineComponent and "jobs" not in values:
            place.refuse("a pipeline step needs component: with a file's path")
            return None
        inside = {n: v for n, v in unbound(values).items() if n in (*cls._fields, "jobs")}
        for name, declare in (("inputs", ports.inline_input), ("outputs", ports.inline_output)):
            given = place.at(name).mapping(values.get(name))
            inside[name] = {port: declare(item) for port, item in given.items()}
        return self.component({**inside, "type": values.get("type", JobType.COMMAND)}, place)

    def _step_fields(self, node: Node, values: dict[str, Any], place: Place) -> None:
        """What stands at the step itself and overrides its component, then everything unknown."""
        fields = {name: f for name, f in node._settings.items() if name not in _APART}
        place.fields(node, fields, values)
        if isinstance(node, Parallel) and "task" in values:
            node.task = read_task(values["task"], place.at("task"))
        if isinstance(node, Command) and "environment" in values and "component" in values:
            node.environment = read_environment(values["environment"], place.at("environment"))
        node.compute = unrefer(values.get("compute"))
        with place.at("environment_variables").answering():
            given = text_mapping().check(values.get("environment_variables"))
            node.environment_variables = given or {}
        if values.get(_ORDER) is not None:
            with place.at(_ORDER).answering():
                node.after = values[_ORDER]
                node.after = node.predecessors()
        if values.get("comment") is not None and not isinstance(values["comment"], str):
            place.at("comment").refuse(f"must be a text, found {values['comment']!r:.80}")
        for name in (*_LABELS, *node.own_names):
            if values.get(name) is not None:
                setattr(node, name, values[name])
        taken = {*fields, *_STEP_WORDS, *node.own_names, *node.component._fields}
        node.keep({name: value for name, value in values.items() if name not in taken})
        if "component" in values:
            node.ignored = tuple(name for name in ("command", "code") if name in values)
