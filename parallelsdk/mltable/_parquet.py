"""Parquet files: their schemas and row groups for planning, and rows of them for workers.

Alone, because a Parquet file is not cut at bytes: a piece is a range of its rows, and whoever reads
one range after another goes on in the row group that is open instead of decoding it anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from typing import Any, Final

import pyarrow as pa
from pyarrow import parquet

from parallelsdk.exceptions import DataException, ErrorTarget, UnreadableFileError
from parallelsdk.storage.reader import is_empty, open_file
from parallelsdk.storage.remote import without_secrets

_BATCH_ROWS: Final = 65_536  # decoded at once, unless they have more bytes than
_BATCH_BYTES: Final = 8 * 1024 * 1024
_FETCHED_WHOLE: Final = 64 * 1024 * 1024  # a row group's bytes without compression, at the most
_FETCHED_AT_ONCE: Final = 32 * 1024 * 1024  # of the stored bytes of a larger one
_SUMMARY: Final = "_metadata"  # beside the files of a folder: tells their row groups, has no rows
_DIGITS: Final = 20  # of the largest whole number of 64 bits
_MOST_DIGITS: Final = 38  # of a decimal128
_UNITS: Final[tuple[Any, ...]] = ("s", "ms", "us", "ns")  # of moments, the coarsest first


@dataclass(frozen=True, slots=True)
class FileShape:
    """The columns of a file, and for each row group its rows and its bytes without compression.

    ``pandas`` is what pandas wrote of the index and the dtypes, if it wrote the file.
    """

    schema: Any
    row_groups: tuple[tuple[int, int], ...]
    pandas: str = ""

    @property
    def rows(self) -> int:
        """The rows of all row groups."""
        return sum(rows for rows, _ in self.row_groups)


def file_shape(path: str) -> FileShape:
    """What the end of a Parquet file says of it; one of no bytes, or a summary, holds no rows.

    Raises DataException, also when two columns have one name.
    """
    try:
        with _Opened(path) as file:
            groups = [] if path.endswith(f"/{_SUMMARY}") else _row_groups(file.metadata)
            sizes = tuple((group.num_rows, group.total_byte_size) for group in groups)
            schema = _plain(file.schema_arrow)
            told = (file.schema_arrow.metadata or {}).get(b"pandas", b"").decode("utf-8", "replace")
    except UnreadableFileError:
        if not is_empty(path):
            raise
        return FileShape(pa.schema([]), ())  # such as _SUCCESS
    _refuse_doubled(path, schema)
    return FileShape(schema, sizes, told)


def _refuse_doubled(path: str, schema: Any) -> None:
    doubled = sorted(name for name, count in Counter(schema.names).items() if count > 1)
    if doubled:
        raise UnreadableFileError(
            f"{without_secrets(path)!r} has several columns called {', '.join(doubled)}; give each "
            "a name of its own.",
            target=ErrorTarget.DATA,
        )


def cut_rows(path: str, shape: FileShape, size: int | None) -> Iterator[tuple[str, int, int]]:
    """The pieces of a file: its row groups, and equal parts of those with over ``size`` bytes."""
    first = 0
    for rows, weight in shape.row_groups:
        parts = 1 if size is None else max(1, min(rows, -(-weight // size)))
        cuts = [first + rows * n // parts for n in range(parts + 1)]
        for start, stop in pairwise(cuts):
            if start < stop:
                yield path, start, stop
        first += rows


def unify(shapes: Mapping[str, FileShape]) -> tuple[Any, tuple[str, ...]]:
    """The columns of all files in first-seen order, and those whose types do not go together.

    ``shapes`` has one of each path. What a file without rows says of a type counts where no other
    has the column; a file is asked for more where moments have several units.
    """
    kinds: dict[str, list[Any]] = {}
    spare: dict[str, list[Any]] = {}
    for shape in shapes.values():
        for field in shape.schema:
            kinds.setdefault(field.name, [])
            found = (kinds if shape.rows else spare).setdefault(field.name, [])
            if field.type not in found:
                found.append(field.type)
    fields, mixed = [], []
    schemas = {path: shape.schema for path, shape in shapes.items() if shape.rows}
    for name, of_rows in kinds.items():
        found = of_rows or spare[name]
        kind = _common(found)
        if kind is None or (len(found) > 1 and _overflows(schemas, name, kind)):
            mixed.append(name)
            kind = None
        fields.append(pa.field(name, pa.null() if kind is None else kind))
    return pa.schema(fields), tuple(mixed)


def _overflows(schemas: Mapping[str, Any], name: str, kind: Any) -> bool:
    """Whether a file holds moments that are too far away for the type ``kind``, as it says."""
    if not pa.types.is_timestamp(kind):
        return False
    for path, schema in schemas.items():
        place = schema.get_field_index(name)
        if place < 0 or schema.field(place).type in (pa.null(), kind):
            continue
        with _Opened(path) as file:
            ends = pa.array(_ends(file.metadata, name), pa.int64())
        try:
            _stored_moments(ends, schema.field(place).type).cast(pa.timestamp(kind.unit))
        except pa.ArrowInvalid:
            return True
    return False


def _ends(metadata: Any, name: str) -> Iterator[int]:
    """The least and the greatest value of a column in each row group, as they are stored."""
    columns = range(metadata.num_columns)
    place = next(place for place in columns if metadata.schema.column(place).path == name)
    for group in _row_groups(metadata):
        statistics = group.column(place).statistics
        if statistics is not None and statistics.has_min_max:
            yield from (statistics.min_raw, statistics.max_raw)


def _stored_moments(values: Any, kind: Any) -> Any:
    """Whole numbers as Parquet stores dates and moments: it has no seconds."""
    if pa.types.is_date(kind):
        return values.cast(pa.int32()).cast(pa.date32()).cast(pa.timestamp("s"))
    return values.cast(pa.timestamp("ms" if kind.unit == "s" else kind.unit))


class ParquetReader:
    """Reads ranges of rows as tables of the table's ``schema``; one file is open at a time."""

    def __init__(self, schema: Any, mixed: Sequence[str], needed: Sequence[str]) -> None:
        chosen = set(needed)
        self._fields = [field for field in schema if field.name in chosen]
        self._mixed = set(mixed)
        self._opened: _Opened | None = None
        self._rows: _RowStream | None = None

    def read(self, path: str, start: int, stop: int) -> Any:
        """The rows from ``start`` to below ``stop`` of a file. Raises DataException."""
        try:
            return self._read(path, start, stop)
        except (pa.ArrowException, OSError) as error:
            self.close()
            raise _damaged(path, error) from error

    def close(self) -> None:
        """Let go of the open file."""
        if self._opened is not None:
            self._opened.close()
        self._opened = self._rows = None

    def _read(self, path: str, start: int, stop: int) -> Any:
        if self._opened is None or self._opened.path != path:
            self.close()
            self._opened = _Opened(path)
            self._rows = None
        file = self._opened.file
        if stop > file.metadata.num_rows:
            raise DataException(
                f"{without_secrets(path)!r} holds {file.metadata.num_rows} rows; when planned, it "
                f"held {stop}.",
                target=ErrorTarget.DATA,
            )
        names = set(file.schema_arrow.names)
        missing = [name for name in self._mixed if name not in names]
        wanted = [field.name for field in self._fields if field.name in names]
        if self._rows is None or not self._rows.can_reach(start):
            self._rows = _RowStream(file, wanted, start)
        table = self._rows.take(start, stop)
        return self._completed(table, stop - start, missing)

    def _completed(self, table: Any, rows: int, missing: Sequence[str]) -> Any:
        """The table's columns in their order and types; what the file has not is null."""
        found = dict(zip(table.column_names, table.columns, strict=True))
        arrays, fields = [], []
        for field in self._fields:
            values = found.get(field.name)
            if field.name in self._mixed and values is not None:
                field = pa.field(field.name, values.type)
            elif values is None:
                values = pa.nulls(rows, field.type)
            elif values.type != field.type:
                values = _fitting(values, field.type)
                field = pa.field(field.name, values.type)
            arrays.append(values)
            fields.append(field)
        if not fields:
            return _rows_only(rows)
        return pa.table(arrays, schema=pa.schema(fields))


