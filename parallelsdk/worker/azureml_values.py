"""What a script logs, made plain: values that JSON has, from numbers of any library."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """A number, a text, a truth value, None, or a list of them; anything else as its text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _of_library(value)


def plain_columns(table: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a table: lists, or single values."""
    return {str(name): plain(column) for name, column in table.items()}


def _of_library(value: Any) -> Any:
    """Scalars and arrays of numpy, pandas, torch and others offer the plain value themselves."""
    for method in ("tolist", "item"):
        convert = getattr(value, method, None)
        if callable(convert):
            found = convert()
            if isinstance(found, bool | int | float | str | list):
                return plain(found)
    return str(value)
