"""Declared fields: what a value may be is said once, where the attribute is named.

A field is a descriptor. On a ``Checked`` object every assignment is checked, and a bad value is
answered on the spot with the field's name. On a node the same fields only convert, because there a
value may still be bound to a pipeline input; validation checks it later, with the same rule.
Standard library only: building models with a validation library costs more start-up time than our
whole budget for ``import Input``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Generic, Self, TypeVar, cast, overload

from parallelsdk._expressions import whole
from parallelsdk._warning import warn_caller
from parallelsdk.exceptions import BadTypeError, BadValueError, UnexpectedKeywordError
from parallelsdk.rules.names import ANY, Names

T = TypeVar("T")
Rule = Callable[[Any], Any]  # the value made fit; raises ValueError saying what it must be


def expect_mapping(value: Any, where: str, what: str = "a mapping of names") -> dict[str, Any]:
    """``value`` if it is a mapping of texts, {} for None. Raises BadTypeError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadTypeError(f"{where}: must be {what}, found {value!r:.80}")
    odd = [name for name in value if not isinstance(name, str)]
    if odd:
        raise BadTypeError(f"{where}: the name {odd[0]!r:.80} is no text")
    return dict(value)


class Binding:
    """A value that is known only when the job runs; ``str()`` gives its ``${{ }}`` text."""

    def __str__(self) -> str:
        raise NotImplementedError


def is_binding(value: object) -> bool:
    """Whether ``value`` is, or says in text, a reference such as ``${{parent.inputs.x}}``."""
    return isinstance(value, Binding) or (isinstance(value, str) and whole(value) is not None)


@dataclass(frozen=True, slots=True)
class Form:
    """What a YAML file may hold for a field: any value of ``types``, within the bounds.

    No types = anything. ``words`` are the only texts, ``pattern`` is what a text must match, and
    ``of`` are the types of a list's or a mapping's members.
    """

    types: tuple[type, ...] = ()
    least: int | None = None
    most: int | None = None
    words: tuple[str, ...] = ()
    pattern: str | None = None
    of: tuple[type, ...] = ()


class Field(Generic[T]):
    """One declared attribute, None while unset.

    ``rule`` says what a value may be. ``part`` is the class of a nested object, for which a mapping
    is accepted everywhere. ``form`` says of the rule what a schema of files can say. Values bound
    to a pipeline input pass unchecked.
    """

    def __init__(
        self, rule: Rule, *, part: type[Checked] | None = None, form: Form | None = None
    ) -> None:
        self._rule = rule
        self.part = part
        self.form = form or Form()
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T | None: ...
    def __get__(self, instance: object | None, owner: type) -> Field[T] | T | None:
        if instance is None:
            return self
        return cast("T | None", instance.__dict__.get(self.name))

    def __set__(self, instance: object, value: Any) -> None:
        if self.part is not None and isinstance(value, Mapping):
            value = self.part(**expect_mapping(value, f"{type(instance).__name__}.{self.name}"))
        if isinstance(instance, Checked):
            try:
                value = self.check(value)
            except ValueError as error:
                name = f"{type(instance).__name__}.{self.name}"
                raise BadValueError(f"{name}: {error}") from None
        instance.__dict__[self.name] = value

    def check(self, value: Any) -> Any:
        """``value`` made fit. Raises ValueError saying what was found and what it must be."""
        if value is None or is_binding(value):
            return value
        return self._rule(value)


def fields_of(cls: type) -> dict[str, Field[Any]]:
    """The declared fields of ``cls`` and its bases, in the order in which they were declared."""
    found: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__):
        found.update({n: f for n, f in vars(base).items() if isinstance(f, Field)})
    return found


