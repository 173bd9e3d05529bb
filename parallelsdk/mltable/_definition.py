"""What a table is, decided once: reader, columns, types, and the steps its rows go through.

Alone, because it travels: planning decides it from the first rows, the file of mini-batches carries
it as JSON, and every worker reads by it; so a column's type cannot depend on where the cut fell.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

ColumnType = Literal["string", "int", "float", "bool", "datetime", "stream_info"]
Header = Literal[
    "no_header", "from_first_file", "all_files_same_headers", "all_files_different_headers"
]
Encoding = Literal["utf8", "latin1", "utf16"]
DtypeBackend = Literal["numpy", "numpy_nullable", "pyarrow"]

PATH_COLUMN = "Path"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a delimited file, or a key, and the type of all its values.

    ``order`` is that of dates: ymd, dmy or mdy.
    """

    name: str
    type: ColumnType
    order: str = "ymd"
    given: TargetType | None = None  # the author's type, with its options


@dataclass(frozen=True, slots=True)
class TargetType:
    """What convert_column_types makes of a column, with the options of that type."""

    kind: ColumnType
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    mismatch: bool | None = None  # None: what is neither is missing
    formats: tuple[str, ...] = ()
    date_constant: str = ""
    escaped: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """A type that the author gives a column of a delimited file, instead of one from its cells."""

    name: str
    type: TargetType


@dataclass(frozen=True, slots=True)
class DelimitedOptions:
    """The options of ``read_delimited``, checked."""

    delimiter: str = ","
    encoding: Encoding = "utf8"
    header: Header = "all_files_same_headers"
    empty_as_string: bool = False
    include_path_column: bool = False
    support_multi_line: bool = False
    infer: bool = True
    sample_size: int = 200
    overrides: tuple[Override, ...] = ()
    partition_size: int = 20 * 1024 * 1024

    @property
    def whole_files(self) -> bool:
        """Whether a file cannot be cut: line breaks are not where rows end, or not one byte."""
        return self.support_multi_line or self.encoding == "utf16"


@dataclass(frozen=True, slots=True)
class JsonLinesOptions:
    """The options of ``read_json_lines``, checked."""

    encoding: Encoding = "utf8"
    drop_invalid_lines: bool = False
    include_path_column: bool = False
    partition_size: int = 20 * 1024 * 1024

    @property
    def whole_files(self) -> bool:
        """Whether a file cannot be cut: a line break is more than one byte."""
        return self.encoding == "utf16"


@dataclass(frozen=True, slots=True)
class ParquetOptions:
    """The options of ``read_parquet``, and what a Delta table adds: the files of one version."""

    include_path_column: bool = False


@dataclass(frozen=True, slots=True)
class DeltaOptions:
    """The options of ``read_delta_lake``: which version of the table."""

    version_as_of: int | None = None
    timestamp_as_of: str | None = None
    include_path_column: bool = False


@dataclass(frozen=True, slots=True)
class SpoolOptions:
    """Rows that planning has read already, in Arrow files; a piece is a range of rows."""

    typed_nulls: bool = False  # of the files that they come from
    include_path_column: bool = False


ReaderOptions = DelimitedOptions | JsonLinesOptions | ParquetOptions | DeltaOptions


@dataclass(frozen=True)
class Selection:
    """A keep_columns or drop_columns step, or another step's choice of columns."""

    keeps: bool
    names: tuple[str, ...] = ()
    pattern: str | None = None

    def applied(self, columns: list[str]) -> list[str]:
        """The columns that stay, in the table's order; names that are not there do not matter."""
        return [name for name in columns if self.hits(name) == self.keeps]

    def hits(self, name: str) -> bool:
        """Whether the step names the column."""
        if self._compiled is not None:
            return self._compiled.search(name) is not None
        return name in self.names

    @cached_property
    def _compiled(self) -> re.Pattern[str] | None:
        return None if self.pattern is None else re.compile(self.pattern)


@dataclass(frozen=True, slots=True)
class Conversion:
    """A convert_column_types step: for each choice of columns the type that it gets."""

    entries: tuple[tuple[Selection, TargetType], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter step; the text is known to be a valid expression."""

    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A step that keeps the rows whose random number lies from ``low`` up to below ``high``."""

    low: float
    high: float
    seed: int


@dataclass(frozen=True, slots=True)
class RowRange:
    """A take or skip step over the whole table, in its order."""

    takes: bool
    count: int


@dataclass(frozen=True, slots=True)
class KeyColumns:
    """A partition format that stands after the reader: it appends its keys, as texts."""

    text: str


RowStep = Selection | Conversion | Filter | Sample | RowRange | KeyColumns


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """Everything that a worker must know to read its piece of the table.

    ``cells`` are the columns of delimited files: by position, or, with all_files_different_headers,
    by name. ``schema`` is the Arrow schema, as base64, of the columns of other files; ``mixed``
    names those whose type differs from file to file. ``keys`` come from the path and stand before
    the columns of the file. ``steps`` are what each row goes through; ``needed`` names the columns
    that a file has to give for that.
    """

    reader: ReaderOptions | SpoolOptions
    cells: tuple[Column, ...] = ()
    header_width: int = 0  # the columns that the first file's header names
    schema: str = ""
    mixed: tuple[str, ...] = ()
    keys: tuple[Column, ...] = ()
    partition_format: str | None = None
    steps: tuple[RowStep, ...] = ()
    needed: tuple[str, ...] = ()
    file_values: str = ""  # of a Delta table, JSON: file -> column that it does not hold -> text
    dtype_backend: DtypeBackend = "numpy"
    pandas: str = ""  # what pandas says of a frame that it wrote and no step has touched, as JSON

    @property
    def typed_nulls(self) -> bool:
        """Whether a column of missing values alone keeps the dtype of its type."""
        if isinstance(self.reader, SpoolOptions):
            return self.reader.typed_nulls
        return isinstance(self.reader, ParquetOptions | DeltaOptions)

    def to_json(self) -> str:
        """JSON text that ``from_json`` reads."""
        return json.dumps(_encode(self))

    @classmethod
    def from_json(cls, text: str) -> TableDefinition:
        """The definition that ``to_json`` wrote."""
        definition: TableDefinition = _decode(json.loads(text))
        return definition


def moved_definition(text: str, now: Callable[[bytes], bytes]) -> str:
    """The definition ``text`` with the files that it names where they lie ``now``."""
    definition = TableDefinition.from_json(text)
    if not definition.file_values:
        return text
    values = json.loads(definition.file_values)
    moved = {os.fsdecode(now(os.fsencode(path))): found for path, found in values.items()}
    return dataclasses.replace(definition, file_values=json.dumps(moved)).to_json()


_CLASSES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        Column,
        Override,
        DelimitedOptions,
        JsonLinesOptions,
        ParquetOptions,
        DeltaOptions,
        SpoolOptions,
        Selection,
        TargetType,
        Conversion,
        Filter,
        Sample,
        RowRange,
        KeyColumns,
        TableDefinition,
    )
}


def _encode(value: Any) -> Any:
    """Dataclasses as mappings that bear their names, so that nobody has to guess them."""
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    fields = {f.name: _encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return {"is": type(value).__name__, **fields}


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_decode, value))
    if isinstance(value, dict):
        kind = _CLASSES[value.pop("is")]
        return kind(**{name: _decode(item) for name, item in value.items()})
    return value
