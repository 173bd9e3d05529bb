"""From a parameter's annotation and default to the ``Input`` that declares it."""

from __future__ import annotations

import inspect
import types
import typing
from enum import Enum
from typing import Any, Final

from parallelsdk.constants import InputTypes
from parallelsdk.entities._component import literal_type
from parallelsdk.entities._io import Input
from parallelsdk.exceptions import MlException, UserErrorException

_TYPES: Final[dict[Any, str]] = {
    str: InputTypes.STRING,
    int: InputTypes.INTEGER,
    float: InputTypes.NUMBER,
    bool: InputTypes.BOOLEAN,
}
_EMPTY: Final = inspect.Parameter.empty


def declaration(name: str, annotation: Any, default: Any = _EMPTY) -> Input:
    """The Input that a parameter declares; its ``type`` is None when nothing tells it.

    ``Optional[X]`` is an optional X. Raises UserErrorException, naming the parameter, for
    annotations and defaults that no input can have.
    """
    annotation, optional = _without_none(annotation)
    value = None if default is _EMPTY else default
    if isinstance(value, Input):
        raise UserErrorException(
            f"The parameter {name!r} has an Input as default value; use it as the annotation, "
            "or pass it in the call"
        )
    fields: dict[str, Any] = {"optional": True} if optional else {}
    if isinstance(value, Enum):
        annotation, value = type(value) if annotation is _EMPTY else annotation, value.value
    if annotation is _EMPTY or annotation is None or annotation is Any:
        annotation = type(value)
    try:
        return _declared(name, annotation, value, fields)
    except MlException as error:
        raise UserErrorException(f"The parameter {name!r}: {error}") from None


def _declared(name: str, annotation: Any, value: Any, fields: dict[str, Any]) -> Input:
    if isinstance(annotation, Input):
        changes = {**fields, "default": value} if value is not None else fields
        return annotation.copy_with(path=None, **changes)
    if annotation is Input:
        return Input(**fields, default=value)
    if annotation is type(None):
        return Input(type=None, **fields)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        choices = [member.value for member in annotation]
        if value is not None and value not in choices:
            raise UserErrorException(f"Default value {value!r} is none of {choices}")
        kind = literal_type(choices[0]) if choices else InputTypes.STRING
        return Input(type=kind, enum=choices, default=value, **fields)
    if annotation in _TYPES:
        return Input(type=_TYPES[annotation], default=value, **fields)
    raise UserErrorException(
        f"the annotation {annotation!r} is not supported; use str, int, float, "
        "bool, Input, an Enum "
        "or a parameter group"
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = typing.get_args(annotation)
        rest = [item for item in members if item is not type(None)]
        if len(rest) == 1 and len(rest) < len(members):
            return rest[0], True
    return annotation, False