class Checked:
    """An object of declared fields: keyword-only, compared by value, assignments checked."""

    # Azure ignores the unknown keywords of some classes, and keeps those of others.
    keeps_unknown: ClassVar[bool] = False
    # It raises an error for those of a few.
    refuses_unknown: ClassVar[bool] = False
    # Whether Azure's schema lets a file hold other names in it.
    open_in_files: ClassVar[bool] = False
    # The names that mean something in a mapping of it; None: its fields.
    words: ClassVar[Names | None] = None
    _fields: ClassVar[dict[str, Field[Any]]] = {}

    def __init_subclass__(cls) -> None:
        cls._fields = fields_of(cls)

    def __init__(self, **values: Any) -> None:
        unknown = [name for name in values if name not in self._fields]
        if unknown:
            self._complain(unknown)
        for name, value in values.items():
            if name in self._fields:
                if value is not None:
                    setattr(self, name, value)
            elif self.keeps_unknown and may_be_kept(type(self), name):
                self.__dict__[name] = value

    @classmethod
    def names(cls) -> Names:
        """The names that mean something in a mapping of it; it may be that any does."""
        if cls.words is None and cls.keeps_unknown:
            return ANY
        return cls.words or Names(frozenset(cls._fields))

    def keep(self, values: Mapping[str, Any]) -> None:
        """Keep names that no class declares; those that cannot be attributes are passed over."""
        self.__dict__.update({n: v for n, v in values.items() if may_be_kept(type(self), n)})
        self.passed_over([name for name in values if not may_be_kept(type(self), name)])

    def _complain(self, unknown: Iterable[str]) -> None:
        """Refuse names, or warn of them, as far as they mean nothing, and remember them."""
        faults = self.names().faults(list(unknown))
        if self.refuses_unknown:
            refuse_unknown(type(self).__name__, faults)
        self.passed_over(faults)
        warn_unknown(type(self).__name__, faults)

    def passed_over(self, names: Iterable[str]) -> None:
        """Remember names that were written for it and mean nothing."""
        if found := tuple(names):
            self.__dict__["_passed_over"] = (*self.__dict__.get("_passed_over", ()), *found)

    def unknown(self) -> dict[str, str]:
        """What was written for it and means nothing: the names, and what is wrong with each."""
        extra = [name for name, _ in self.given() if name not in self._fields]
        return self.names().faults([*self.__dict__.get("_passed_over", ()), *extra])

    def given(self) -> Iterator[tuple[str, Any]]:
        """The set attributes: declared ones in their order, then unknown ones that were kept."""
        mine = self.__dict__
        for name in self._fields:
            if mine.get(name) is not None:
                yield name, mine[name]
        for name, value in mine.items():
            if name not in self._fields and not name.startswith("_") and value is not None:
                yield name, value

    def _to_dict(self) -> dict[str, Any]:
        """The set attributes as plain values, in the shape in which they are printed."""
        return {name: plain(value) for name, value in self.given()}

    def copy_with(self, **changes: Any) -> Self:
        """A shallow copy with some attributes changed."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for name, value in changes.items():
            setattr(twin, name, value)
        return twin

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Checked):
            return NotImplemented
        return dict(self.given()) == dict(other.given())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.given())
        return f"{type(self).__name__}({inside})"


class Attentive:
    """Warns of attributes that mean nothing when they are set; Azure takes any in silence."""

    _attributes: ClassVar[frozenset[str]] = frozenset()  # what its objects have besides its own
    _words: ClassVar[Names] = ANY  # what means something to who sets it

    def __setattr__(self, name: str, value: Any) -> None:
        known = name in self._attributes or name.startswith("_") or hasattr(type(self), name)
        if not known and (faults := self._words.faults([name])):
            warn_unknown(type(self).__name__, faults)
        object.__setattr__(self, name, value)


def may_be_kept(cls: type, name: str) -> bool:
    """Whether a name that ``cls`` does not declare can be an attribute of its objects."""
    return name.isidentifier() and not name.startswith("_") and not hasattr(cls, name)


def refuse_unknown(owner: str, faults: Mapping[str, str]) -> None:
    """Raise UnexpectedKeywordError if there are names that mean nothing to ``owner``."""
    if faults:
        told = "; ".join(f"{name!r} {fault}" for name, fault in faults.items())
        raise UnexpectedKeywordError(f"{owner}: {told}")


def warn_unknown(owner: str, faults: Mapping[str, str]) -> None:
    """Warn whoever called us of names that mean nothing to ``owner``; Azure says nothing."""
    for name, fault in faults.items():
        warn_caller(f"{owner}: {name!r} {fault}")


def plain(value: Any) -> Any:
    """``value`` made of dicts, lists and scalars only; bindings become their texts."""
    if isinstance(value, Checked):
        return value._to_dict()
    if isinstance(value, Binding):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def refer(name: Any) -> Any:
    """A name of a compute, a datastore or an environment as it is printed: with ``azureml:`` before
    it.
    """
    if isinstance(name, Binding):
        return str(name)
    if not isinstance(name, str) or name in ("", "serverless", "local"):
        return name
    return name if name.startswith(("azureml:", "${{")) or "://" in name else "azureml:" + name


def unrefer(name: Any) -> Any:
    """A printed name without its ``azureml:``; registry URIs and other values as they are."""
    if isinstance(name, str) and name.startswith("azureml:") and not name.startswith("azureml://"):
        return name.removeprefix("azureml:")
    return name
