"""Which type a column has, decided from a sample of its cells.

Alone, because it is a pure rule: the first type that fits every cell that is not missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from parallelsdk.mltable._definition import Column
from parallelsdk.mltable._values import as_bool, as_float, date_orders, is_int


def infer_column(name: str, cells: Sequence[str | None]) -> Column:
    """The column that these cells decide; a column of nothing but missing cells holds text."""
    values = [cell for cell in cells if cell is not None]
    if not values:
        return Column(name, "string")
    if all(as_bool(value) is not None for value in values):
        return Column(name, "bool")
    if all(is_int(value) for value in values):
        return Column(name, "int")
    if all(as_float(value) is not None for value in values):
        return Column(name, "float")
    order = _date_order(values)
    if order is not None:
        return Column(name, "datetime", order)
    return Column(name, "string")


def _date_order(values: Sequence[str]) -> str | None:
    """The order that makes every value a date. 01/02/2020 alone could be two days, so it is text:

    the reference takes such a column for dates and loses every one of them.
    """
    left = {"ymd", "dmy", "mdy"}
    for value in values:
        left &= date_orders(value) or frozenset()
        if not left:
            return None
    if "ymd" in left:
        return "ymd"
    return left.pop() if len(left) == 1 else None
