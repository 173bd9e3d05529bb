"""A piece of a table, as it lies in a file, becomes rows: columns of the path added, steps done.

Alone, because here the readers of all kinds of files meet; nobody outside has to know which it is.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any, Protocol

import pyarrow as pa

from parallelsdk.mltable._definition import (
    PATH_COLUMN,
    DelimitedOptions,
    JsonLinesOptions,
    SpoolOptions,
    TableDefinition,
)
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._row_steps import RowSteps, key_texts, repeated


class FileReader(Protocol):
    """Reads a piece of a file as an Arrow table."""

    def read(self, path: str, start: int, stop: int) -> Any:
        """The rows from ``start`` to ``stop``: bytes, or rows of a Parquet file."""


class PieceReader:
    """Reads pieces of the table that ``definition`` describes, one after another."""

    def __init__(self, definition: TableDefinition) -> None:
        self._definition = definition
        self._needed = set(definition.needed)
        self._schema = read_schema(definition.schema) if definition.schema else pa.schema([])
        self._reader = _file_reader(definition, self._schema)
        self._steps = RowSteps(definition.steps)
        text = definition.partition_format
        self._format = PartitionFormat.parse(text) if text is not None else None
        self._file_values: dict[str, dict[str, str | None]] = json.loads(
            definition.file_values or "{}"
        )
        # Only JSON lines have columns that the first rows did not tell of.
        self._has_late = isinstance(definition.reader, JsonLinesOptions)

    @property
    def is_exhausted(self) -> bool:
        """Whether no further piece can add a row."""
        return self._steps.is_exhausted

    def read(self, path: str, start: int, stop: int) -> Any:
        """The Arrow table of the piece, after all steps. Raises DataException naming the file."""
        table = self._reader.read(path, start, stop)
        if isinstance(self._definition.reader, SpoolOptions):
            return table  # all of this was done when it was written
        table = self._with_path(table, path)
        return self._steps.apply(table, path, start)

    def nothing(self) -> Any:
        """The table of no rows that a table without files is."""
        return self._steps.apply(self._schema.empty_table(), "", 0)

    def _with_path(self, table: Any, path: str) -> Any:
        """The table with what the path says, and without what nobody needs."""
        columns = self._path_columns(path, table.num_rows)
        fields = [pa.field(name, values.type) for name, values in columns.items()]
        arrays = list(columns.values())
        known = set(self._schema.names)
        for place, field in enumerate(table.schema):
            is_late = self._has_late and field.name and field.name not in known
            if field.name in self._needed or is_late:
                fields.append(field)
                arrays.append(table.column(place))
        made = pa.table(arrays, schema=pa.schema(fields)) if fields else table
        return self._with_file_values(made, path) if self._file_values else made

    def _path_columns(self, path: str, rows: int) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        definition = self._definition
        if definition.reader.include_path_column and PATH_COLUMN in self._needed:
            columns[PATH_COLUMN] = pa.repeat(pa.scalar(shown_path(path), pa.string()), rows)
        if definition.keys and self._format is not None:
            texts = key_texts(self._format, path)
            for key in definition.keys:
                if key.name in self._needed:
                    columns[key.name] = repeated(texts[key.name], rows, key)
        return columns

    def _with_file_values(self, table: Any, path: str) -> Any:
        """A Delta table's columns whose values stand beside the name of the file, not in it."""
        rows = table.num_rows
        for name, text in self._file_values[path].items():
            if name in self._needed:
                kind = self._schema.field(name).type
                values = pa.repeat(pa.scalar(text, pa.string()).cast(kind), rows)
                if name in table.column_names:
                    table = table.set_column(table.column_names.index(name), name, values)
                else:
                    table = table.append_column(name, values)
        return table


def shown_path(path: str) -> str:
    """A path as a value of the column ``Path``; bytes that are no text become question marks."""
    return os.fsencode(path).decode("utf-8", "replace")


def write_schema(schema: Any) -> str:
    """An Arrow schema as text."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def read_schema(text: str) -> Any:
    """The schema that ``write_schema`` wrote."""
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def _file_reader(definition: TableDefinition, schema: Any) -> FileReader:
    options = definition.reader  # none is imported above: a worker needs one of them
    if isinstance(options, DelimitedOptions):
        from parallelsdk.mltable._reading import DelimitedReader

        return DelimitedReader(definition)
    if isinstance(options, SpoolOptions):
        from parallelsdk.mltable._spool import SpoolReader

        return SpoolReader()
    if isinstance(options, JsonLinesOptions):
        from parallelsdk.mltable._json_lines import JsonLinesReader

        return JsonLinesReader(options, schema)
    from parallelsdk.mltable._parquet import ParquetReader

    return ParquetReader(schema, definition.mixed, definition.needed)