class _RowStream:
    """Batches of a file from a row group on, handed out as ranges that follow one another."""

    def __init__(self, file: Any, columns: list[str], start: int) -> None:
        groups = list(_row_groups(file.metadata))
        # The first row of each row group, and the one after all.
        self._firsts: list[int] = list(accumulate((group.num_rows for group in groups), initial=0))
        number = self._group_of(start)
        self._place = self._firsts[number]
        # One group after another: what is fetched ahead for one is let go with it.
        self._batches = chain.from_iterable(
            file.iter_batches(
                batch_size=_batch_rows(groups[n]),
                row_groups=[n],
                columns=columns,
                use_threads=False,
            )
            for n in range(number, len(groups))
        )
        self._rest: Any = None  # of the batch in hand; its first row is ``_place``

    def can_reach(self, start: int) -> bool:
        """Whether going on from here is not dearer than beginning at the right row group."""
        return self._firsts[self._group_of(start)] <= self._place <= start

    def _group_of(self, row: int) -> int:
        return bisect_right(self._firsts, row) - 1

    def take(self, start: int, stop: int) -> Any:
        parts = []
        while self._place < stop:
            if self._rest is None or self._rest.num_rows == 0:
                self._rest = next(self._batches)
            skipped = min(self._rest.num_rows, max(0, start - self._place))
            self._rest, self._place = self._rest.slice(skipped), self._place + skipped
            count = min(self._rest.num_rows, stop - self._place)
            if self._place >= start and count:
                parts.append(self._rest.slice(0, count))
                self._rest, self._place = self._rest.slice(count), self._place + count
        schema = self._rest.schema if self._rest is not None else None
        return pa.Table.from_batches(parts, schema).replace_schema_metadata(None)


