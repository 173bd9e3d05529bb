"""Inputs of a node as ports: unset, a literal, data, or bound to what comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parallelsdk._expressions import Expression, whole
from parallelsdk.entities import _graph
from parallelsdk.entities._fields import Attentive, plain
from parallelsdk.entities._io import Input
from parallelsdk.entities._outputs import NodeOutput
from parallelsdk.entities._parameter import PipelineInput
from parallelsdk.entities._values import as_value, data_source
from parallelsdk.exceptions import ValidationException
from parallelsdk.rules.vocabulary import PORT


class NodeInput(Attentive):
    """An input of a node: unset, a literal, data, or bound to a parameter or a node's output."""

    _words = PORT
    _attributes = frozenset({"declared", "asked"})

    def __init__(self, name: str, declared: Input | None) -> None:
        self._name = name
        self.declared = declared
        self._data: Any = None
        self._mode: str | None = None  # the mode of a bound input
        self.asked: Input | None = None  # data that the node's function asks for, to be printed

    @property
    def port_name(self) -> str:
        """The name below ``inputs``."""
        return self._name

    @property
    def data(self) -> Any:
        """What was given: a literal, an Input, a parameter, a node's output, a binding text, or
        None.
        """
        return self._data

    def assign(self, value: Any) -> None:
        """Give the input a value. Raises ValidationException or UserErrorException for what cannot
        be one.
        """
        if isinstance(value, NodeInput):
            raise ValidationException(
                f"inputs.{self._name}: another component's input {value.port_name!r} "
                "cannot be passed on; "
                "pass the value that was given to it"
            )
        if isinstance(value, Mapping) and value and set(value) <= set(Input._fields):
            value = Input(**value)
        if isinstance(value, Input) and value.path is not None and whole(value.path) is not None:
            self._mode, value = value.mode, value.path
        self._data = as_value(value, self.declared, f"inputs.{self._name}")

    def copy_from(self, other: NodeInput) -> None:
        """Take over what was given to the same input of another node."""
        data = other._data
        self._data = data.copy_with() if isinstance(data, Input) else data
        self._mode = other._mode

    def source(self) -> _graph.InputSource | None:
        """Where the value comes from, None when nothing was given."""
        data = self._data
        if isinstance(data, PipelineInput):
            return _graph.FromParent(data.port_name, self._mode)
        if isinstance(data, NodeOutput):
            return _graph.FromStep(str(data.node.name), data.port_name, self._mode)
        if isinstance(data, Input):
            return data_source(data, self.declared)
        if isinstance(data, str):
            bound = _bound_source(whole(data), self._mode)
            return bound or _graph.Value(data)
        return None if data is None else _graph.Value(data)

    @property
    def mode(self) -> str | None:
        """How the data arrive; the component's declaration counts while this is None."""
        return self._data.mode if isinstance(self._data, Input) else self._mode

    @mode.setter
    def mode(self, value: str | None) -> None:
        if isinstance(self._data, Input):
            self._data.mode = value
        else:
            self._mode = value

    @property
    def type(self) -> str | None:
        """The declared type; that of the data that was given where the component declares none."""
        declared = None if self.declared is None else self.declared.type
        given = self._data.type if isinstance(self._data, Input) else None
        return declared or given

    @type.setter
    def type(self, value: str) -> None:
        self._data = self._as_input().copy_with(type=value)

    @property
    def path(self) -> str | None:
        """The path of the data, or the text of the binding."""
        if isinstance(self._data, Input):
            return self._data.path
        return None if self._data is None else str(self._data)

    @path.setter
    def path(self, value: str) -> None:
        self.assign(self._as_input().copy_with(path=value))

    @property
    def description(self) -> str | None:
        """What the declaration says about the input."""
        return None if self.declared is None else self.declared.description

    def _as_input(self) -> Input:
        if isinstance(self._data, Input):
            return self._data
        return Input(type=self.type, mode=self._mode)

    def __str__(self) -> str:
        return "" if self._data is None else str(self._data)

    def __repr__(self) -> str:
        return f"<input {self._name!r}: {self._data!r}>"


def _bound_source(found: Expression | None, mode: str | None) -> _graph.InputSource | None:
    if found is None:
        return None
    path = found.path
    if len(path) >= 3 and path[:2] == ("parent", "inputs"):
        return _graph.FromParent(".".join(path[2:]), mode)
    if len(path) >= 5 and path[:2] == ("parent", "jobs") and path[3] == "outputs":
        return _graph.FromStep(path[2], ".".join(path[4:]), mode)
    return None


def _mode_of(port: NodeInput, asked: Input) -> dict[str, str]:
    mode = port.mode or asked.mode
    return {} if mode is None else {"mode": mode}


def printed_input(port: NodeInput) -> Any:
    """A node's input as it is printed: a literal, data, or the binding with its mode.

    One that was not given is None, or what the function that made the node was told of it.
    """
    source = port.source()
    if source is None:
        asked = port.asked
        return None if asked is None else {**_mode_of(port, asked), "type": asked.type}
    if isinstance(source, _graph.Value):
        return source.value
    if isinstance(port.data, Input):
        found = plain(port.data)
        return {name: found[name] for name in ("mode", "type", "path") if name in found} | found
    bound = {"path": str(port.data)}
    return bound if port.mode is None else {"mode": port.mode, **bound}
