"""Rows that had to be read while the table was cut, kept in Arrow files for the workers.

Alone, because it is the exception: where a mini-batch's rows lie in the files cannot be said in
bytes (they have a value in common, or stand behind a filter and are counted), they are read once,
written here in the order of the mini-batches, and mapped into memory by whoever needs them.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa
from pyarrow import ipc

from parallelsdk.exceptions import DataException, ErrorTarget

Range = tuple[str, int, int]  # file, first row, row after the last


class SpoolWriter:
    """Appends tables to Arrow files in ``folder``: a new one whenever the columns change.

    A context manager; the files are whole when it ends without an error.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._count = 0
        self._writer: Any = None
        self._schema: Any = None
        self._path = ""
        self._rows = 0

    def __enter__(self) -> SpoolWriter:
        os.makedirs(self._folder, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def add(self, table: Any) -> Range:
        """Write the rows of a table; where they lie."""
        if self._schema is None or not self._schema.equals(table.schema, check_metadata=True):
            self._close()
            self._path = os.path.join(self._folder, f"rows-{self._count}.arrow")
            self._count += 1
            self._schema, self._rows = table.schema, 0
            self._writer = ipc.new_file(self._path, table.schema)
        # One batch, so that a range within it is one slice of memory.
        for batch in table.combine_chunks().to_batches():
            self._writer.write_batch(batch)
        start, self._rows = self._rows, self._rows + table.num_rows
        return self._path, start, self._rows

    def add_groups(
        self, table: Any, keys: Sequence[str]
    ) -> Iterator[tuple[tuple[str | None, ...], Range]]:
        """Write the rows of a table sorted by their values of ``keys``; where those of each lie.

        Rows with the same values stay in their order. Values are told as texts.
        """
        texts = [_texts(table.column(key)) for key in keys]
        groups: dict[tuple[str | None, ...], list[int]] = {}
        for row, values in enumerate(zip(*texts, strict=True)):
            groups.setdefault(values, []).append(row)
        order = [row for rows in groups.values() for row in rows]
        path, start, _ = self.add(table.take(pa.array(order, pa.int64())))
        for values, rows in groups.items():
            yield values, (path, start, start + len(rows))
            start += len(rows)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class SpoolReader:
    """Reads ranges of rows; the file in hand stays mapped."""

    def __init__(self) -> None:
        self._path = ""
        self._file: Any = None
        self._starts: list[int] = []

    def read(self, path: str, start: int, stop: int) -> Any:
        """The rows from ``start`` to below ``stop``. Raises DataException."""
        try:
            if path != self._path:
                self._open(path)
            parts = []
            number = bisect_right(self._starts, start) - 1
            while start < stop:
                batch = self._file.get_batch(number)
                first = self._starts[number]
                part = batch.slice(start - first, min(stop - first, batch.num_rows) - start + first)
                parts.append(part)
                start += part.num_rows
                number += 1
            return pa.Table.from_batches(parts, self._file.schema)
        except (pa.ArrowException, OSError, IndexError) as error:
            raise DataException(
                f"{path!r}, which holds rows of the job's input, is damaged ({error}). Submit the "
                "job anew.",
                target=ErrorTarget.DATA,
            ) from error

    def _open(self, path: str) -> None:
        self._file = ipc.open_file(pa.memory_map(path))
        rows = (self._file.get_batch(n).num_rows for n in range(self._file.num_record_batches))
        self._starts = list(accumulate(rows, initial=0))
        self._path = path


def _texts(column: Any) -> list[str | None]:
    return [None if value is None else str(value) for value in column.to_pylist()]
