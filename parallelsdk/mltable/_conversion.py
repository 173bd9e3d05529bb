"""From one type to another: cells as text become typed Arrow arrays, and typed ones other types.

Alone, because in every direction a value that does not fit is missing and never an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from parallelsdk.mltable._date_format import DateFormat
from parallelsdk.mltable._definition import Column, ColumnType, TargetType
from parallelsdk.mltable._values import (
    as_bool,
    as_float,
    as_int,
    as_nanoseconds,
    as_truncated_int,
)
from parallelsdk.storage.uri import is_local

ARROW_TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "string": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "datetime": pa.timestamp("ns"),
    "stream_info": pa.string(),
}
STREAM_INFO: Final = b"parallelsdk.stream_info"  # marks a field whose texts are places of files
JSON_TEXT: Final = b"parallelsdk.json"  # marks a field whose texts are JSON values
MIXED: Final = b"parallelsdk.mixed"  # marks one of those whose values are of several kinds


def convert_texts(texts: Any, column: Column) -> Any:
    """The Arrow array of ``column`` that an Arrow array of strings stands for.

    Each distinct text is converted once; those that misfit, and nulls, are null.
    """
    if column.type == "string":
        return texts
    if column.given is not None:
        return convert_array(texts, column.given)
    return _by_distinct_text(texts, column.type, converter(column))


def plain_texts(values: Any) -> Any:
    """JSON values as the texts that they would be elsewhere: a text without its quotes."""
    texts = (None if value is None else json.loads(value) for value in values.to_pylist())
    plain = [t if t is None or isinstance(t, str) else json.dumps(t) for t in texts]
    return pa.array(plain, pa.string())


def convert_array(values: Any, target: TargetType) -> Any:
    """An Arrow array of any type as an array of ``target``; what does not fit is null."""
    kind = values.type
    if pa.types.is_null(kind):
        return _nulls(len(values), target)
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        values, kind = values.cast(pa.string()), pa.string()
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if target.kind == "string":
        return values if pa.types.is_string(kind) else _to_strings(values)
    if pa.types.is_string(kind):
        return _by_distinct_text(values, target.kind, from_text(target))
    if target.kind == "datetime" and pa.types.is_timestamp(kind):
        return values
    if target.kind == "datetime" and pa.types.is_date(kind):
        return values.cast(pa.timestamp("us"))  # which holds all years
    if target.kind == "bool" and target.true_values:
        return _by_distinct_text(_to_strings(values), "bool", from_text(target))
    if target.kind == "bool" and pa.types.is_boolean(kind):
        return values
    if is_number and target.kind == "bool":
        return pc.not_equal(values.cast(pa.float64()), pa.scalar(0.0))
    if is_number and target.kind == "float":
        return values.cast(pa.float64(), safe=False)
    if is_number and target.kind == "int":
        return _truncated(values)
    return _nulls(len(values), target)


def from_text(target: TargetType) -> Callable[[str], Any]:
    """From a text to the value that Arrow takes for the type; None where it misfits."""
    if target.kind == "int":
        return as_truncated_int
    if target.kind == "float":
        return as_float
    if target.kind == "bool":
        return _bool_reader(target)
    if target.kind == "datetime":
        return _date_reader(target)
    if target.kind == "stream_info":
        return lambda text: None if is_local(text) else text
    return lambda text: text


def converter(column: Column) -> Callable[[str], Any]:
    """From a cell's text to the value that Arrow takes for this column; None where it misfits."""
    if column.type == "bool":
        return as_bool
    if column.type == "int":
        return as_int
    if column.type == "float":
        return as_float
    if column.type == "datetime":
        return lambda text: as_nanoseconds(text, column.order)
    return lambda text: text


def _bool_reader(target: TargetType) -> Callable[[str], bool | None]:
    if not target.true_values:
        found = as_bool
        return lambda text: target.mismatch if (value := found(text)) is None else value
    words = dict.fromkeys(target.true_values, True) | dict.fromkeys(target.false_values, False)
    return lambda text: words.get(text, target.mismatch)


def _date_reader(target: TargetType) -> Callable[[str], int | None]:
    formats = [DateFormat.parse(text) for text in target.formats]

    def read(text: str) -> int | None:
        whole = target.date_constant + text
        found = (made.nanoseconds(whole) for made in formats)
        return next((value for value in found if value is not None), None)

    return read


def _by_distinct_text(texts: Any, kind: ColumnType, convert: Callable[[str], Any]) -> Any:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    encoded: Any = texts.dictionary_encode()
    values = [convert(text) for text in encoded.dictionary.to_pylist()]
    if kind == "datetime":
        converted: Any = pa.array(values, pa.int64()).cast(pa.timestamp("ns"))
    else:
        converted = pa.array(values, ARROW_TYPES[kind])
    return converted.take(encoded.indices)


def _nulls(count: int, target: TargetType) -> Any:
    kind: Any = ARROW_TYPES[target.kind]
    return pa.nulls(count, kind)


def _truncated(values: Any) -> Any:
    """Numbers without what stands behind the point; those that 64 bits do not hold are null."""
    if pa.types.is_integer(values.type) and values.type != pa.uint64():
        return values.cast(pa.int64())
    whole = pc.trunc(values.cast(pa.float64(), safe=False))
    low, high = pa.scalar(-(2.0**63)), pa.scalar(2.0**63)
    fits = pc.and_(pc.greater_equal(whole, low), pc.less(whole, high))
    return pc.if_else(fits, whole, None).cast(pa.int64(), safe=False)


def _to_strings(values: Any) -> Any:
    if pa.types.is_integer(values.type):
        return values.cast(pa.string())
    if pa.types.is_timestamp(values.type):
        return _moments_as_texts(values)
    texts = [None if value is None else _text_of(value) for value in values.to_pylist()]
    return pa.array(texts, pa.string())


def _moments_as_texts(values: Any) -> Any:
    """Moments as ``2020-01-02T03:04:05.500+00:00``: no digits of the second that say nothing."""
    parts = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[values.type.unit]  # of a second
    numbers = values.cast(pa.int64()).to_pylist()
    seconds = [None if value is None else value // parts for value in numbers]
    whole = pa.array(seconds, pa.int64()).cast(pa.timestamp("s")).cast(pa.string()).to_pylist()
    texts: list[str | None] = []
    for text, value in zip(whole, numbers, strict=True):
        if text is None:
            texts.append(None)
            continue
        digits = f"{value % parts * (10**9 // parts):09d}"
        while digits.endswith("000"):
            digits = digits[:-3]
        texts.append(text.replace(" ", "T") + (f".{digits}" if digits else "") + "+00:00")
    return pa.array(texts, pa.string())


def _text_of(value: Any) -> str:
    if isinstance(value, float):
        return _shortest(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def _shortest(value: float) -> str:
    """The shortest text that gives the same number, without exponent and without ``.0``."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
