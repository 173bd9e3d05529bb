"""``Component``: a reusable definition with inputs and outputs; called, it makes a node.

The kinds stand in their own files, each with its node: _command, _parallel, _pipeline.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from parallelsdk.constants import InputTypes
from parallelsdk.entities._document import Document
from parallelsdk.entities._fields import Checked, expect_mapping, plain
from parallelsdk.entities._findings import Findings
from parallelsdk.entities._io import Input, Output, resolve
from parallelsdk.entities._printing import Destination, to_yaml, write_yaml
from parallelsdk.entities._registered import Registered
from parallelsdk.entities._rules import mapping, text, text_mapping, truth
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.exceptions import UserErrorException, ValidationException
from parallelsdk.rules.identifiers import component_fault, port_fault

if TYPE_CHECKING:
    from pathlib import Path

_LITERALS: Final = (
    (bool, InputTypes.BOOLEAN),
    (int, InputTypes.INTEGER),
    (float, InputTypes.NUMBER),
)


class Component(Registered, Checked):
    """What every kind has: a name, descriptions, declared ``inputs`` and ``outputs``."""

    kind: ClassVar[str] = ""
    keeps_unknown = True
    deterministic_unless_said: ClassVar[bool | None] = True

    name = text()
    version = text()
    display_name = text()
    description = text()
    tags = text_mapping()
    is_deterministic = truth()
    properties = mapping()

    inputs: dict[str, Input]
    outputs: dict[str, Output]

    # "azureml:name:version" of a registered component that nobody has looked up yet: what it
    # declares is not known, so any port may be used. MLClient puts the component in its place.
    _reference: str | None = None

    def __init__(
        self,
        *,
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        self._folder = os.getcwd()
        self._document: Document | None = None
        super().__init__(**values)
        if self.is_deterministic is None:
            self.is_deterministic = self.deterministic_unless_said
        self.inputs = {
            name: declare_input(name, value)
            for name, value in expect_mapping(inputs, "inputs").items()
        }
        self.outputs = {
            name: declare_output(name, value)
            for name, value in expect_mapping(outputs, "outputs").items()
        }

    @classmethod
    def by_reference(cls, reference: str) -> Self:
        """The component that is registered as ``reference``, not looked up."""
        made = cls()
        made._reference = reference
        return made

    @property
    def reference(self) -> str | None:
        """The reference that stands for a component still to be looked up; else None."""
        return self._reference

    def printed(self) -> Any:
        """The component as its step prints it: its fields, or the reference to it."""
        return self._reference or plain(self)

    @property
    def type(self) -> str:
        """command, parallel or pipeline."""
        return self.kind

    def new_node(self) -> Any:
        """A step of this component that joins no pipeline yet; each kind has its own."""
        raise NotImplementedError

    @property
    def base_path(self) -> Path:
        """The folder to which relative paths of the component belong."""
        from pathlib import Path  # a third of what importing the entities would cost

        return Path(self._folder)

    @property
    def document(self) -> Document | None:
        """The file that the component was read from, for messages with a place."""
        return self._document

    def rooted(self, folder: str, document: Document | None = None) -> None:
        """Let relative paths belong to ``folder``, and errors name places in ``document``."""
        self._folder = folder
        self._document = document

    def _to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": self.kind, "is_deterministic": True}
        for name, value in self.given():
            if name not in ("inputs", "outputs"):
                found[name] = plain(value)
        for ports in ("inputs", "outputs"):
            declared = getattr(self, ports)
            if declared:
                found[ports] = {name: plain(port) for name, port in declared.items()}
        head = (
            "name",
            "version",
            "display_name",
            "description",
            "tags",
            "type",
            "is_deterministic",
            "inputs",
            "outputs",
        )
        return {
            **{name: found[name] for name in head if found.get(name) not in (None, {})},
            **found,
        }

    def __str__(self) -> str:
        return self._reference or to_yaml(self._to_dict())

    def dump(self, dest: Destination) -> None:
        """Write the component as YAML to a path or an open text stream."""
        write_yaml(self._to_dict(), dest)

    def _validate(self, raise_error: bool = False) -> ValidationResult:
        """Check the component without touching data; report, or with ``raise_error`` raise."""
        findings = Findings()
        self._check(findings)
        return told_alone(findings, self._document, raise_error)

    def _check(self, findings: Findings) -> None:
        """Add all that is wrong with the component; a kind adds what it has besides."""
        if self.name is not None:
            findings.error("name", component_fault(self.name))
        for ports in ("inputs", "outputs"):
            for name in getattr(self, ports):
                findings.error(f"{ports}.{name}", port_fault(name))
        for name, fault in self.unknown().items():
            findings.warn(name, fault)
        for name, value in self.given():
            if isinstance(value, Checked):
                for word, fault in value.unknown().items():
                    findings.warn(f"{name}.{word}", fault)

    def _resolved(self, path: str | None) -> str | None:
        return None if path is None else resolve(path, self._folder)


def told_alone(
    findings: Findings, document: Document | None, raise_error: bool = False
) -> ValidationResult:
    """What was found at a component, or at a step that stands alone, by the paths of its file."""
    result = ValidationResult.of(
        findings.errors,
        findings.warnings,
        lambda path: "" if document is None else document.place(own_path(path)),
        own_path,
    )
    if raise_error:
        result.try_raise()
    return result


def own_path(path: str) -> str:
    """The path of a part of a step as the file calls it that holds step and component in one."""
    return path.removeprefix("component.")


def literal_type(value: object) -> str:
    """The literal type of a Python value."""
    for kind, name in _LITERALS:
        if isinstance(value, kind):
            return name
    return InputTypes.STRING


def check_port_name(name: object) -> None:
    """Raise ValidationException for a name that no ``${{inputs.<name>}}`` could carry."""
    if fault := port_fault(name):
        raise ValidationException(fault)


def declare_input(name: str, value: Any) -> Input:
    """The declaration that ``value`` makes: an Input (its path left out), a mapping, a literal as
    default.
    """
    check_port_name(name)
    if isinstance(value, Input):
        return value.copy_with(path=None) if value.path is not None else value
    if isinstance(value, Mapping):
        return Input(**{"type": None, **value})
    if isinstance(value, str | int | float):
        return Input(type=literal_type(value), default=value)
    if value is None:
        return Input()
    raise UserErrorException(
        f"inputs.{name}: must be an Input or a literal, found {type(value).__name__}"
    )


def declare_output(name: str, value: Any) -> Output:
    """The declaration that ``value`` makes: an Output (its path and asset name left out), or a
    mapping.
    """
    check_port_name(name)
    if isinstance(value, Output):
        if value.path is None and value.name is None:
            return value
        return value.copy_with(path=None, name=None, version=None)
    if value is None or isinstance(value, Mapping):
        return Output(**(value or {}))
    raise UserErrorException(f"outputs.{name}: must be an Output, found {type(value).__name__}")
