"""``Input`` and ``Output``: what a component declares, and what a user gives.

One class serves both: an ``Input`` without a path declares, one with a path gives data. A local
path belongs to the folder that was current when the object was made (or to its YAML file), so it
can be resolved later.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, Final

from parallelsdk.constants import LITERAL_TYPES, AssetTypes, InputTypes
from parallelsdk.entities._fields import Checked, plain
from parallelsdk.entities._rules import anything, text, truth
from parallelsdk.exceptions import BadValueError, UserErrorException, ValidationException
from parallelsdk.rules import literals, vocabulary
from parallelsdk.rules.identifiers import output_asset_fault

_RANGED: Final = frozenset({InputTypes.INTEGER, InputTypes.NUMBER})
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def strip_azureml(path: str) -> str:
    """``path`` without the ``azureml:`` that Azure prints before local paths and URLs."""
    rest = path.removeprefix("azureml:")
    if rest != path and not rest.startswith("//") and ("/" in rest or rest in (".", "..")):
        return rest
    return path


def is_local(path: str) -> bool:
    """Whether ``path`` names a place in a local file system (and no URL, asset reference or
    binding).
    """
    return not (_URL.match(path) or path.startswith(("azureml:", "${{")))


def resolve(path: str, folder: str) -> str:
    """``path`` absolute if it is local, against ``folder``; URLs and references as they are."""
    path = strip_azureml(path)
    if path.startswith("file:") and not path.startswith("file://"):
        path = path.removeprefix("file:")
    return os.path.abspath(os.path.join(folder, path)) if is_local(path) else path


class _Port(Checked):
    """What inputs and outputs share: fields that read like a mapping, and the folder they belong
    to.
    """

    type = text()
    path = text()
    mode = text()
    description = text()
    path_on_compute = text()

    def __init__(self, **values: Any) -> None:
        self._folder = os.getcwd()
        super().__init__(**values)

    @property
    def resolved_path(self) -> str | None:
        """The path, absolute if it is local, a binding as its text; None when none was given."""
        return None if self.path is None else resolve(str(self.path), self._folder)

    @property
    def folder(self) -> str:
        """The folder that local paths belong to."""
        return self._folder

    def rooted(self, folder: str) -> None:
        """Let local paths belong to ``folder``."""
        self._folder = folder

    def _to_dict(self) -> dict[str, Any]:
        found = {name: plain(value) for name, value in self.given()}
        if "path" in found:
            found["path"] = self.resolved_path
        return found

    def keys(self) -> list[str]:
        """The names of the set fields."""
        return [name for name, _ in self.given()]

    def __getitem__(self, name: str) -> Any:
        return dict(self.given())[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def __len__(self) -> int:
        return len(self.keys())

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return str(dict(self.given()))


class Input(_Port):
    """An input: ``type`` is uri_folder (the default), uri_file, mltable, a model type, or a literal
    type.

    A literal type (string, integer, number, boolean) takes ``default``, and ``min``, ``max`` or
    ``enum``; a data type takes ``path`` and ``mode``. ``optional`` may be left out by the caller.
    Raises UserErrorException or ValidationException, naming the parameter, for a combination that
    cannot be.
    """

    words = vocabulary.INPUT

    default = anything()
    optional = truth()
    min = anything()
    max = anything()
    enum = anything()
    datastore = text()

    def __init__(self, **values: Any) -> None:
        if "type" not in values:
            values["type"] = AssetTypes.URI_FOLDER
        kind = values["type"]
        if isinstance(kind, str) and kind in LITERAL_TYPES:
            values = _literal_values(values)
        elif isinstance(kind, str):
            _refuse_literal_fields(values)
        super().__init__(**values)

    @property
    def is_literal(self) -> bool:
        """Whether the values are literals and no data."""
        return self.type in LITERAL_TYPES

    def fault_of(self, value: Any) -> str | None:
        """What is wrong with a literal that is given to an input declared so; None if nothing."""
        bounds = {"least": self.min, "most": self.max}
        return literals.fault(value, self.type, choices=self.enum, **bounds)


def _literal_values(values: dict[str, Any]) -> dict[str, Any]:
    kind = values["type"]
    if values.get("path") is not None:
        raise ValidationException(
            f"Input.path: an input of type {kind} has no path, found "
            f"{values['path']!r}; give a default instead"
        )
    found = {name: value for name, value in values.items() if name != "mode"}
    if found.get("default") is not None:
        found["default"] = _default(found["default"], kind)
    for name in ("min", "max"):
        if found.get(name) is None:
            continue
        if kind not in _RANGED:
            raise ValidationException(
                f"Input.{name}: the parameter {name} needs type integer or number"
            )
        try:
            found[name] = literals.parse(found[name], kind)
        except ValueError as error:
            raise BadValueError(f"Input.{name}: {error}") from None
    return found


def _default(value: Any, kind: str) -> Any:
    try:
        return literals.parse(value, kind)
    except ValueError as error:
        kind_of_error = ValidationException if kind == InputTypes.BOOLEAN else UserErrorException
        raise kind_of_error(f"Default value of the parameter cannot be used: {error}") from None


def _refuse_literal_fields(values: dict[str, Any]) -> None:
    kind = values["type"]
    if values.get("default") is not None:
        raise UserErrorException(
            f"Default value {values['default']!r} cannot be set for an input of type {kind}; "
            "give a path, or use a literal type"
        )
    for name in ("min", "max"):  # an enum is let through, because Azure lets it through
        if values.get(name) is not None:
            raise ValidationException(
                f"Input.{name}: the parameter {name} belongs to literal types, not to {kind}"
            )


class Output(_Port):
    """An output: ``type`` is uri_folder unless told otherwise; ``path`` and ``mode`` say where it
    goes.
    """

    words = vocabulary.OUTPUT

    name = text()
    version = text()
    early_available = truth()

    def __init__(self, **values: Any) -> None:
        name, version = values.get("name"), values.get("version")
        if name is not None and (fault := output_asset_fault(name)):
            raise UserErrorException(f"Output.name: {fault}")
        if version is not None and name is None:
            raise UserErrorException(
                "Output.version: a version needs a name; give Output(name=...) too"
            )
        super().__init__(**{"type": AssetTypes.URI_FOLDER, **values})
        self._typed = "type" in values

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "type":
            self.__dict__["_typed"] = value is not None

    @property
    def given_type(self) -> str | None:
        """The type if somebody set it; None when it is only the default."""
        return self.type if self._typed else None
