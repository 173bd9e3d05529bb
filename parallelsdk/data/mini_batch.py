"""The mini-batches of one step on disk: an Arrow file that says what each of them consists of.

Alone, because it is the border between planning and workers: a worker that knows this file's path
needs nothing else to load any mini-batch. It holds descriptions, never data, and is read through a
memory map, so a million mini-batches cost neither memory nor objects.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from parallelsdk.data.block import Block, IsSame, Source
from parallelsdk.data.input_state import StateOf, is_same, refuse_unreadable
from parallelsdk.data.mini_batch_writer import (
    COPIES_KEY,
    KIND_KEY,
    TABLE_KEY,
    Kind,
    MiniBatchWriter,
)
from parallelsdk.data.plan_file import PlanFile
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.state import UNKNOWN, UNREADABLE, FileState, change, state_of

if TYPE_CHECKING:
    from parallelsdk.data.tabular import TableLoader


SPOOLED = "rows that were read"  # the unit of parts that lie in no file of the user's


class LoadedMiniBatch(NamedTuple):
    """What ``run()`` gets, paths or a fresh DataFrame, and what the context tells of it."""

    value: Any  # list[str] or pandas.DataFrame
    items: int
    partition_key_value: dict[str, str] | None
    row_index_lower_bound: int | None  # None where nobody has counted the rows before


class MiniBatchTable:
    """The mini-batches that a MiniBatchWriter wrote, by id, from 0 to ``count`` - 1.

    A context manager; ``close`` lets go of the memory map. A damaged file raises DataException, a
    missing one OSError; an id that does not exist, IndexError. What is damaged is found when it is
    read; with ``whole`` at once.
    """

    def __init__(self, path: str, *, whole: bool = False) -> None:
        self._file = PlanFile(path, whole=whole)
        metadata = self._file.metadata
        self.kind: Kind = "table" if metadata.get(KIND_KEY) == b"table" else "files"
        self._definition = metadata.get(TABLE_KEY, b"").decode()
        if self.is_moved and self._definition:
            # Not imported above: lists of files have no definition.
            from parallelsdk.mltable._definition import moved_definition

            self._definition = moved_definition(self._definition, self._file.now)
        self._copies = self._file.now(metadata.get(COPIES_KEY, b""))
        self._is_same = self._is_own_or_same if self._copies else is_same
        self._starts = self._file.starts
        self.count = self._starts[-1]
        self._number = -1
        self._block: Block | None = None
        # The last one whose files were handed out as paths, where it is, and these files.
        self._handed_out: tuple[int, Block | None, int, list[bytes]] = (-1, None, -1, [])
        self._tabular: TableLoader | None = None

    def __enter__(self) -> MiniBatchTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; nothing can be read afterwards."""
        self._block, self._number = None, -1
        self._handed_out = (-1, None, -1, [])
        self._file.close()

    def prepare(self) -> None:
        """Import what ``load`` needs. A file list needs nothing; a table needs pandas (0.5 s)."""
        if self.kind == "table" and self._tabular is None:
            # Not imported above: drivers, and workers of file lists, must not pay for pandas.
            from parallelsdk.data.tabular import TableLoader

            self._tabular = TableLoader(self._definition)

    def load(self, mini_batch: int) -> LoadedMiniBatch:
        """Read one mini-batch. Raises DataException that names the file and the byte.

        So it does when a file is not what it was when the input was split.
        """
        block, row = self._find(mini_batch)
        partition = block.partition(row)
        first = block.first_item(row) if block.items(row) >= 0 else -1
        bound = first if first >= 0 else None
        if self.kind == "files":
            names = block.paths(row)
            for path in block.unreadable(row):
                refuse_unreadable(path)
            self._handed_out = mini_batch, block, row, names
            self._refuse_change(block, row, names)
            paths = [os.fsdecode(path) for path in names]
            return LoadedMiniBatch(paths, len(paths), partition, bound)
        frame = self._read(block, row)
        return LoadedMiniBatch(frame, len(frame), partition, bound)

    def change(self, mini_batch: int) -> str | None:
        """What has changed of its files since they were handed out as paths, None if nothing.

        The rows of a table were read by ``load``, and what happens afterwards changes none of them.
        """
        if self.kind == "table":
            return None
        number, block, row, names = self._handed_out
        if number != mini_batch or block is None:
            block, row = self._find(mini_batch)
            names = block.paths(row)
        return self._change(block, row, names)

    def states(self, mini_batch: int) -> Sequence[FileState]:
        """The states of the files of all its sources when the input was split."""
        block, row = self._find(mini_batch)
        return block.states(row)

    def differs(self, mini_batch: int, is_same: IsSame) -> bool:
        """Whether a file of it is not as it was planned; for one that was none, whether it is now.

        Rows of a table that nobody could read then are not read later either.
        """
        block, row = self._find(mini_batch)
        if block.find_other(row, block.paths(row), is_same) is not None:
            return True
        return self.kind == "files" and any(
            state_of(path) != UNREADABLE for path in block.unreadable(row)
        )

    @property
    def is_moved(self) -> bool:
        """Whether the workspace lies elsewhere than when this was written."""
        return self._file.is_moved

    @property
    def moved_into(self) -> tuple[bytes, ...]:
        """The folders, each with a slash behind it, whose files were moved or copied there."""
        return self._file.moved_into

    @property
    def root(self) -> str:
        """The workspace that it belongs to, where that lies now; empty when there is none."""
        return self._file.root

    @property
    def has_states(self) -> bool:
        """Whether there are any: plans of earlier releases have none."""
        return self.count == 0 or self._find(0)[0].has_states

    def items(self, mini_batch: int) -> int:
        """The number of files; -1 for rows, which are counted when they are read."""
        block, row = self._find(mini_batch)
        return block.items(row)

    def total_items(self) -> int:
        """The number of items of all mini-batches, -1 when they are not counted."""
        total = 0
        for number in range(len(self._starts) - 1):
            items = self._file.block(number).total_items
            if items < 0:
                return -1
            total += items
        return total

    def size(self, mini_batch: int) -> int:
        """Its bytes on disk; whole files are asked now, and those that are gone count nothing."""
        block, row = self._find(mini_batch)
        return sum(_size_of(source) for source in block.sources(row))

    def names(self, mini_batch: int, most: int = 5) -> list[str]:
        """Its first ``most`` sources for messages: paths, with the part where it is one.

        A part of a text file is told in bytes, one of a Parquet file in rows; what was read when
        the table was cut is told by what its rows have in common.
        """
        block, row = self._find(mini_batch)
        unit = self._unit()
        if unit == SPOOLED:
            return [_rows_of(block.partition(row), block.sources(row))]
        return [_name_of(source, unit) for source in block.sources(row, most)]

    def label(self, mini_batch: int, item: int = -1) -> str:
        """What it consists of, in a few words: the name of its file, and how many more.

        ``item`` is the place of the one that is talked about, if it is known.
        """
        block, row = self._find(mini_batch)
        partition = block.partition(row)
        if partition is not None:
            return _keys(partition)
        more = block.source_count(row) - 1
        if 0 <= item <= more:
            return f"at {self._called(self.names(mini_batch, item + 1)[item])}, one of {more + 1}"
        first = self._called(self.names(mini_batch, 1)[0])
        return first if more < 1 or self._unit() == SPOOLED else f"{first} and {more} more"

    def _called(self, name: str) -> str:
        """How a file is called below the folder that all files of the table have in common."""
        below = name.removeprefix(self._common_folder)
        return os.path.basename(name.rstrip("/")) if below in (name, "") else below

    @cached_property
    def _common_folder(self) -> str:
        """With a slash behind it; that of the first and the last one, as files are sorted."""
        ends = [self.paths(0)[0], self.paths(self.count - 1)[-1]]
        first, last = (without_secrets(os.fsdecode(path)) for path in ends)
        pairs = zip(first.split("/")[:-1], last.split("/")[:-1], strict=False)
        return "".join(f"{one}/" for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def _unit(self) -> str:
        """In what the parts of its sources are counted."""
        if self.kind == "files":
            return "bytes"
        # Not imported above: lists of files have no definition.
        from parallelsdk.mltable._definition import (
            DeltaOptions,
            ParquetOptions,
            SpoolOptions,
            TableDefinition,
        )

        options = TableDefinition.from_json(self._definition).reader
        if isinstance(options, SpoolOptions):
            return SPOOLED
        return "rows" if isinstance(options, ParquetOptions | DeltaOptions) else "bytes"

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

    def successor(self, path: str) -> MiniBatchWriter:
        """A writer of a table that takes the place of this one."""
        return MiniBatchWriter(
            path,
            kind=self.kind,
            table=self._definition,
            root=self.root,
            copies=os.fsdecode(self._copies),
        )

    def copy_into(self, writer: MiniBatchWriter, now: StateOf) -> None:
        """Add all mini-batches to ``writer``, their files in the state that they are in now.

        Files that nobody has compared so far, such as rows that lie beside the plan, stay so; so do
        files of a table whose rows nobody could read when it was cut.
        """
        kept: set[FileState] = {UNKNOWN} if self.has_states else set()
        if self.kind == "table":
            kept.add(UNREADABLE)
        for mini_batch in range(self.count):
            block, row = self._find(mini_batch)
            sources = block.sources(row)
            states = [
                state if state in kept else now(path)
                for (path, _, _), state in zip(sources, self.states(mini_batch), strict=True)
            ]
            writer.add(sources, block.items(row), block.partition(row), states)

    def _find(self, mini_batch: int) -> tuple[Block, int]:
        if not 0 <= mini_batch < self.count:
            raise IndexError(f"There is no mini-batch {mini_batch}; there are {self.count}.")
        number = bisect_right(self._starts, mini_batch) - 1
        if number != self._number or self._block is None:
            self._block = self._file.block(number)
            self._number = number
        return self._block, mini_batch - self._starts[number]

    def _read(self, block: Block, row: int) -> Any:
        """The rows of a table's mini-batch, all of the state that was planned."""
        self.prepare()
        assert self._tabular is not None
        for path in block.unreadable(row):
            raise self._tabular.explain(path)
        sources = block.sources(row)
        paths = [path for path, _, _ in sources]
        try:
            frame = self._tabular.load(sources)
        except Exception:
            self._refuse_change(block, row, paths)  # if it has changed, that is why
            raise
        self._refuse_change(block, row, paths)
        return frame

    def _change(self, block: Block, row: int, paths: Sequence[bytes]) -> str | None:
        place = block.find_other(row, paths, self._is_same)
        if place is None:
            return None
        return change(os.fsdecode(paths[place]), block.states(row)[place])

    def _is_own_or_same(self, path: bytes, size: int, mtime_ns: int, inode: int) -> bool:
        """Private copies are the step's own to change."""
        return path.startswith(self._copies) or is_same(path, size, mtime_ns, inode)

    def _refuse_change(self, block: Block, row: int, paths: Sequence[bytes]) -> None:
        found = self._change(block, row, paths)
        if found is not None:
            raise DataException(found, target=ErrorTarget.DATA)


def restate(path: str, now: StateOf) -> None:
    """Write the file at ``path`` anew with the states of all files as they are ``now``.

    So are their paths, if the workspace has been moved.
    """
    with MiniBatchTable(path, whole=True) as table, table.successor(path) as writer:
        table.copy_into(writer, now)


def _size_of(source: Source) -> int:
    path, start, stop = source
    if stop >= 0:
        return stop - start
    try:
        return max(0, os.stat(path).st_size - start)
    except OSError:
        return 0


def _name_of(source: Source, unit: str) -> str:
    path, start, stop = source
    name = without_secrets(os.fsdecode(path))
    return f"{name} ({unit} {start} to {stop})" if stop >= 0 else name


def _rows_of(partition: dict[str, str] | None, sources: Sequence[Source]) -> str:
    if partition is not None:
        return f"rows with {_keys(partition)}"
    return f"rows {sources[0][1]} to {sources[-1][2]} of those that the table's steps leave"


def _keys(partition: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in partition.items())
