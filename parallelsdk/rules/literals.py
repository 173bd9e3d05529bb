"""Literals of a declared type: what a value counts as, and what is wrong with one.

A text that spells a number or a truth value counts as that, as in Azure's SDK: ``int`` of what
``float`` reads for an integer, any case of true and false for a boolean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from parallelsdk.constants import InputTypes

Literal = str | int | float | bool
_TAKES: Final = {
    InputTypes.BOOLEAN: "true or false",
    InputTypes.INTEGER: "a whole number",
    InputTypes.NUMBER: "a number",
}
_TRUTH: Final = {"true": True, "false": False}


def is_text(value: str) -> bool:
    """Whether UTF-8 can hold a text: bytes that are none stand in it as surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse(value: Any, kind: str | None) -> Any:
    """``value`` as a literal of type ``kind``; unchanged for any other type.

    Raises ValueError, which says what was found and what the type takes.
    """
    found: Any = value
    if kind == InputTypes.BOOLEAN:
        found = value if isinstance(value, bool) else _TRUTH.get(str(value).lower())
    elif kind == InputTypes.INTEGER:
        found = _whole(value)
    elif kind == InputTypes.NUMBER:
        found = _number(value)
    elif kind == InputTypes.STRING:
        return value if isinstance(value, str) else str(value)
    if found is None:
        raise ValueError(f"is {value!r}; the input takes {_TAKES[str(kind)]}")
    return found


def coerced(value: Any, kind: str | None) -> Any:
    """``value`` as Azure's service takes it although its SDK would not: 0 and 1 for a boolean."""
    if kind == InputTypes.BOOLEAN and type(value) is int and value in (0, 1):
        return bool(value)
    return value


def coercion(value: Any, kind: str | None) -> str | None:
    """What to say of a value that is taken for another one; None where it is what it seems."""
    found = coerced(value, kind)
    if found is value:
        return None
    return f"is {value!r}; the input takes {_TAKES[str(kind)]}, so it counts as {found}".lower()


def fault(
    value: Any,
    kind: str | None,
    *,
    least: Any = None,
    most: Any = None,
    choices: Iterable[Any] | None = None,
) -> str | None:
    """What is wrong with ``value`` for an input of type ``kind`` with these bounds and choices."""
    try:
        found = parse(coerced(value, kind), kind)
    except ValueError as error:
        return f"{error}"
    if kind in (InputTypes.INTEGER, InputTypes.NUMBER) and not _is_nan(found):
        low, high = _number(least), _number(most)
        if low is not None and found < low:
            return f"is {value!r}; the least that the input takes is {least}"
        if high is not None and found > high:
            return f"is {value!r}; the most that the input takes is {most}"
    words = [str(getattr(choice, "value", choice)) for choice in choices or ()]
    if words and str(getattr(value, "value", value)) not in words:
        return f"is {value!r}; the input takes one of {', '.join(words)}"
    return None


def _whole(value: Any) -> int | None:
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, str):
        try:
            return int(value)  # however long, to the last digit
        except ValueError:
            pass
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _is_nan(value: float) -> bool:
    return isinstance(value, float) and math.isnan(value)
