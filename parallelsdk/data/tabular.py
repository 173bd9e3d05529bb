"""Loads a table's mini-batch: its pieces become one fresh DataFrame.

Alone, because this is what brings pandas into a worker; file lists never come here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from parallelsdk.data.block import Source
from parallelsdk.mltable._conversion import convert_texts, text_values, to_frame
from parallelsdk.mltable._definition import PATH_COLUMN, Column, TableDefinition
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._reading import DelimitedReader


class TableLoader:
    """Loads mini-batches of the table whose definition is the JSON text ``definition``."""

    def __init__(self, definition: str) -> None:
        self._definition = TableDefinition.from_json(definition)
        self._reader = DelimitedReader(self._definition)
        text = self._definition.partition_format
        self._format = PartitionFormat.parse(text) if text is not None else None

    def load(self, sources: Sequence[Source]) -> pd.DataFrame:
        """The rows of the pieces, one after another. Raises DataException naming file and byte."""
        paths = [os.fsdecode(path) for path, _, _ in sources]
        pieces = [
            self._reader.read(path, start, stop)
            for path, (_, start, stop) in zip(paths, sources, strict=True)
        ]
        table = pa.concat_tables(pieces)
        output = self._definition.output
        cells = [name for name in table.column_names if name in output]
        frame = to_frame(table.select(cells))
        if not cells:
            frame = pd.DataFrame(index=pd.RangeIndex(table.num_rows))
        rows = [piece.num_rows for piece in pieces]
        for place, name in enumerate(output):
            if name not in cells:
                frame.insert(place, name, self._from_paths(name, paths, rows))
        return frame

    def _from_paths(self, name: str, paths: list[str], rows: list[int]) -> Any:
        """A column that is the path, or a part of it."""
        key = next((column for column in self._definition.keys if column.name == name), None)
        if key is None:
            assert name == PATH_COLUMN
            return text_values(_repeated(paths, rows))
        values = [self._key_value(key, path) for path in paths]
        texts = pa.array(_repeated(values, rows), pa.string())
        return to_frame(pa.table({name: convert_texts(texts, key)}))[name]

    def _key_value(self, key: Column, path: str) -> str | None:
        assert self._format is not None
        values = self._format.values(path)
        if values is None:
            return None
        if key.name == self._format.date_key:
            date = self._format.date(values[key.name])
            return None if date is None else date.isoformat(sep=" ")
        # Arrow's texts are UTF-8; a byte of the path that is none becomes a question mark.
        return os.fsencode(values[key.name]).decode("utf-8", "replace")


def _repeated(values: Sequence[Any], rows: Sequence[int]) -> list[Any]:
    return [value for value, count in zip(values, rows, strict=True) for _ in range(count)]
