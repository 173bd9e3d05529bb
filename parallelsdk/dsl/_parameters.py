"""The parameters of a pipeline function, and how a call's arguments fall into them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from parallelsdk.dsl._annotations import declaration
from parallelsdk.dsl._group import declared_members, is_group, refuse_outputs
from parallelsdk.entities._io import Input
from parallelsdk.exceptions import (
    MissingPositionalArgsError,
    MultipleValueError,
    ParamValueNotExistsError,
    TooManyPositionalArgsError,
    UnexpectedKeywordError,
    UnsupportedParameterKindError,
    UserErrorException,
)
from parallelsdk.rules.names import did_you_mean

_EMPTY = inspect.Parameter.empty
_DOCUMENTED = re.compile(r"^\s*:param\s+(?:[\w\[\]., ]+\s+)?(\w+)\s*:\s*(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: a group, a plain Python value, or an input with its declaration."""

    name: str
    default: Any
    positional: bool
    group: Any = None
    plain: bool = False
    declared: tuple[tuple[str, Input], ...] = ()  # one, or a group's members under dotted names


@dataclass(frozen=True, slots=True)
class Signature:
    """All parameters of a pipeline function."""

    function: str
    parameters: dict[str, Parameter]
    refused: (
        str | None
    )  # a parameter of a kind that no pipeline can have; an error at the call, as in Azure

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The argument for each parameter that was given one. Raises what Azure raises, with the
        names.
        """
        if self.refused is not None:
            raise UnsupportedParameterKindError(
                f"{self.function}() takes {self.refused}; a pipeline needs each "
                "parameter by its own name"
            )
        places = [p.name for p in self.parameters.values() if p.positional]
        if len(args) > len(places):
            raise TooManyPositionalArgsError(
                f"{self.function}() takes {len(places)} positional arguments but "
                f"{len(args)} were given"
            )
        found = dict(zip(places, args, strict=False))
        for name, value in kwargs.items():
            if name in found:
                raise MultipleValueError(
                    f"{self.function}() got multiple values for argument {name!r}"
                )
            if name not in self.parameters:
                raise UnexpectedKeywordError(
                    f"{self.function}() got an unexpected keyword argument {name!r}"
                    f"{did_you_mean(name, self.parameters)}"
                )
            found[name] = value
        for name, parameter in self.parameters.items():
            if parameter.plain and parameter.default is _EMPTY and name not in found:
                raise MissingPositionalArgsError(f"{self.function}() needs a value for {name!r}")
        return {name: v.value if isinstance(v, Enum) else v for name, v in found.items()}


def signature_of(func: Callable[..., Any], non_pipeline: Any) -> Signature:
    """The parameters of ``func``; those named in ``non_pipeline`` stay plain Python values.

    Raises UserErrorException for an annotation or a default that cannot be.
    """
    plain = _checked_names(non_pipeline)
    found = inspect.signature(func)
    unknown = [name for name in plain if name not in found.parameters]
    if unknown:
        raise ParamValueNotExistsError(
            f"non_pipeline_inputs names {', '.join(unknown)}, and {func.__name__}() "
            "has no such parameter"
        )
    hints, documented = annotations_of(func), dict(_DOCUMENTED.findall(func.__doc__ or ""))
    parameters: dict[str, Parameter] = {}
    refused = None
    for name, item in found.parameters.items():
        if item.kind in (item.VAR_POSITIONAL, item.VAR_KEYWORD):
            refused = str(item)
            continue
        annotation = hints.get(name, item.annotation)
        parameters[name] = _parameter(item, annotation, name in plain, documented.get(name))
    return Signature(func.__name__, parameters, refused)


def _parameter(
    item: inspect.Parameter, annotation: Any, plain: bool, description: str | None
) -> Parameter:
    name, positional = item.name, item.kind is not item.KEYWORD_ONLY
    if plain:
        return Parameter(name, item.default, positional, plain=True)
    kind = type(item.default) if is_group(type(item.default)) else annotation
    if is_group(kind):
        refuse_outputs(name, kind)
        members = tuple(declared_members(name, kind))
        return Parameter(name, item.default, positional, group=kind, declared=members)
    declared = declaration(name, annotation, item.default)
    if description and declared.description is None:
        declared = declared.copy_with(description=description.strip())
    return Parameter(name, item.default, positional, declared=((name, declared),))


def annotations_of(func: Callable[..., Any]) -> dict[str, Any]:
    """The annotations; a text is evaluated, and tells nothing when it cannot be."""
    inner = inspect.unwrap(func)
    found: dict[str, Any] = {}
    for name, annotation in inspect.get_annotations(inner).items():
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, getattr(inner, "__globals__", {}))
            except (
                Exception
            ):  # the author's own code; a name local to another function, for example
                annotation = _EMPTY
        found[name] = annotation
    return found


def _checked_names(names: Any) -> tuple[str, ...]:
    if names is None:
        return ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise UserErrorException(
            f"non_pipeline_inputs must be a list of parameter names, found {names!r}"
        )
    return tuple(names)
