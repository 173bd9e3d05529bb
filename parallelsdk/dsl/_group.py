"""Parameter groups: a class of literal fields that travels as one argument of a pipeline.

A group is flattened where it is printed and bound: the member ``a`` of the parameter ``g`` is
``g.a``.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any, NoReturn, TypeVar

from parallelsdk.dsl._annotations import declaration
from parallelsdk.entities._io import Input, Output
from parallelsdk.exceptions import (
    UnexpectedAttributeError,
    UserErrorException,
    ValidationException,
)
from parallelsdk.rules.names import did_you_mean

C = TypeVar("C", bound=type)


def group(cls: C) -> C:
    """Make ``cls`` a parameter group: keyword construction, fields from its annotations.

    A group of ``Output`` fields is the return annotation of a pipeline function. Raises
    UserErrorException for a field that is neither a literal nor a group.
    """
    hints = inspect.get_annotations(cls, eval_str=True)
    for name in hints:
        default = vars(cls).get(name, dataclasses.MISSING)
        if default is dataclasses.MISSING and not hasattr(cls, name):
            setattr(cls, name, None)  # every member may be left out; validation asks for it
        if is_group(type(default)):  # a group as default is mutable; every instance gets its own
            setattr(cls, name, dataclasses.field(default_factory=_copier(default)))
    made: C = dataclasses.dataclass(kw_only=True)(cls)  # type: ignore[assignment]
    made._group_fields = hints  # type: ignore[attr-defined]
    for name, declared in declared_members("", made):
        if declared.type is not None and not declared.is_literal:
            raise UserErrorException(
                f"{cls.__name__}.{name}: a parameter group holds literals and groups only"
            )
    return made


def refuse_outputs(name: str, kind: Any) -> None:
    """Raise UserErrorException for a group of outputs, which only a return annotation may be."""
    if any(_is_output(annotation) for annotation in kind._group_fields.values()):
        raise UserErrorException(
            f"{name}: a group of outputs cannot be a parameter; it can be the return annotation"
        )


def is_group(kind: object) -> bool:
    """Whether ``kind`` is a class made by ``@group``."""
    return isinstance(kind, type) and hasattr(kind, "_group_fields")


def declared_members(name: str, kind: Any) -> Iterator[tuple[str, Input]]:
    """The dotted name and the declaration of every member, nested ones too."""
    prefix = name + "." if name else ""
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}
    for member, annotation in kind._group_fields.items():
        if is_group(annotation):
            yield from declared_members(prefix + member, annotation)
            continue
        if _is_output(annotation):
            continue
        default = defaults.get(member, dataclasses.MISSING)
        given = inspect.Parameter.empty if default is dataclasses.MISSING else default
        yield prefix + member, declaration(prefix + member, annotation, given)


def member_values(name: str, kind: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """The dotted name and the value of every member of ``value``, an instance or what stands for
    one.

    Raises ValidationException when ``value`` is no group.
    """
    if value is None:
        value = _Nothing()
    elif not is_group(type(value)) and not isinstance(value, (GroupView, _Nothing)):
        literal = isinstance(value, str | int | float)
        raise (ValidationException if literal else UserErrorException)(
            f"{name}: is a parameter group; pass an instance of {kind.__name__}, found {value!r}"
        )
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}
    for member, annotation in kind._group_fields.items():
        default = defaults.get(member, dataclasses.MISSING)
        fallback = None if default is dataclasses.MISSING else default
        given = getattr(value, member, fallback)
        if is_group(annotation):
            yield from member_values(f"{name}.{member}", annotation, given)
        else:
            yield f"{name}.{member}", given.value if isinstance(given, Enum) else given


class GroupView:
    """The group as the pipeline function sees it: its members are the pipeline's inputs."""

    def __init__(self, name: str, kind: Any, ports: dict[str, Any]) -> None:
        for member, annotation in kind._group_fields.items():
            dotted = f"{name}.{member}"
            inner = GroupView(dotted, annotation, ports) if is_group(annotation) else ports[dotted]
            setattr(self, member, inner)
        self._told = f"{name} ({kind.__name__})"

    def __getattr__(self, name: str) -> NoReturn:
        known = [member for member in vars(self) if not member.startswith("_")]
        told = f"{self.__dict__.get('_told', 'the group')}"
        raise UnexpectedAttributeError(f"{told} has no {name!r}{did_you_mean(name, known)}")


def _is_output(annotation: object) -> bool:
    return annotation is Output or isinstance(annotation, Output)


class _Nothing:
    """Stands for a group that was left out: every member takes its default."""


def _copier(default: Any) -> Any:
    return lambda: dataclasses.replace(default)