class _Opened:
    """An open Parquet file; a context manager."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._source = open_file(path)
        try:
            metadata = parquet.read_metadata(self._source)
            # Row groups that fit are fetched whole, which asks a store a few times only.
            # Nothing is asked of columns: not all that a valid file says of them can be looked at.
            sizes = (group.total_byte_size for group in _row_groups(metadata))
            fits = max(sizes, default=0) <= _FETCHED_WHOLE
            self.file = parquet.ParquetFile(
                self._source,
                metadata=metadata,
                pre_buffer=fits,
                buffer_size=0 if fits else _FETCHED_AT_ONCE // max(1, metadata.num_columns),
            )
        except (pa.ArrowException, OSError) as error:
            self._source.close()
            raise _damaged(path, error) from error

    def __enter__(self) -> Any:
        return self.file

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()
        self._source.close()


def _row_groups(metadata: Any) -> Iterator[Any]:
    return map(metadata.row_group, range(metadata.num_row_groups))


def _batch_rows(group: Any) -> int:
    """So many rows of a row group are decoded at once."""
    fitting: int = group.num_rows * _BATCH_BYTES // max(1, group.total_byte_size)
    return max(1, min(_BATCH_ROWS, fitting))


def _common(kinds: Sequence[Any]) -> Any:
    """The type that holds the values of all these types, None when there is none.

    Whole numbers and others become double, as the reference does; nothing else loses a digit.
    """
    told = [kind for kind in kinds if not pa.types.is_null(kind)]
    if len(told) <= 1:
        return told[0] if told else pa.null()
    if all(map(pa.types.is_integer, told)):
        return _common_integer(told)
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in told):
        return pa.float64()
    if all(pa.types.is_integer(kind) or pa.types.is_decimal(kind) for kind in told):
        return _common_decimal(told)
    if all(map(_is_bytes, told)):
        return pa.large_binary()
    if all(map(_is_text_or_bytes, told)):
        return None if any(map(_is_bytes, told)) else pa.large_string()
    if all(pa.types.is_timestamp(kind) or pa.types.is_date(kind) for kind in told):
        return _common_moment(told)
    try:
        fields = [pa.schema([pa.field("x", kind)]) for kind in told]
        return pa.unify_schemas(fields, promote_options="permissive").field(0).type
    except (pa.ArrowException, TypeError):
        return None


def _is_bytes(kind: Any) -> bool:
    of_any = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(of_kind(kind) for of_kind in (*of_any, pa.types.is_binary_view))


def _is_text_or_bytes(kind: Any) -> bool:
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return _is_bytes(kind) or any(of_kind(kind) for of_kind in texts)


def _common_integer(kinds: Sequence[Any]) -> Any:
    """uint64 holds no sign, and int64 not all of uint64: what holds both is a decimal number."""
    if pa.uint64() not in kinds:
        return pa.int64()
    if all(map(pa.types.is_unsigned_integer, kinds)):
        return pa.uint64()
    return pa.decimal128(_DIGITS, 0)


def _common_decimal(kinds: Sequence[Any]) -> Any:
    """As many digits before and behind the point as any has; float64 if those are too many."""
    behind = max(kind.scale for kind in kinds if pa.types.is_decimal(kind))
    before = max(
        kind.precision - kind.scale if pa.types.is_decimal(kind) else _DIGITS for kind in kinds
    )
    if before + behind <= _MOST_DIGITS:
        return pa.decimal128(before + behind, behind)
    return pa.decimal256(before + behind, behind) if before + behind <= 76 else pa.float64()


def _common_moment(kinds: Sequence[Any]) -> Any:
    """The finest unit; the zone of all of them, or UTC, in which those without one are taken."""
    moments = [kind for kind in kinds if pa.types.is_timestamp(kind)]
    if not moments:
        return pa.date64()
    unit = max((kind.unit for kind in moments), key=_UNITS.index)
    zones = {kind.tz for kind in moments} | ({None} if len(moments) < len(kinds) else set())
    zone = zones.pop() if len(zones) == 1 else "UTC"
    return pa.timestamp(unit, zone)


def _fitting(values: Any, kind: Any) -> Any:
    """The values in the type ``kind``; moments that a unit cannot hold in the next coarser one.

    Whole numbers become the doubles that are nearest; what a nested type cannot hold stays.
    """
    if pa.types.is_nested(kind):
        try:
            return values.cast(kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return values
    if not pa.types.is_timestamp(kind):
        return values.cast(kind, safe=not pa.types.is_floating(kind))
    for unit in _UNITS[_UNITS.index(kind.unit) :: -1]:
        try:
            return values.cast(pa.timestamp(unit, kind.tz))
        except pa.ArrowInvalid:
            if unit == _UNITS[0]:
                raise
    raise AssertionError("unreachable: the last unit returns or raises")


def _plain(schema: Any) -> Any:
    """Dictionaries are how values are stored, not what they are."""
    fields = [
        pa.field(
            field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        )
        for field in schema
    ]
    return pa.schema(fields)


def _rows_only(rows: int) -> Any:
    """A table that tells a number of rows and nothing else."""
    return pa.table({"": pa.nulls(rows)})


def _damaged(path: str, error: Exception) -> UnreadableFileError:
    text = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return UnreadableFileError(
        f"{without_secrets(path)!r} is no readable Parquet file: {text}.", target=ErrorTarget.DATA
    )
