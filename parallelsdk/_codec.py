"""Frozen dataclasses as plain JSON values and back, also between releases that differ in fields.

Alone and pure, because whatever lies in a workspace may be read by another release than wrote it: a
key that is not known is passed over, one that is missing takes its field's default, and the members
of a union are told apart by their ``kind``, never by which keys they happen to have.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Final, TypeVar

T = TypeVar("T")
Paths = Callable[[str], str]  # what a path becomes when it is stored, or when it is read
_IS_PATH: Final = "stored path"

# The type of a field that holds a path or a URL, which is not stored as it stands.
StoredPath = Annotated[str, _IS_PATH]


def encode(value: Any, paths: Paths = str) -> Any:
    """The dataclass ``value`` as dicts, lists and what JSON has; each StoredPath as ``paths`` says.

    Leaves must be values that JSON has.
    """
    kind: Any = type(value)
    return _encoder(kind)(value, paths)


def decode(kind: type[T], value: Any, paths: Paths = str) -> T:
    """The dataclass ``kind`` that ``encode``, of this release or another one, gave as ``value``.

    ValueError, which says where in it, for what is none. Leaves are not looked at.
    """
    wanted: Any = kind
    try:
        found: T = _decoder(wanted)(value, paths)
    except _Misfit as misfit:
        raise ValueError(f"{misfit.place or kind.__name__}: {misfit.why}") from None
    return found


class _Misfit(Exception):
    """What is wrong, with the place put together on the way up."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.place = ""

    def within(self, name: str) -> _Misfit:
        self.place = f"{name}.{self.place}".rstrip(".")
        return self


_Convert = Callable[[Any, Paths], Any]


@cache
def _encoder(kind: Any) -> _Convert:
    if _is_dataclass(kind):
        fields = [(name, _encoder(hint)) for name, hint, _ in _fields(kind)]
        return lambda value, paths: {n: convert(getattr(value, n), paths) for n, convert in fields}
    if typing.get_origin(kind) is Annotated:
        return lambda value, paths: paths(value)
    if typing.get_origin(kind) is tuple:
        item = _encoder(typing.get_args(kind)[0])
        return lambda value, paths: [item(part, paths) for part in value]
    if typing.get_origin(kind) is Mapping:
        entry = _encoder(typing.get_args(kind)[1])
        return lambda value, paths: {name: entry(part, paths) for name, part in value.items()}
    if _is_union(kind):
        plain = _plain_member(kind)
        leaf = _encoder(plain)

        def convert(value: Any, paths: Paths) -> Any:
            if value is None:
                return None
            kind: Any = type(value)
            return (_encoder(kind) if _is_dataclass(kind) else leaf)(value, paths)

        return convert
    return lambda value, paths: value


@cache
def _decoder(kind: Any) -> _Convert:
    if _is_dataclass(kind):
        return _dataclass_decoder(kind)
    if typing.get_origin(kind) is Annotated:
        return lambda value, paths: paths(value) if isinstance(value, str) else value
    if typing.get_origin(kind) is tuple:
        item = _decoder(typing.get_args(kind)[0])
        return lambda value, paths: tuple(_items(item, _expected(list, value), paths))
    if typing.get_origin(kind) is Mapping:
        entry = _decoder(typing.get_args(kind)[1])
        return lambda value, paths: dict(_entries(entry, _expected(dict, value), paths))
    return _union_decoder(kind) if _is_union(kind) else lambda value, paths: value


def _dataclass_decoder(kind: Any) -> _Convert:
    fields = [(name, _decoder(hint), needed) for name, hint, needed in _fields(kind)]

    def convert(value: Any, paths: Paths) -> Any:
        _expected(dict, value)
        found = {}
        for name, of, needed in fields:
            if name in value:
                try:
                    found[name] = of(value[name], paths)
                except _Misfit as misfit:
                    raise misfit.within(name) from None
            elif needed:
                raise _Misfit(f"{name!r} is missing")
        return kind(**found)

    return convert


def _union_decoder(kind: Any) -> _Convert:
    members = [member for member in typing.get_args(kind) if _is_dataclass(member)]
    leaf = _decoder(_plain_member(kind))

    def convert(value: Any, paths: Paths) -> Any:
        if value is None or not (members and isinstance(value, dict)):
            return value if value is None else leaf(value, paths)
        fitting = members if len(members) == 1 else _of_kind(members, value.get("kind"))
        if not fitting:
            raise _Misfit(f"nothing of the kind {value.get('kind')!r} is known here")
        return _decoder(fitting[0])(value, paths)

    return convert


def _of_kind(members: list[Any], kind: object) -> list[Any]:
    """The members whose field ``kind`` can have that value."""
    return [
        member
        for member in members
        for name, hint, _ in _fields(member)
        if name == "kind" and kind in typing.get_args(hint)
    ]


def _items(of: _Convert, values: list[Any], paths: Paths) -> Any:
    for place, value in enumerate(values):
        try:
            yield of(value, paths)
        except _Misfit as misfit:
            raise misfit.within(f"[{place}]") from None


def _entries(of: _Convert, values: dict[str, Any], paths: Paths) -> Any:
    for name, value in values.items():
        try:
            yield name, of(value, paths)
        except _Misfit as misfit:
            raise misfit.within(name) from None


def _expected(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        wanted = "an object" if kind is dict else "a list"
        raise _Misfit(f"{wanted} is expected, found {value!r:.60}")
    return value


def _is_dataclass(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind)


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _plain_member(kind: Any) -> Any:
    """What a value is that is neither None nor a dataclass; anything when there are several."""
    plain = [
        member
        for member in typing.get_args(kind)
        if member is not types.NoneType and not _is_dataclass(member)
    ]
    return plain[0] if len(plain) == 1 else object


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    """Each field's name and type, and whether it has no default."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(
        (
            field.name,
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
        if field.init
    )
