"""``Node``: a component placed in a pipeline, with its own inputs, outputs and settings.

Attributes that the class does not know are kept and printed, because Azure's nodes do that too.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, NoReturn, Self

from parallelsdk.entities import _graph
from parallelsdk.entities._base_job import Job
from parallelsdk.entities._capture import open_pipeline
from parallelsdk.entities._component import Component
from parallelsdk.entities._document import Document
from parallelsdk.entities._fields import (
    Binding,
    Field,
    expect_mapping,
    fields_of,
    may_be_kept,
    plain,
    refer,
    warn_unknown,
)
from parallelsdk.entities._inputs import NodeInput, printed_input
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._outputs import NodeOutput
from parallelsdk.entities._port_map import PortMap, PortsAttribute
from parallelsdk.entities._printing import Destination, to_yaml, write_yaml
from parallelsdk.exceptions import (
    BadTypeError,
    BadValueError,
    UnexpectedKeywordError,
    UserErrorException,
    ValidationException,
)
from parallelsdk.rules.absent import out_of_scope
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.vocabulary import STEPS

_KNOWN: Final = frozenset(
    [
        "component",
        "name",
        "display_name",
        "description",
        "tags",
        "properties",
        "comment",
        "compute",
        "inputs",
        "outputs",
        "environment_variables",
        "identity",
        "status",
        "id",
        "studio_url",
        "log_files",
        "creation_context",
        "base_path",
        "ignored",
        "declares",
        "after",
        "experiment_name",
    ]
)


class Node(Job):
    """One step to be. Called, it makes another node of its component with its settings."""

    kind: ClassVar[str] = ""
    component_class: ClassVar[type[Component]] = Component
    copied: ClassVar[
        tuple[str, ...]
    ] = ()  # settings that a call takes over, besides those of every kind
    own_names: ClassVar[tuple[str, ...]] = ()  # attributes of the kind that are no declared fields
    _settings: ClassVar[dict[str, Field[Any]]] = {}

    inputs = PortsAttribute()
    outputs = PortsAttribute()

    def __init_subclass__(cls) -> None:
        cls._settings = fields_of(cls)

    def __init__(self, component: Component | str, **values: Any) -> None:
        """``component`` may be a reference such as ``"azureml:name:version"``.

        Keywords set attributes, ``inputs`` and ``outputs`` among them.
        """
        if isinstance(component, str):
            component = self.component_class.by_reference(component)
        if not isinstance(component, Component):
            raise BadTypeError(f"component: must be a component, found {component!r:.80}")
        self.component = component
        self.name: str | None = None
        self.display_name: str | None = None
        self.description: str | None = None
        self.tags: dict[str, str] = {}
        self.properties: dict[str, Any] = {}
        self.comment: str | None = None
        self.compute: Any = None
        self.environment_variables: dict[str, str] = {}
        self.identity: Any = None
        self.experiment_name: str | None = None  # of the job that the step is when it stands alone
        self.status: str | None = None
        # Of a job that was stored; a step of a job has its own in StepJob.
        self.studio_url: str | None = None
        self.log_files: dict[str, str] | None = None
        self.creation_context: Any = None
        self.id: str | None = None
        self.base_path = os.getcwd()
        self._passed_over: tuple[str, ...] = ()  # names of its file that cannot be attributes
        self.declares: tuple[str, ...] = ()  # what of its file's inputs belongs to declarations
        self.ignored: tuple[str, ...] = ()  # fields of a file that its component overrules
        self._document: Document | None = None  # the file in which it stands alone
        self.after: Any = ()  # steps of the same pipeline, or their names, that have to end before
        open_ended = component.reference is not None
        self.inputs = PortMap(
            {name: NodeInput(name, declared) for name, declared in component.inputs.items()},
            "input of " + describe(component),
            (lambda name: NodeInput(name, Input(type=None))) if open_ended else None,
        )
        self.outputs = PortMap(
            {
                name: NodeOutput(self, name, declared, None)
                for name, declared in component.outputs.items()
            },
            "output of " + describe(component),
            (lambda name: NodeOutput(self, name, Output())) if open_ended else None,
        )
        for name, port_values in ((n, values.pop(n, None)) for n in ("inputs", "outputs")):
            for port, value in expect_mapping(port_values, name).items():
                getattr(self, name)[port] = value
        if (kind := values.pop("type", self.kind)) != self.kind:
            raise BadValueError(f"type: a {type(self).__name__} is {self.kind!r}, found {kind!r}")
        odd = {name: value for name, value in values.items() if not hasattr(self, name)}
        warn_unknown(type(self).__name__, STEPS[self.kind].faults(odd))
        self.keep(odd)
        for name, value in values.items():
            if value is not None and name not in odd:
                setattr(self, name, value)

    @property
    def type(self) -> str:
        """command, parallel or pipeline."""
        return self.kind

    @property
    def document(self) -> Document | None:
        """The file that holds it and nothing else, for messages with a place."""
        return self._document

    def loaded_from(self, document: Document) -> None:
        """Let messages name places in ``document``."""
        self._document = document

    def __call__(self, *args: Any, **inputs: Any) -> Self:
        """Another node of this component; inputs that are not given are those of this one."""
        twin = type(self)(self.component)
        open_ended = self.component.reference is not None
        for name in list(self.inputs if open_ended else twin.inputs):
            if inputs.get(name) is None:  # else its mode is none of the new value's, as in Azure
                twin.inputs[name].copy_from(self.inputs[name])
        for name in list(self.outputs if open_ended else twin.outputs):
            given: Output | None = self.outputs[name].given
            twin.outputs[name].given = None if given is None else given.copy_with()
            twin.outputs[name].taken_over = given is not None
        for name in ("display_name", "compute", "tags", *self.copied):
            setattr(twin, name, getattr(self, name))
        for name in (
            "environment_variables",
            "identity",
            "resources",
            "retry_settings",
            "task",
            "limits",
        ):
            if getattr(self, name, None) is not None:
                setattr(twin, name, copy.deepcopy(getattr(self, name)))
        connected: Self = connect(twin, args, inputs)
        return connected

    def sweep(self, **space: Any) -> NoReturn:
        """Azure's search for parameters. Raises UserErrorException: there is none here."""
        raise UserErrorException(out_of_scope(f"{type(self).__name__}.sweep") + ".")

    def single_output(self) -> NodeOutput:
        """The only output, for a node that is passed whole. Raises BadValueError otherwise."""
        if len(self.outputs) != 1:
            raise BadValueError(
                f"{describe(self.component)} has {len(self.outputs)} outputs, and a "
                "node that is passed whole "
                "must have exactly one output; pass node.outputs.<name>"
            )
        output: NodeOutput = next(iter(self.outputs.values()))
        return output

    def input_sources(self) -> dict[str, _graph.InputSource]:
        """Where each given input comes from."""
        found = {name: port.source() for name, port in self.inputs.items()}
        return {name: source for name, source in found.items() if source is not None}

    def output_targets(self) -> dict[str, _graph.OutputTarget]:
        """What was set for each output at this node."""
        return {name: port.target() for name, port in self.outputs.items()}

    def predecessors(self) -> list[str]:
        """The names in ``after``. Raises BadValueError for what is neither a step nor a name."""
        given = self.after
        if isinstance(given, str | Node) or not isinstance(given, Iterable):
            given = [given]
        names = [step.name if isinstance(step, Node) else step for step in given]
        found = [name for name in names if isinstance(name, str)]
        if len(found) < len(names):
            raise BadValueError(
                f"after: must be steps of the same pipeline, or their names, found {given!r}"
            )
        return found

    def setting(self, name: str) -> Any:
        """A setting of the node, else of its component, as planning reads it; a binding as its
        text.

        ``name`` may be dotted, such as ``"retry_settings.timeout"``.
        """
        first, _, rest = name.partition(".")
        value = getattr(self, first, None)
        if value is None:
            value = getattr(self.component, first, None)
        if rest and value is not None:
            value = getattr(value, rest, None)
        return str(value) if isinstance(value, Binding) else value

    def keep(self, values: Mapping[str, Any]) -> None:
        """Keep attributes that no class declares; those that cannot be are passed over."""
        for name, value in values.items():
            if may_be_kept(type(self), name):
                setattr(self, name, value)
            else:
                self._passed_over = (*self._passed_over, name)

    def odd_names(self) -> list[str]:
        """The names that were written for it and that no class declares."""
        return [*self._passed_over, *self.extras()]

    def extras(self) -> dict[str, Any]:
        """The attributes that no class declares."""
        known = self._settings
        return {
            name: value
            for name, value in self.__dict__.items()
            if name not in _KNOWN and name not in known and not name.startswith("_")
            if name not in self.own_names
        }

    def _to_dict(self) -> dict[str, Any]:
        """The step as it is printed; what is unset is left out."""
        found: dict[str, Any] = {"type": self.kind}
        for name in ("display_name", "description"):
            if getattr(self, name) != getattr(self.component, name):
                found[name] = getattr(self, name)
        found["comment"] = self.comment
        found["compute"] = refer(self.compute)
        ports = self.inputs.items()
        found["inputs"] = {n: p for n, port in ports if (p := printed_input(port)) is not None}
        found["outputs"] = {n: p for n, port in self.outputs.items() if (p := port.printed())}
        found["environment_variables"] = plain(self.environment_variables)
        found["after"] = self.predecessors() or None
        found.update(self._own_dict())
        found["properties"] = plain(self.properties)
        found["identity"] = plain(self.identity)
        found.update(plain(self.extras()))
        return {name: value for name, value in found.items() if value is not None and value != {}}

    def _own_dict(self) -> dict[str, Any]:
        """What the kind adds: its settings and its component."""
        return {"component": self.component.printed()}

    def dump(self, dest: Destination, **kwargs: Any) -> None:
        """Write the step as YAML to a path, which is replaced, or to an open text stream."""
        write_yaml(self._to_dict(), dest)

    def __str__(self) -> str:
        return to_yaml(self._to_dict())

    def __repr__(self) -> str:
        return f"<{self.kind} node {self.name or describe(self.component)!r}>"


def describe(component: Component) -> str:
    """The component in a message."""
    name = component.reference or component.name or "(without a name)"
    return f"the {component.kind} component {name}"


def connect(node: Any, args: tuple[Any, ...], inputs: dict[str, Any]) -> Any:
    """Give ``node`` the inputs of a call, and let it join the open pipeline. Returns the node.

    Raises ValidationException for positional arguments, UnexpectedKeywordError for unknown names.
    """
    names = list(node.inputs)
    if args:
        raise ValidationException(
            f"{describe(node.component)} takes no positional arguments; "
            f"use keywords: {', '.join(names) or 'it has no inputs'}"
        )
    for name, value in inputs.items():
        if name not in node.inputs and node.component.reference is None:
            raise UnexpectedKeywordError(
                f"{describe(node.component)} has no input {name!r}{did_you_mean(name, names)}"
            )
        if value is not None or not isinstance(node.inputs[name].declared, Input):
            node.inputs[name].assign(value)
    current = open_pipeline()
    if current is not None:
        current.add(node)
    return node
