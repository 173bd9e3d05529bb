"""JSON Lines: which columns a table of them has, and the rows of a piece.

Alone, because two readers stand behind one promise here as well: Arrow's parser where a piece is
what the first rows promised, and line by line where it is not.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._conversion import ARROW_TYPES, JSON_TEXT, MIXED
from parallelsdk.mltable._definition import JsonLinesOptions
from parallelsdk.mltable._encoding import decode, mark_length
from parallelsdk.mltable._head import read_start
from parallelsdk.mltable._lines import count_lines
from parallelsdk.rules.literals import is_text
from parallelsdk.storage.reader import read_piece
from parallelsdk.storage.remote import without_secrets

_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**63 - 1
_DECODER: Final = json.JSONDecoder()
_EXPONENT: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]{3,}")
_ESCAPE, _BREAK, _OBJECT = b"\\\n{"  # as bytes of a file
_MOST_BLOCK: Final = 16 * 1024 * 1024
# The kinds of values that fit into a column, and the type that most of them have.
_PYTHON_TYPES: Final[Mapping[Any, tuple[tuple[_Kind, ...], type]]] = {
    pa.string(): (("string",), str),
    pa.int64(): (("int",), int),
    pa.float64(): (("float", "int"), float),
    pa.bool_(): (("bool",), bool),
}

Row = dict[str, Any]
_Kind = Literal["bool", "int", "float", "string", "json", "mixed"]


def infer_schema(rows: Sequence[Row]) -> Any:
    """The columns of these rows in first-seen order.

    Whole numbers and others make one column of numbers; other values of several kinds one in which
    each keeps its own.
    """
    kinds: dict[str, _Kind | None] = {}
    for row in rows:
        for name, value in row.items():
            kind, before = _kind(value), kinds.get(name)
            if before is None or kind is None:
                kinds[name] = kind or before
            elif kind != before:
                kinds[name] = "float" if {kind, before} == {"int", "float"} else "mixed"
    return pa.schema([_field(name, kind) for name, kind in kinds.items()])


class JsonLinesReader:
    """Reads pieces of files whose columns are those of ``schema``."""

    def __init__(self, options: JsonLinesOptions, schema: Any) -> None:
        self._options = options
        self._schema = schema
        self._is_plain = all(JSON_TEXT not in (field.metadata or {}) for field in schema)

    def read(self, path: str, start: int, stop: int) -> Any:
        """The rows in the bytes from ``start`` to ``stop``: the schema's columns, and new ones.

        Raises DataException with the file's name and the line for a line that is no object.
        """
        data = read_piece(path, start, stop)
        table = self._read_fast(data) if self._is_plain and data else None
        if table is not None:
            return table
        rows = list(self.rows(path, data, start))
        schema = self._schema
        if not set(schema.names).issuperset(chain.from_iterable(rows)):
            found = infer_schema(rows)
            for name in found.names:
                if name not in schema.names:
                    schema = schema.append(found.field(name))
        columns = [_column([row.get(field.name) for row in rows], field) for field in schema]
        if not columns:
            return pa.table({"": pa.nulls(len(rows))})
        return pa.table(
            [array for array, _ in columns], schema=pa.schema([field for _, field in columns])
        )

    def rows(self, path: str, data: bytes, start: int) -> Iterator[Row]:
        """The objects of the lines of ``data``, which lies at ``start`` in the file."""
        head = read_start(path, 4) if self._options.encoding == "utf16" else b""
        if start == 0:
            mark = mark_length(data, self._options.encoding)
            data, start = data[mark:], start + mark
        text = decode(data, self._options.encoding, path=path, offset=start, head=head)
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            row = _object(line)
            if row is not None:
                yield row
            elif not self._options.drop_invalid_lines:
                raise DataException(
                    f"{without_secrets(path)!r} has no JSON object in line {number} from byte "
                    f"{start}{_why(line)}: {line.strip()[:80]!r}. Mend it, or read with "
                    "invalid_lines: drop.",
                    target=ErrorTarget.DATA,
                )

    def _read_fast(self, data: bytes) -> Any:
        """The table by Arrow's parser, None where it would not follow the rules."""
        if self._options.encoding != "utf8" or not len(self._schema):
            return None
        lines = _lines_of_objects(data)
        if lines is None:  # Arrow's parser must not see lines that are no objects
            return None
        source: Any = pa.BufferReader(data)
        try:
            table = arrow_json.read_json(
                source,
                read_options=arrow_json.ReadOptions(
                    use_threads=False, block_size=max(1024, min(len(data), _MOST_BLOCK))
                ),
                parse_options=arrow_json.ParseOptions(
                    explicit_schema=self._schema, unexpected_field_behavior="error"
                ),
            )
        except (pa.ArrowException, ValueError):
            return None
        if table.num_rows != lines:  # of several objects in a line the first counts
            return None
        numbers = [c for c in table.columns if pa.types.is_floating(c.type)]
        if any(pc.any(pc.is_inf(column)).as_py() for column in numbers):
            return None  # a number that is too large
        return table.select(self._schema.names)


