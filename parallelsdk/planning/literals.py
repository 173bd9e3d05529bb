"""Whether a literal fits the input that it is given to: type, bounds and choices."""

from __future__ import annotations

from parallelsdk.constants import InputTypes
from parallelsdk.entities._io import Input

Literal = str | int | float | bool


def literal_complaint(declared: Input, value: Literal) -> str | None:
    """What is wrong with ``value`` for an input that is declared so; None if nothing.

    A text that spells a number or a truth value counts as one, as in Azure.
    """
    if declared.type == InputTypes.BOOLEAN:
        if str(value).strip().lower() not in ("true", "false"):
            return f"is {value!r}; the input takes true or false"
    elif declared.type in (InputTypes.INTEGER, InputTypes.NUMBER):
        number = _number(value)
        whole = declared.type == InputTypes.INTEGER
        if number is None or (whole and not number.is_integer()):
            return f"is {value!r}; the input takes {'a whole number' if whole else 'a number'}"
        if declared.min is not None and number < float(declared.min):
            return f"is {value!r}; the least that the input takes is {declared.min}"
        if declared.max is not None and number > float(declared.max):
            return f"is {value!r}; the most that the input takes is {declared.max}"
    if declared.enum and str(value) not in [str(choice) for choice in declared.enum]:
        return f"is {value!r}; the input takes one of {', '.join(map(str, declared.enum))}"
    return None


def _number(value: Literal) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
