"""The mini-batches of one step on disk: an Arrow file that says what each of them consists of.

Alone, because it is the border between planning and workers: a worker that knows this file's path
needs nothing else to load any mini-batch. It holds descriptions, never data, and is read through a
memory map, so a million mini-batches cost neither memory nor objects.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal

import pyarrow as pa
from pyarrow import ipc

from parallelsdk.data.block import FIELDS, Block, Source, encode
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.transfer import replacing

if TYPE_CHECKING:
    from parallelsdk.data.tabular import TableLoader

Kind = Literal["files", "table"]

_KIND_KEY: Final = b"parallelsdk.kind"
_TABLE_KEY: Final = b"parallelsdk.table"
_BLOCK_MINI_BATCHES: Final = 4096
_BLOCK_SOURCES: Final = 65_536  # with paths of at most 4 KiB, a block stays below Arrow's 2 GiB


@dataclass(frozen=True, slots=True)
class LoadedMiniBatch:
    """What ``run()`` gets, paths or a fresh DataFrame, and what the context tells of it."""

    value: Any  # list[str] or pandas.DataFrame
    items: int
    partition_key_value: dict[str, str] | None
    row_index_lower_bound: int | None  # None where nobody has counted the rows before


class MiniBatchWriter:
    """Writes mini-batches one by one; the file at ``path`` is complete or absent.

    ``table`` is the JSON text of the table's definition when the mini-batches are DataFrames.
    """

    def __init__(self, path: str, *, kind: Kind = "files", table: str = "") -> None:
        self._path = path
        metadata: dict[bytes | str, bytes | str] = {
            _KIND_KEY: kind.encode(),
            _TABLE_KEY: table.encode(),
        }
        self._schema = pa.schema(list(FIELDS), metadata=metadata)
        self._stack = ExitStack()
        self._sources: list[Sequence[Source]] = []
        self._items: list[int] = []
        self._first_items: list[int] = []
        self._partitions: list[Mapping[str, str] | None] = []
        self._pending_sources = 0
        self.count = 0
        self.items = 0  # of all mini-batches so far; -1 as soon as one is not counted

    def __enter__(self) -> MiniBatchWriter:
        with ExitStack() as stack:
            partial = stack.enter_context(replacing(self._path))
            file = stack.enter_context(open(partial, "xb"))
            self._writer = stack.enter_context(ipc.new_file(file, self._schema))
            self._stack = stack.pop_all()
        return self

    def add(
        self,
        sources: Sequence[Source],
        items: int = -1,
        partition: Mapping[str, str] | None = None,
    ) -> None:
        """Append the next mini-batch; its id is its place in the file, from 0."""
        self._sources.append(sources)
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
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._flush()

    def _flush(self) -> None:
        if not self._items:
            return
        self._writer.write_batch(
            encode(self._sources, self._items, self._first_items, self._partitions, self._schema)
        )
        for column in (self._sources, self._items, self._first_items, self._partitions):
            column.clear()
        self._pending_sources = 0


class MiniBatchTable:
    """The mini-batches that a MiniBatchWriter wrote, by id, from 0 to ``count`` - 1.

    A context manager; ``close`` lets go of the memory map. A damaged file raises DataException, a
    missing one OSError; an id that does not exist, IndexError.
    """

    def __init__(self, path: str) -> None:
        self._map = pa.memory_map(path)
        try:
            self._reader = ipc.open_file(self._map)
        except (pa.ArrowInvalid, OSError) as error:
            self._map.close()
            raise DataException(
                f"{path} is damaged ({error}). It says how the input was cut, so the job cannot go "
                "on; submit it anew. What is committed lies beside it, untouched.",
                target=ErrorTarget.DATA,
            ) from error
        metadata = self._reader.schema.metadata or {}
        self.kind: Kind = "table" if metadata.get(_KIND_KEY) == b"table" else "files"
        self._definition = metadata.get(_TABLE_KEY, b"").decode()
        self._starts = [0]
        for number in range(self._reader.num_record_batches):
            self._starts.append(self._starts[-1] + self._reader.get_batch(number).num_rows)
        self.count = self._starts[-1]
        self._number = -1
        self._block: Block | None = None
        self._tabular: TableLoader | None = None

    def __enter__(self) -> MiniBatchTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; nothing can be read afterwards."""
        self._block, self._number = None, -1
        del self._reader
        self._map.close()

    def prepare(self) -> None:
        """Import what ``load`` needs. A file list needs nothing; a table needs pandas (0.5 s)."""
        if self.kind == "table" and self._tabular is None:
            # Not imported above: drivers, and workers of file lists, must not pay for pandas.
            from parallelsdk.data.tabular import TableLoader

            self._tabular = TableLoader(self._definition)

    def load(self, mini_batch: int) -> LoadedMiniBatch:
        """Read one mini-batch. Raises DataException that names the file and the byte."""
        block, row = self._find(mini_batch)
        partition = block.partition(row)
        if self.kind == "files":
            paths = [os.fsdecode(path) for path in block.paths(row)]
            first = block.first_item(row)
            return LoadedMiniBatch(paths, len(paths), partition, first if first >= 0 else None)
        self.prepare()
        assert self._tabular is not None
        frame = self._tabular.load(block.sources(row))
        first = block.first_item(row) if block.items(row) >= 0 else -1
        return LoadedMiniBatch(frame, len(frame), partition, first if first >= 0 else None)

    def items(self, mini_batch: int) -> int:
        """The number of files; -1 for rows, which are counted when they are read."""
        block, row = self._find(mini_batch)
        return block.items(row)

    def total_items(self) -> int:
        """The number of items of all mini-batches, -1 when they are not counted."""
        total = 0
        for number in range(len(self._starts) - 1):
            items = Block(self._reader.get_batch(number)).total_items
            if items < 0:
                return -1
            total += items
        return total

    def size(self, mini_batch: int) -> int:
        """Its bytes on disk; whole files are asked now, and those that are gone count nothing."""
        block, row = self._find(mini_batch)
        return sum(_size_of(source) for source in block.sources(row))

    def names(self, mini_batch: int, most: int = 5) -> list[str]:
        """Its first ``most`` sources for messages: paths, with the bytes where it is a part."""
        block, row = self._find(mini_batch)
        return [_name_of(source) for source in block.sources(row, most)]

    def paths(self, mini_batch: int) -> list[bytes]:
        """The files of all its sources."""
        block, row = self._find(mini_batch)
        return block.paths(row)

    def detail(self, mini_batch: int) -> dict[str, Any]:
        """What the report says of it; JSON can hold it."""
        block, row = self._find(mini_batch)
        result: dict[str, Any] = {
            "id": mini_batch,
            "sources": self.names(mini_batch),
            "source_count": block.source_count(row),
        }
        partition = block.partition(row)
        if partition is not None:
            result["partition"] = partition
        return result

    def _find(self, mini_batch: int) -> tuple[Block, int]:
        if not 0 <= mini_batch < self.count:
            raise IndexError(f"There is no mini-batch {mini_batch}; there are {self.count}.")
        number = bisect_right(self._starts, mini_batch) - 1
        if number != self._number or self._block is None:
            self._block = Block(self._reader.get_batch(number))
            self._number = number
        return self._block, mini_batch - self._starts[number]


def _size_of(source: Source) -> int:
    path, start, stop = source
    if stop >= 0:
        return stop - start
    try:
        return max(0, os.stat(path).st_size - start)
    except OSError:
        return 0


def _name_of(source: Source) -> str:
    path, start, stop = source
    name = without_secrets(os.fsdecode(path))
    return f"{name} (bytes {start} to {stop})" if stop >= 0 else name
