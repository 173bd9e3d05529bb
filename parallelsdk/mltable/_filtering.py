"""Which rows of an Arrow table a filter keeps.

Apart from the grammar, because planning checks a filter without Arrow's functions.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._conversion import MIXED
from parallelsdk.mltable._expression import COMPARISONS, column_name, moment_of, parse_filter
from parallelsdk.mltable._values import as_nanoseconds

_MISSING: Final[Any] = pa.nulls(1)[0]
_MOMENT: Final = pa.timestamp("ns")
_FAR_MOMENT: Final = pa.timestamp("us")
_LARGE: Final = 2**63
_WIDE: Final = pa.decimal128(20, 0)  # holds every whole number of 64 bits


def filtered(table: Any, text: str) -> Any:
    """The rows of ``table`` for which the expression is true.

    Raises DataException when it is neither true nor false, but a number or a text.
    """
    try:
        kept = _Evaluation(table).value(_parsed(text))
    except (pa.ArrowException, OverflowError) as error:
        raise DataException(
            f"The filter {text!r} cannot be answered: {str(error).splitlines()[0]}.",
            target=ErrorTarget.DATA,
        ) from error
    if pa.types.is_null(kept.type):
        return table.slice(0, 0)
    if not pa.types.is_boolean(kept.type):
        raise DataException(
            f"The filter {text!r} is {kept.type}, neither true nor false.", target=ErrorTarget.DATA
        )
    if isinstance(kept, pa.Scalar):
        return table if kept.as_py() else table.slice(0, 0)
    return table.filter(kept, null_selection_behavior="drop")


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.expr:
    return parse_filter(text)


class _Evaluation:
    """Values are Arrow arrays or scalars of numbers, texts, booleans, moments, or nulls."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def value(self, node: Any) -> Any:
        name = column_name(node)
        if name is not None:
            return self._column(name)
        match node:
            case ast.Constant():
                return _constant(node.value)
            case ast.Call(func=ast.Name(id="datetime")):
                return _moment(moment_of(node))
            case ast.Call(func=ast.Attribute(value=text), args=[ast.Constant(value=str(start))]):
                return self._starts_with(self.value(text), start)
            case ast.BoolOp(op=operator, values=values):
                return self._combined(operator, values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return pc.invert(self._truth(operand))
            case ast.UnaryOp(operand=operand):
                return pc.negate(_number(self.value(operand)))
            case ast.BinOp(left=left, op=operator, right=right):
                return _arithmetic(operator, self.value(left), self.value(right))
            case ast.IfExp(test=test, body=body, orelse=other):
                return pc.if_else(self._truth(test), self.value(body), self.value(other))
            case ast.Compare(left=left, ops=operators, comparators=others):
                return self._compared(left, operators, others)
        raise AssertionError(f"unreachable: the parser lets no {ast.dump(node)} pass")

    def _column(self, name: str) -> Any:
        if name not in self._table.column_names:
            return _MISSING
        values = self._table.column(name)
        kind = values.type
        if MIXED in (self._table.schema.field(name).metadata or {}):
            raise DataException(
                f"A filter asks for {name!r}, whose values are of several kinds. Give it one type "
                "before, with convert_column_types.",
                target=ErrorTarget.DATA,
            )
        if pa.types.is_dictionary(kind):
            return values.cast(kind.value_type)
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return _moments(values)
        return values

    def _truth(self, node: ast.expr) -> Any:
        """A condition. Raises DataException when it is none."""
        value = self.value(node)
        if pa.types.is_null(value.type):
            return pa.scalar(None, pa.bool_())
        if not pa.types.is_boolean(value.type):
            raise DataException(
                f"{ast.unparse(node)!r} in a filter is neither true nor false.",
                target=ErrorTarget.DATA,
            )
        return value

    def _combined(self, operator: ast.boolop, nodes: list[ast.expr]) -> Any:
        join = pc.and_kleene if isinstance(operator, ast.And) else pc.or_kleene
        result = self._truth(nodes[0])
        for node in nodes[1:]:
            result = join(result, self._truth(node))
        return result

    def _compared(self, left: ast.expr, operators: list[ast.cmpop], others: list[ast.expr]) -> Any:
        value = self.value(left)
        result = None
        for operator, node in zip(operators, others, strict=True):
            other = self.value(node)
            found = _comparison(COMPARISONS[type(operator)], value, other)
            result = found if result is None else pc.and_kleene(result, found)
            value = other
        return result

    def _starts_with(self, value: Any, start: str) -> Any:
        if pa.types.is_null(value.type):
            return pa.scalar(None, pa.bool_())
        if not _is_text(value):
            raise DataException(
                f"A filter asks what {value.type} starts with; only texts have a start.",
                target=ErrorTarget.DATA,
            )
        return pc.starts_with(value, pattern=start)


def _constant(value: Any) -> Any:
    """The scalar of a constant; a whole number of over 64 bits as a decimal, or a double."""
    if isinstance(value, int) and not isinstance(value, bool) and not -_LARGE <= value < _LARGE:
        if 0 < value < 2 * _LARGE:
            return pa.scalar(value, pa.uint64())
        try:
            return pa.scalar(Decimal(value))
        except pa.ArrowInvalid:  # too many digits
            return pa.scalar(float("inf") if value > 0 else float("-inf"))
    return pa.scalar(value)


def _moment(value: Any) -> Any:
    """The scalar of a moment, in microseconds where nanoseconds hold no such year."""
    try:
        return pa.scalar(value, _MOMENT)
    except pa.ArrowInvalid:
        return pa.scalar(value, _FAR_MOMENT)


def _comparison(name: str, left: Any, right: Any) -> Any:
    if pa.types.is_null(left.type) or pa.types.is_null(right.type):
        return pa.scalar(None, pa.bool_())
    left, right = _as_moments(left, right)
    if _family(left) != _family(right) or _family(left) == "other":
        return _never(name, left, right)
    return getattr(pc, name)(*_alike(left, right))


def _moments(values: Any) -> Any:
    """Dates and times without zones: Arrow keeps UTC, and the language knows nothing else. In
    nanoseconds, or where these hold no such year in microseconds.
    """
    zone = getattr(values.type, "tz", None)
    for moment in (_MOMENT, _FAR_MOMENT):
        try:
            return values.cast(pa.timestamp(moment.unit, zone)).cast(moment)
        except pa.ArrowInvalid:
            if moment == _FAR_MOMENT:
                raise
    raise AssertionError("unreachable: the last unit returns or raises")


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Both in one type, where Arrow would take one that does not hold all of their values."""
    kinds = {left.type, right.type}
    if _FAR_MOMENT in kinds and _MOMENT in kinds:
        return left.cast(_FAR_MOMENT, safe=False), right.cast(_FAR_MOMENT, safe=False)
    if pa.uint64() in kinds and all(map(pa.types.is_integer, kinds)) and len(kinds) > 1:
        return left.cast(_WIDE), right.cast(_WIDE)
    if any(map(pa.types.is_integer, kinds)) and any(map(pa.types.is_floating, kinds)):
        return left.cast(pa.float64(), safe=False), right.cast(pa.float64(), safe=False)
    return left, right


def _as_moments(left: Any, right: Any) -> tuple[Any, Any]:
    """A text that is compared with a moment is one itself, if it can be read as one."""
    for value, other in ((left, right), (right, left)):
        if pa.types.is_timestamp(value.type) and isinstance(other, pa.Scalar) and _is_text(other):
            read = _read_moment(other.as_py())
            return (left, read) if other is right else (read, right)
    return left, right


def _read_moment(text: str) -> Any:
    nanoseconds = as_nanoseconds(text, "ymd")
    if nanoseconds is None:
        with suppress(ValueError):  # of a year that nanoseconds do not hold
            return _moment(datetime.fromisoformat(text).replace(tzinfo=None))
    return pa.scalar(nanoseconds, pa.int64()).cast(_MOMENT)


def _never(name: str, left: Any, right: Any) -> Any:
    """Of different kinds: never equal, in no order; missing values stay missing."""
    both = pc.and_(pc.is_valid(left), pc.is_valid(right))
    if name not in ("equal", "not_equal"):
        return pc.if_else(both, pa.scalar(None, pa.bool_()), pa.scalar(None, pa.bool_()))
    return pc.if_else(both, pa.scalar(name == "not_equal"), pa.scalar(None, pa.bool_()))


def _arithmetic(operator: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(operator, ast.Add) and _is_text(left) and _is_text(right):
        return pc.binary_join_element_wise(left, right, "")
    left, right = _alike(_number(left), _number(right))
    if isinstance(operator, ast.Add):
        return pc.add(left, right)
    if isinstance(operator, ast.Sub):
        return pc.subtract(left, right)
    if isinstance(operator, ast.Mult):
        return pc.multiply(left, right)
    left, right = left.cast(pa.float64()), right.cast(pa.float64())
    if isinstance(operator, ast.Pow):
        return pc.power(left, right)
    ratio = pc.divide(left, right)
    if isinstance(operator, ast.Div):
        return ratio
    whole = pc.floor(ratio)
    if isinstance(operator, ast.FloorDiv):
        return whole
    return pc.subtract(left, pc.multiply(whole, right))


def _number(value: Any) -> Any:
    if _family(value) == "number" and not pa.types.is_boolean(value.type):
        return value
    if isinstance(value, pa.Scalar):
        return pa.scalar(None, pa.float64())
    return pa.nulls(len(value), pa.float64())


def _is_text(value: Any) -> bool:
    return _family(value) == "text"


def _family(value: Any) -> str:
    kind = value.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    return "moment" if pa.types.is_timestamp(kind) else "other"
