"""From Arrow tables to one DataFrame, with the dtypes that the reference gives.

Alone, because pandas' dtypes depend on the rows at hand while the column's type does not: whole
numbers with missing ones are float64, booleans with missing ones objects, a column of nothing but
missing values is objects. Who wants one dtype everywhere asks for another ``dtype_backend``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._conversion import JSON_TEXT, STREAM_INFO
from parallelsdk.mltable._definition import PATH_COLUMN, DtypeBackend
from parallelsdk.mltable._stream_info import StreamInfo
from parallelsdk.rules.literals import is_text

_UNITS: Final = ("s", "ms", "us", "ns")
_NULLABLE: Final[dict[Any, Any]] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.float32(): pd.Float32Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.string(): pd.StringDtype(),
    pa.large_string(): pd.StringDtype(),
    pa.string_view(): pd.StringDtype(),
}


def to_frame(
    tables: Sequence[Any],
    dtype_backend: DtypeBackend = "numpy",
    *,
    typed_nulls: bool = False,
    pandas: str = "",
    objects: Sequence[str] = (),
) -> pd.DataFrame:
    """A fresh DataFrame of the rows of ``tables``, one after another.

    Its columns are the union of theirs; a column whose type is not the same in all of them holds
    objects. With ``typed_nulls`` a column of missing values alone has the dtype of its type, as
    those of Parquet files have; the columns ``objects`` hold objects in any case. It has a
    RangeIndex, unless ``pandas`` (what pandas wrote of a frame, as JSON) says of index and dtypes
    what they are.
    """
    table, mixed = _joined(tables)
    schema = table.schema
    plain = table if schema.metadata is None else table.replace_schema_metadata(None)
    if pandas and dtype_backend == "numpy":
        with suppress(TypeError, KeyError, ValueError, AttributeError, pa.ArrowException):
            return _as_written(plain, pandas)  # else what it says is not what pandas writes
    try:
        frame = _converted(plain, dtype_backend, typed_nulls)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise _unheld(plain, dtype_backend, error) from error
    for name in objects:
        if name in plain.column_names:
            mixed.setdefault(name, plain.column(name).to_pylist())
    for name, values in mixed.items():
        frame[name] = pd.Series(values, dtype=object)
    for place, field in enumerate(schema):
        if field.metadata and JSON_TEXT in field.metadata:
            frame[field.name] = _objects(table.column(place), json.loads)
        elif field.metadata and STREAM_INFO in field.metadata:
            frame[field.name] = _objects(table.column(place), StreamInfo.of)
    return frame


def text_values(values: Sequence[str]) -> pd.Series[Any]:
    """A column of texts; paths that are no valid UTF-8 make it one of objects."""
    try:
        return pd.Series(values, dtype="str")
    except UnicodeEncodeError:
        return pd.Series(values, dtype=object)


def restore_paths(frame: pd.DataFrame, paths: Sequence[str], rows: Sequence[int]) -> None:
    """Give the column of paths those that are no valid UTF-8, which Arrow cannot hold.

    ``rows`` says how many rows of the frame come from each of ``paths``.
    """
    if all(map(is_text, paths)):
        return
    frame[PATH_COLUMN] = text_values(
        [path for path, count in zip(paths, rows, strict=True) for _ in range(count)]
    )


def _converted(table: Any, dtype_backend: DtypeBackend, typed_nulls: bool) -> pd.DataFrame:
    if dtype_backend == "pyarrow":
        frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype, use_threads=False)
        return frame
    if dtype_backend == "numpy_nullable":
        frame = table.to_pandas(types_mapper=_NULLABLE.get, use_threads=False)
        return frame
    frame = table.to_pandas(use_threads=False)
    rows = table.num_rows
    for name, column in zip(table.column_names, table.columns, strict=True):
        if typed_nulls and not pa.types.is_null(column.type):
            continue
        if rows and column.null_count == rows:
            frame[name] = pd.Series([None] * rows, dtype=object)
    return frame


def _as_written(table: Any, pandas: str) -> pd.DataFrame:
    """The frame with the index and the dtypes that it had when pandas wrote it."""
    told = table.replace_schema_metadata({b"pandas": pandas.encode()})
    frame: pd.DataFrame = told.to_pandas(use_threads=False)
    return frame


def _unheld(table: Any, dtype_backend: DtypeBackend, error: Exception) -> DataException:
    """What to say of a table that pandas cannot hold: which column it is."""
    for name in table.column_names:
        try:
            _converted(table.select([name]), dtype_backend, typed_nulls=False)
        except (pa.ArrowException, ValueError, OverflowError) as own:
            kind = table.schema.field(name).type
            return DataException(
                f"The column {name!r} of type {kind} holds what pandas cannot: "
                f"{str(own).splitlines()[0]}. Leave it out with drop_columns.",
                target=ErrorTarget.DATA,
            )
    return DataException(f"pandas cannot hold the table: {error}", target=ErrorTarget.DATA)


def _joined(tables: Sequence[Any]) -> tuple[Any, dict[str, list[Any]]]:
    """One table, and the values of the columns that are of several types."""
    if len(tables) == 1:
        return tables[0], {}
    kinds: dict[str, set[Any]] = {}
    json_marks: dict[str, set[bool]] = {}
    for table in tables:
        for field in table.schema:
            kinds.setdefault(field.name, set())
            if not pa.types.is_null(field.type):
                kinds[field.name].add(field.type)
                json_marks.setdefault(field.name, set()).add(JSON_TEXT in (field.metadata or {}))
    tables = _in_one_unit(tables, kinds)
    doubtful = {name for name, found in kinds.items() if len(found) > 1}
    doubtful |= {name for name, marks in json_marks.items() if len(marks) > 1}
    mixed = {
        name: [value for table in tables for value in _values(table, name)] for name in doubtful
    }
    plain = [_without(table, doubtful) for table in tables]
    return pa.concat_tables(plain, promote_options="default"), mixed


def _in_one_unit(tables: Sequence[Any], kinds: dict[str, set[Any]]) -> list[Any]:
    """The tables with moments of one zone in one unit, where one holds all of them."""
    made = list(tables)
    for name, found in kinds.items():
        alike = len(found) > 1 and all(map(pa.types.is_timestamp, found))
        if not alike or len({kind.tz for kind in found}) > 1:
            continue
        for kind in sorted(found, key=lambda kind: _UNITS.index(kind.unit), reverse=True):
            try:
                made = [_with_type(table, name, kind) for table in made]
            except pa.ArrowInvalid:  # too far away for this unit, or too fine
                continue
            kinds[name] = {kind}
            break
    return made


def _with_type(table: Any, name: str, kind: Any) -> Any:
    if name not in table.column_names:
        return table
    place = table.column_names.index(name)
    return table.set_column(place, name, table.column(place).cast(kind))


def _values(table: Any, name: str) -> Iterable[Any]:
    if name in table.column_names:
        values: list[Any] = table.column(name).to_pylist()
        if JSON_TEXT in (table.schema.field(name).metadata or {}):
            return [None if value is None else json.loads(value) for value in values]
        return values
    return [None] * table.num_rows


def _without(table: Any, names: set[str]) -> Any:
    """The table with nothing in these columns, so that their place is kept."""
    for place, name in enumerate(table.column_names):
        if name in names:
            table = table.set_column(place, name, pa.nulls(table.num_rows))
    return table


def _objects(column: Any, make: Any) -> pd.Series[Any]:
    values = [None if value is None else make(value) for value in column.to_pylist()]
    return pd.Series(values, dtype=object)
