"""Writes the mini-batches of one step, one by one, to the file that workers load them from.

Alone, because planning writes and workers read: only what stands in the file is common to both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Literal

from parallelsdk.data.block import Source, encode
from parallelsdk.data.plan_file import Metadata, PlanFileWriter
from parallelsdk.storage.state import UNKNOWN, FileState

Kind = Literal["files", "table"]

KIND_KEY: Final = b"parallelsdk.kind"
TABLE_KEY: Final = b"parallelsdk.table"  # the definition of a table
COPIES_KEY: Final = b"parallelsdk.copies"  # the folder whose files are the step's own
_BLOCK_MINI_BATCHES: Final = 4096
_BLOCK_SOURCES: Final = 65_536  # with paths of at most 4 KiB, a block stays below Arrow's 2 GiB


class MiniBatchWriter:
    """Writes mini-batches one by one; the file at ``path`` is complete or absent.

    ``table`` is the JSON text of the table's definition when the mini-batches are DataFrames.
    ``root`` is the workspace. Files below the folder ``copies`` are private copies of the step,
    kept with the states of their originals.
    """

    def __init__(
        self, path: str, *, kind: Kind = "files", table: str = "", root: str = "", copies: str = ""
    ) -> None:
        metadata: Metadata = {
            KIND_KEY: kind.encode(),
            TABLE_KEY: table.encode(),
            COPIES_KEY: os.fsencode(copies),
        }
        self._file = PlanFileWriter(path, metadata, root=root)
        self._sources: list[Sequence[Source]] = []
        self._states: list[Sequence[FileState]] = []
        self._items: list[int] = []
        self._first_items: list[int] = []
        self._partitions: list[Mapping[str, str] | None] = []
        self._pending_sources = 0
        self.count = 0
        self.items = 0  # of all mini-batches so far; -1 as soon as one is not counted

    def __enter__(self) -> MiniBatchWriter:
        self._file.__enter__()
        return self

    def add(
        self,
        sources: Sequence[Source],
        items: int = -1,
        partition: Mapping[str, str] | None = None,
        states: Sequence[FileState] = (),
    ) -> None:
        """Append the next mini-batch; its id is its place in the file, from 0.

        ``states`` are those of the sources' files, UNKNOWN when they are not given.
        """
        self._sources.append(sources)
        self._states.append(states or [UNKNOWN] * len(sources))
        self._items.append(items)
        self._first_items.append(self.items)
        self._partitions.append(partition)
        self._pending_sources += len(sources)
        self.count += 1
        self.items = self.items + items if items >= 0 and self.items >= 0 else -1
        if len(self._items) >= _BLOCK_MINI_BATCHES or self._pending_sources >= _BLOCK_SOURCES:
            self._flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._flush()
        except BaseException as failure:
            self._file.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._file.__exit__(kind, error, trace)

    def _flush(self) -> None:
        if not self._items:
            return
        columns = (self._sources, self._states, self._items, self._first_items, self._partitions)
        self._file.write(encode(*columns, self._file.schema))
        for column in columns:
            column.clear()
        self._pending_sources = 0
