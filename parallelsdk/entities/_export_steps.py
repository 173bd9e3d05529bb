"""The steps of an exported pipeline, each with the component that it runs.

A command's or a parallel step's component is written into the step, together with the settings that
the step overrides: Azure's rule for what a step inherits forgets two of them, and takes a zero for
nothing. A nested pipeline's component goes to a file of its own, because Azure reads it from
nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from parallelsdk._expressions import expressions
from parallelsdk.entities import _graph
from parallelsdk.entities._command import Command
from parallelsdk.entities._component import Component
from parallelsdk.entities._export_interface import interface
from parallelsdk.entities._export_values import Changes, compute_name, literal, texts
from parallelsdk.entities._fields import plain, refer
from parallelsdk.entities._inputs import printed_input
from parallelsdk.entities._node import Node
from parallelsdk.entities._parallel import SETTINGS, printed_size
from parallelsdk.entities._pipeline import Pipeline, PipelineComponent
from parallelsdk.entities._settings import ParallelTask

_SCHEMA: Final = "https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json"
_AT_THE_STEP: Final = ("logging_level", "error_threshold")  # no step inherits them in Azure
_HEAD: Final = ("version", "display_name", "description", "tags")


class StepWriter:
    """Writes steps and components; the component files gather in ``files``, by name."""

    def __init__(self, changes: Changes, stem: str) -> None:
        self.files: dict[str, Any] = {}
        self.homeless = False  # whether some step names no compute of its own
        self._changes = changes
        self._stem = stem

    def steps(self, owner: PipelineComponent, place: str, unset: Collection[str]) -> dict[str, Any]:
        """The steps of ``owner`` by name; ``unset`` are those of its inputs that nobody gives."""
        return {
            name: self._step(node, owner, f"{place}.{name}", unset)
            for name, node in owner.jobs.items()
        }

    def _step(
        self, node: Node, owner: PipelineComponent, place: str, unset: Collection[str]
    ) -> dict[str, Any]:
        compute = compute_name(node.compute, f"{place}.compute", self._changes)
        component, own = self._parts(node, owner, place)
        if compute is None and not isinstance(node, Pipeline):
            self.homeless = True
        found: dict[str, Any] = {
            "type": node.kind,
            "display_name": node.display_name,
            "description": node.description,
            "tags": texts(node.tags),
            "comment": node.comment,
            "compute": compute,
            "inputs": self._inputs(node, place, unset),
            "outputs": {
                name: self._changes.output(printed, f"{place}.outputs.{name}")
                for name, port in node.outputs.items()
                if (printed := port.printed()) is not None
            },
            "environment_variables": texts(node.environment_variables),
            "identity": plain(node.identity),
            "properties": plain(node.properties),
            "after": node.predecessors(),
            **own,
            "component": component,
            **plain(node.extras()),
        }
        return {name: value for name, value in found.items() if value not in (None, {}, [])}

    def _inputs(self, node: Node, place: str, unset: Collection[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, port in node.inputs.items():
            here, source = f"{place}.inputs.{name}", port.source()
            if isinstance(source, _graph.Value):
                found[name] = literal(source.value, here, self._changes)
            elif isinstance(source, _graph.Data):
                found[name] = self._changes.data(port.data, port.declared, here)
            elif isinstance(source, _graph.FromParent) and source.name in unset:
                continue
            elif source is not None:
                found[name] = printed_input(port)
        return found

    def _parts(
        self, node: Node, owner: PipelineComponent, place: str
    ) -> tuple[Any, dict[str, Any]]:
        """The component of a step, and what its kind writes at the step itself."""
        if node.component.reference is not None:
            return refer(node.component.reference), self._overrides(node, place)
        if isinstance(node, Pipeline):
            return f"./{self._file(node, owner, place)}", {}
        settings = self._settings(node, place)
        bound = {name: value for name, value in settings.items() if _holds_binding(value)}
        inside = {name: value for name, value in settings.items() if name not in bound}
        own = bound | {name: settings[name] for name in _AT_THE_STEP if name in settings}
        if isinstance(node, Command):
            own |= {"limits": plain(node.limits), "services": plain(node.services)}
        document = (
            self._head(node.component)
            | interface(node, owner, f"{place}.component", self._changes)
            | inside
        )
        return {"type": node.kind, **document}, own

    def _settings(self, node: Node, place: str) -> dict[str, Any]:
        """What counts for this step, whether it was set there or at the component."""
        changes = self._changes
        if isinstance(node, Command):
            environment = node.environment or node.component.environment
            code = node.code_path
            found = {
                "command": node.command,
                "code": None if code is None else changes.relative(code),
                "environment": changes.environment(environment, f"{place}.environment"),
                "resources": plain(node.resources or node.component.resources),
                "distribution": plain(node.distribution or node.component.distribution),
            }
        else:
            found = {name: plain(node.setting(name)) for name in SETTINGS}
            size = found["mini_batch_size"]
            found["mini_batch_size"] = None if size is None else printed_size(size)
            found["task"] = self._task(node.setting("task"), f"{place}.task")
        return {name: value for name, value in found.items() if value not in (None, {}, [])}

    def _overrides(self, node: Node, place: str) -> dict[str, Any]:
        """What was set at the step of a registered component, which says the rest itself."""
        found = {name: plain(value) for name in node._settings if (value := getattr(node, name))}
        found |= {name: plain(getattr(node, name)) for name in node.own_names}
        if "mini_batch_size" in found:
            found["mini_batch_size"] = printed_size(found["mini_batch_size"])
        if "task" in found:
            found["task"] = self._task(node.setting("task"), f"{place}.task")
        if "environment" in found:
            found["environment"] = self._changes.environment(
                node.setting("environment"), f"{place}.environment"
            )
        return found

    def _task(self, task: ParallelTask, place: str) -> dict[str, Any]:
        found = {name: plain(value) for name, value in task.given()}
        if task.resolved_code is not None:
            found["code"] = self._changes.relative(task.resolved_code)
        found["environment"] = self._changes.environment(task.environment, f"{place}.environment")
        return found

    def _head(self, component: Component) -> dict[str, Any]:
        found: dict[str, Any] = {
            "name": None if component.name is None else _component_name(component.name)
        }
        found |= {name: plain(getattr(component, name)) for name in _HEAD}
        found["tags"] = texts(component.tags or {})
        found["is_deterministic"] = None if component.is_deterministic is not False else False
        return {name: value for name, value in found.items() if value not in (None, {})}

    def _file(self, node: Pipeline, owner: PipelineComponent, place: str) -> str:
        """The name of the file that holds the nested pipeline; equal ones share it."""
        component, inside = node.component, f"{place}.component"
        document = {
            "$schema": _SCHEMA,
            "type": component.kind,
            "name": _component_name(component.name or node.name or component.kind),
            **self._head(component),
            **interface(node, owner, inside, self._changes),
            "jobs": self.steps(component, f"{inside}.jobs", ()),
        }
        for name, known in self.files.items():
            if known == document:
                return name
        step = place.removeprefix("jobs.").replace(".component.jobs.", ".")
        name = f"{self._stem}.{step}.yml"
        self.files[name] = document
        return name


def _component_name(name: str) -> str:
    """``name`` as Azure's files have it: small letters, digits and underscores."""
    found = re.sub(r"[^a-z0-9_]", "_", name.lower())
    return found if found[:1].isalpha() else f"c{found}"


def _holds_binding(value: Any) -> bool:
    """Whether a setting depends on the pipeline, which no component can say."""
    if isinstance(value, dict):
        return any(_holds_binding(item) for item in value.values())
    if not isinstance(value, str):
        return False
    return any(found.path[0] == "parent" for found in expressions(value))
