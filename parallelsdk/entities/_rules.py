"""The kinds of fields: whole numbers, words, texts, truth values, mappings, nested objects.

Apart from the mechanism, because this is the list that grows. A rule takes any value that is
neither None nor bound to a pipeline input, and raises ValueError with what was found and what it
must be.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar, cast

from parallelsdk.entities._fields import Binding, Checked, Field, Form
from parallelsdk.rules.names import nearest
from parallelsdk.rules.settings import SETTINGS

P = TypeVar("P", bound=Checked)


def integer(*, least: int, most: int | None = None, from_text: bool = False) -> Field[int]:
    """A whole number; ``from_text`` also takes one written as text."""
    span = f"from {least} to {most}" if most is not None else f"of at least {least}"

    def rule(value: Any) -> int:
        number = value
        if from_text and isinstance(value, str):
            try:
                number = int(value)
            except ValueError:
                number = value
        if not isinstance(number, int) or isinstance(number, bool):
            hint = (
                "; remove the quotes"
                if isinstance(value, str) and value.strip("-").isdigit()
                else ""
            )
            raise ValueError(f"must be a whole number {span}, found {value!r}{hint}")
        if number < least or (most is not None and number > most):
            raise ValueError(f"must be a whole number {span}, found {value!r}")
        return number

    types = (int, str) if from_text else (int,)
    return Field(rule, form=Form(types, least, most, pattern=r"^-?\d+$"))


def setting(name: str, *, from_text: bool = False) -> Field[int]:
    """The whole number of that setting of a parallel step; see ``integer``."""
    declared = SETTINGS[name]
    return integer(least=declared.low, most=declared.high, from_text=from_text)


def one_of(choices: Iterable[str]) -> Field[str]:
    """One of a few words, spelt exactly."""
    words = tuple(choices)

    def rule(value: Any) -> str:
        if value not in words:
            raise ValueError(
                f"must be one of {', '.join(words)}, found {value!r}"
                + (f"; did you mean {near!r}?" if (near := nearest(value, words)) else "")
            )
        return cast(str, value)

    return Field(rule, form=Form((str,), words=words))


def text() -> Field[str]:
    """A text; paths and numbers become text, as a YAML ``version: 1`` does."""

    def rule(value: Any) -> str:
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        if isinstance(value, str):
            _refuse_nul(value)
            return str(value) if type(value) is not str else value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise ValueError(f"must be a text, found {value!r}")

    return Field(rule, form=Form((str, float)))


_TRUTH: Final = {"true": True, "false": False}


def truth() -> Field[bool]:
    """True or false; the words are accepted too."""

    def rule(value: Any) -> bool:
        found = _TRUTH.get(value.lower(), value) if isinstance(value, str) else value
        if not isinstance(found, bool):
            raise ValueError(f"must be true or false, found {value!r}")
        return found

    return Field(rule, form=Form((bool, str), pattern="^([Tt]rue|[Ff]alse|TRUE|FALSE)$"))


def mapping() -> Field[dict[str, Any]]:
    """A mapping with texts as keys."""

    def rule(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a mapping of names to values, found {value!r}")
        return {str(key): item for key, item in value.items()}

    return Field(rule, form=Form((dict,)))


def text_mapping() -> Field[dict[str, str]]:
    """A mapping of texts to texts; other scalars become text."""

    def rule(value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a mapping of names to texts, found {value!r}")
        for key, item in value.items():
            if item is not None and not isinstance(item, str | int | float | Binding):
                raise ValueError(f"{key} must be a text, found {item!r}")
            _refuse_nul(f"{key}{item}")
        return {str(key): "" if item is None else str(item) for key, item in value.items()}

    return Field(rule, form=Form((dict,), of=(str, float, bool)))


def _refuse_nul(value: str) -> None:
    if "\0" in value:
        raise ValueError(f"holds a NUL character, which no path or command can: {value!r:.80}")


def texts() -> Field[list[str]]:
    """A list of texts."""

    def rule(value: Any) -> list[str]:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"must be a list of texts, found {value!r}")
        return list(value)

    return Field(rule, form=Form((list,), of=(str,)))


def anything() -> Field[Any]:
    """A value that is kept as it is."""
    return Field(lambda value: value)


def part(cls: type[P], *accepted: type) -> Field[P]:
    """A nested object of that class; a mapping is converted."""

    def rule(value: Any) -> P:
        if not isinstance(value, (cls, *accepted)):
            raise ValueError(
                f"must be a {cls.__name__} or a mapping of its fields, found {value!r}"
            )
        return cast(P, value)

    return Field(rule, part=cls)
