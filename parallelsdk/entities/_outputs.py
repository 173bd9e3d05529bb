"""Outputs as ports: of a node, and of a whole pipeline.

What is set on a port overrides the component's declaration; the rest reads through to it.
"""

from __future__ import annotations

from typing import Any, Protocol

from parallelsdk._expressions import whole
from parallelsdk.entities import _graph
from parallelsdk.entities._fields import Attentive, Binding, expect_mapping, plain
from parallelsdk.entities._io import Output
from parallelsdk.exceptions import UserErrorException, ValidationException
from parallelsdk.rules.vocabulary import OUTPUT_PORT


class Named(Protocol):
    """What a port needs of its node."""

    name: str | None


def _through(name: str) -> Any:
    """A property that reads what was set, else what is declared, and sets what was set."""

    def read(port: OutputPort) -> Any:
        given = port.given
        if given is not None:
            value = given.given_type if name == "type" else getattr(given, name)
            if value is not None:
                return value
        return getattr(port.declared, name) if port.declared is not None else None

    def write(port: OutputPort, value: Any) -> None:
        if port.given is None:
            port.given = Output()
        setattr(port.given, name, value)
        port.taken_over = False

    return property(read, write)


_PATH: Any = _through("path")


class OutputPort(Attentive):
    """One output: ``declared`` by the component (or None), ``given`` at this place."""

    _words = OUTPUT_PORT
    _attributes = frozenset(
        {"declared", "given", "parent_output", "taken_over", "source", "written"}
    )

    type = _through("type")
    mode = _through("mode")
    path = _PATH
    name = _through("name")
    version = _through("version")
    description = _through("description")

    def __init__(self, name: str, declared: Output | None, given: Output | None = None) -> None:
        self._name = name
        self.declared = declared
        self.given = given
        self.parent_output: str | None = None
        self.taken_over = False  # what was set came from the node that this one was called from

    @property
    def port_name(self) -> str:
        """The name below ``outputs``."""
        return self._name

    @property
    def given_type(self) -> str | None:
        """The type set here, None when only the declaration counts."""
        return None if self.given is None else self.given.given_type

    def assign(self, value: Any) -> None:
        """Replace what was set: an Output, a mapping, a binding text, None to take it back."""
        if isinstance(value, str):
            self.parent_output = parent_output(value)
            if self.parent_output is None:
                raise ValidationException(
                    f"outputs.{self._name}: must be an Output or "
                    f"'${{{{parent.outputs.<name>}}}}', found {value!r}"
                )
        elif value is None or isinstance(value, Output):
            self.given = None if value is None else value.copy_with()
            self.taken_over = False
        elif isinstance(value, dict):
            self.given = Output(**expect_mapping(value, f"outputs.{self._name}"))
            self.taken_over = False
        else:
            raise UserErrorException(
                f"outputs.{self._name}: must be an Output, found {type(value).__name__}"
            )

    def target(self) -> _graph.OutputTarget:
        """What planning needs to know."""
        given = self.given
        return _graph.OutputTarget(
            type=self.given_type,
            mode=given.mode if given else None,
            path=given.resolved_path if given else None,
            parent_output=self.parent_output,
            asset=given.name if given else None,
            version=given.version if given else None,
            folder=given.folder if given else "",
        )

    def set_fields(self) -> dict[str, Any]:
        """What was set here, as it is printed; a type that is only the default is left out."""
        found = {} if self.given is None else plain(self.given)
        if self.given_type is None:
            found.pop("type", None)
        return dict(found)


class NodeOutput(OutputPort, Binding):
    """An output of a node; in texts it stands as ``${{parent.jobs.<step>.outputs.<name>}}``."""

    def __init__(
        self, node: Named, name: str, declared: Output | None, given: Output | None = None
    ) -> None:
        super().__init__(name, declared, given)
        self._node = node

    @property
    def node(self) -> Named:
        """The node whose output this is."""
        return self._node

    def printed(self) -> Any:
        """The output as its step prints it: the bare binding, or what was set; None when nothing
        was.
        """
        found = self.set_fields()
        if self.parent_output is None:
            return None if self.given is None else {"type": self.type, **found}
        binding = "${{parent.outputs." + self.parent_output + "}}"
        kept = () if self.taken_over else ("mode",)  # the rest is the pipeline's
        found = {name: found[name] for name in kept if name in found}
        return {**found, "type": self.type, "path": binding} if found else binding

    def __str__(self) -> str:
        return "${{parent.jobs." + str(self._node.name) + ".outputs." + self._name + "}}"

    def __repr__(self) -> str:
        return f"<output {self._name!r} of step {self._node.name!r}>"


class PipelineOutput(OutputPort):
    """An output of a whole pipeline. ``source`` is the step's output that it is, None if no step
    writes it.
    """

    def __init__(self, name: str, declared: Output | None, source: NodeOutput | None) -> None:
        super().__init__(name, declared)
        self.source = source
        self.written: str | None = None  # where a job that was read back has written it

    @property
    def path(self) -> str | None:
        """Where the job has written it, else what was set."""
        found: str | None = self.written or _PATH.fget(self)
        return found

    @path.setter
    def path(self, value: str | None) -> None:
        _PATH.fset(self, value)

    def target(self) -> _graph.OutputTarget:
        """What was set here, else at the step's output."""
        mine = super().target()
        if self.source is None:
            return mine
        theirs = self.source.target()
        return _graph.OutputTarget(
            type=mine.type or theirs.type,
            mode=mine.mode or theirs.mode or self.mode,
            path=mine.path or theirs.path,
            parent_output=None,
            asset=mine.asset or theirs.asset,
            version=mine.version if mine.asset else theirs.version,
            folder=mine.folder if mine.path else theirs.folder,
        )

    def printed(self) -> dict[str, Any]:
        """The output as the job prints it."""
        theirs = {} if self.source is None else self.source.set_fields()
        kind = self.given_type or (self.source.type if self.source is not None else self.type)
        found = {**theirs, **self.set_fields()}
        found.pop("type", None)
        if self.declared is not None and self.declared.mode is not None:
            found.setdefault("mode", self.declared.mode)
        found = {name: found[name] for name in (*Output._fields, *found) if name in found}
        return {"type": kind or Output().type, **found}


def parent_output(text: str) -> str | None:
    """The name in ``${{parent.outputs.<name>}}``, None for any other text."""
    found = whole(text)
    if found is None or len(found.path) < 3 or found.path[:2] != ("parent", "outputs"):
        return None
    return ".".join(found.path[2:])