def _lines_of_objects(data: bytes) -> int | None:
    """How many lines there are, None when one is no object or may hold half a character."""
    found = np.frombuffer(data, np.uint8)
    if (found == _ESCAPE).any() and b"\\u" in data:
        return None
    starts = np.flatnonzero(found == _BREAK) + 1
    starts = starts[: len(starts) - data.endswith(b"\n")]
    if data.startswith(b"{") and (found[starts] == _OBJECT).all():
        return len(starts) + 1
    lines = count_lines(data)  # without the empty ones
    return lines if data.count(b"\n{") + data.startswith(b"{") == lines else None


def first_rows(path: str, options: JsonLinesOptions, block: int) -> list[Row]:
    """The rows in the first ``block`` bytes of a file, or its first row if that is longer."""
    reader = JsonLinesReader(options, pa.schema([]))
    data = read_start(path, block + 1)
    if len(data) > block:
        end = data.rfind(b"\n") + 1
        if not end:
            return first_rows(path, options, block * 4)
        data = data[:end] if options.encoding != "utf16" else data[: len(data) // 2 * 2]
    return list(reader.rows(path, data, 0))


def _object(line: str) -> Row | None:
    """The object with which a line begins; what follows it does not matter."""
    try:
        value, _ = _DECODER.raw_decode(line.strip())
    except (ValueError, RecursionError):
        return None
    if _why(line) or not isinstance(value, dict):
        return None
    return value


def _why(line: str) -> str:
    """What no value can be made of, although it is JSON."""
    if "\\u" in line and not is_text(_decoded(line)):
        return ", which holds half a character"
    if any(math.isinf(float(number)) for number in _EXPONENT.findall(line)):
        return ", which holds a number that is too large"
    return ""


def _decoded(line: str) -> str:
    """The texts of a line, in which no escape stands any more."""
    try:
        return json.dumps(_DECODER.raw_decode(line.strip())[0], ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def _kind(value: Any) -> _Kind | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if _INT_MIN <= value <= _INT_MAX else "float"
    if isinstance(value, float):
        return "float"
    return "string" if isinstance(value, str) else "json"


def _field(name: str, kind: _Kind | None) -> Any:
    if kind == "json" or kind == "mixed":
        marks = {JSON_TEXT: b"", **({MIXED: b""} if kind == "mixed" else {})}
        return pa.field(name, pa.string(), metadata=marks)
    return pa.field(name, ARROW_TYPES[kind or "string"])


def _column(values: Sequence[Any], field: Any) -> tuple[Any, Any]:
    """The values as the field has them; where some are of another kind, each as its own."""
    if JSON_TEXT not in (field.metadata or {}):
        allowed, python_type = _PYTHON_TYPES[field.type]
        if set(map(type, values)) <= {python_type, type(None)}:
            with suppress(OverflowError, pa.ArrowInvalid):  # a whole number of more than 64 bits
                return pa.array(values, field.type), field
        if all(value is None or _kind(value) in allowed for value in values):
            if field.type == pa.float64():
                values = [None if value is None else float(value) for value in values]
            return pa.array(values, field.type), field
        if all(value is None or _kind(value) in ("int", "float") for value in values):
            return _numbers(values, field.name)
        field = _field(field.name, "mixed")
    elif any(not isinstance(value, dict | list | None) for value in values):
        field = _field(field.name, "mixed")
    texts = [None if value is None else json.dumps(value) for value in values]
    return pa.array(texts, pa.string()), field


def _numbers(values: Sequence[Any], name: str) -> tuple[Any, Any]:
    """Numbers of which not all are whole, or not of 64 bits."""
    numbers = [None if value is None else float(value) for value in values]
    return pa.array(numbers, pa.float64()), pa.field(name, pa.float64())
