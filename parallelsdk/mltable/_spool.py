"""Rows that had to be read while the table was cut, kept in Arrow files for the workers.

Alone, because it is the exception: where a mini-batch's rows lie in the files cannot be said in
bytes (they have a value in common, or stand behind a filter and are counted), they are read once,
written here in the order of the mini-batches, and mapped into memory by whoever needs them.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._checked_arrow import CheckedFile, CheckedWriter

Range = tuple[str, int, int]  # file, first row, row after the last


class SpoolWriter:
    """Appends tables to Arrow files in ``folder``: a new one whenever the columns change.

    A context manager; the files are whole when it ends without an error.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._count = 0
        self._writer: CheckedWriter | None = None
        self._stack = ExitStack()
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
            with ExitStack() as stack:
                self._writer = CheckedWriter(
                    stack.enter_context(open(self._path, "wb")), table.schema
                )
                self._stack = stack.pop_all()
        assert self._writer is not None
        # One batch, so that a range within it is one slice of memory.
        for batch in table.combine_chunks().to_batches():
            self._writer.write(batch)
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
        with self._stack:
            if self._writer is not None:
                self._writer.close()
            self._writer = None


class SpoolReader:
    """Reads ranges of rows; the file in hand stays mapped."""

    def __init__(self) -> None:
        self._path = ""
        self._file: CheckedFile | None = None

    def read(self, path: str, start: int, stop: int) -> Any:
        """The rows from ``start`` to below ``stop``. Raises DataException."""
        try:
            file = self._open(path)
            parts = []
            number = bisect_right(file.starts, start) - 1
            while start < stop:
                batch = file.batch(number)
                first = file.starts[number]
                part = batch.slice(start - first, min(stop - first, batch.num_rows) - start + first)
                parts.append(part)
                start += part.num_rows
                number += 1
            return pa.Table.from_batches(parts, file.schema)
        except (pa.ArrowException, ValueError, OSError, IndexError) as error:
            raise DataException(
                f"{path!r}, which holds rows of the job's input, is damaged ({error}). Submit the "
                "job anew.",
                target=ErrorTarget.DATA,
            ) from error

    def _open(self, path: str) -> CheckedFile:
        if self._file is None or path != self._path:
            self._file = CheckedFile(path)
            self._path = path
        return self._file


def _texts(column: Any) -> list[str | None]:
    return [None if value is None else str(value) for value in column.to_pylist()]
