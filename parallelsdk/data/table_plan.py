"""How a table becomes mini-batches: by bytes, by rows, or by what rows have in common.

Alone, because a table is cut by other rules than a list of files. Most tables are cut without
being read. Where a mini-batch's rows cannot be told by places in files, they are read once and
spooled beside the mini-batches.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from parallelsdk.data.block import Source
from parallelsdk.data.grouping import group_files, no_such_key, path_keys
from parallelsdk.data.input_state import Original
from parallelsdk.exceptions import DataException, ErrorTarget, UnreadableFileError
from parallelsdk.mltable._cutting import Bounds, Cutter, Piece
from parallelsdk.mltable._definition import (
    DtypeBackend,
    Filter,
    RowRange,
    Sample,
    SpoolOptions,
    TableDefinition,
)
from parallelsdk.mltable._piece_reader import PieceReader
from parallelsdk.mltable._recipe import Recipe
from parallelsdk.mltable._scan import define_table, output_columns, schema_names
from parallelsdk.mltable._spool import SpoolWriter
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.state import UNREADABLE, FileState

MISSING: Final = "__HIVE_DEFAULT_PARTITION__"  # a key without a value, as other tools write it
_SPOOL_PIECE = 16 * 1024 * 1024  # bytes that are in memory at once while rows are spooled


@dataclass(frozen=True, slots=True)
class Cut:
    """One mini-batch: its pieces, its rows (-1: nobody has counted them), and its keys.

    ``states`` are those of the files of the pieces; empty for rows that were read already.
    """

    sources: list[Source]
    rows: int = -1
    partition: dict[str, str] | None = None
    states: tuple[FileState, ...] = ()


class TablePlan:
    """The mini-batches of a table and the definition by which workers read them.

    ``size`` is in bytes, ``rows`` a number of rows that counts instead, ``keys`` come before both.
    A file that cannot be read is a mini-batch, or part of one, that tells its reason when it is
    loaded. Raises DataException, also when a file changes while it is cut.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        size: int,
        rows: int,
        keys: tuple[str, ...],
        dtype_backend: DtypeBackend,
        spool: str,
        original: Original,
    ) -> None:
        if recipe.partitions is not None:
            raise DataException(
                f"{recipe.document.file} has select_partitions, which chooses among pieces that "
                "the reader makes; a job cuts its input by mini_batch_size. Choose files in paths, "
                "or rows with take, skip or filter.",
                target=ErrorTarget.DATA,
            )
        self._recipe = recipe
        self._size = size
        self._rows = rows
        self._keys = keys
        self._spool = spool
        self._original = original
        self._lost: list[bytes] = []  # files whose rows could not be read
        self._table = define_table(recipe, dtype_backend)
        self._cutter = Cutter(recipe)
        self._by_path = bool(keys) and not set(keys) - set(path_keys(recipe))
        self._spools = self._must_be_read()

    @property
    def definition(self) -> TableDefinition:
        """How workers read the pieces."""
        if self._spools:
            return TableDefinition(
                SpoolOptions(self._table.typed_nulls),
                dtype_backend=self._table.dtype_backend,
                pandas=self._table.pandas,
            )
        rest = tuple(step for step in self._table.steps if not isinstance(step, RowRange))
        return dataclasses.replace(self._table, steps=rest)

    @property
    def is_cut_unread(self) -> bool:
        """Whether the cut reads no more than a little around each place where it cuts."""
        return not self._spools

    def cuts(self) -> Iterator[Cut]:
        """The mini-batches, in the order of the table."""
        if self._spools:
            with SpoolWriter(self._spool) as writer:
                yield from self._grouped(writer) if self._keys else self._spooled(writer)
            yield from map(_unreadable, self._lost)
        elif self._keys:
            yield from self._grouped_files()
        else:
            for path, bounds in self._files():
                yield from self._of_file(path, bounds)

    def _must_be_read(self) -> bool:
        """Whether rows have to be read to say which mini-batch they belong to."""
        steps = self._table.steps
        ranges = [n for n, step in enumerate(steps) if isinstance(step, RowRange)]
        counted = bool(ranges) or (self._rows > 0 and not self._keys)
        if self._keys and (not self._by_path or ranges):
            return True
        if counted and not self._cutter.counts_rows:
            return True
        before = steps[: ranges[-1]] if ranges else ()
        return any(isinstance(step, Filter | Sample) for step in before)

    def _files(self) -> Iterator[tuple[str, Bounds | None]]:
        """The files, and what of them take and skip leave."""
        first, last = 0, None
        for step in self._table.steps:
            if isinstance(step, RowRange) and step.takes:
                last = first + step.count if last is None else min(last, first + step.count)
            elif isinstance(step, RowRange):
                first += step.count
        if last is not None:
            first = min(first, last)
        skip, take = first, None if last is None else last - first
        for path in self._cutter.files():
            if take == 0:
                return
            if not skip and take is None:
                yield path, None
                continue
            bounds, passed, taken = self._cutter.bounds(path, skip, take)
            skip -= passed
            take = None if take is None else take - taken
            if bounds[0] < bounds[1]:
                yield path, bounds

    def _of_file(self, path: str, bounds: Bounds | None) -> Iterator[Cut]:
        name = os.fsencode(path)
        with self._standing_still(name) as state:
            try:
                for piece, rows in self._pieces(path, bounds):
                    yield Cut([_source(piece)], rows, states=(state,))
            except UnreadableFileError:
                yield _unreadable(name)

    def _pieces(self, path: str, bounds: Bounds | None) -> Iterator[tuple[Piece, int]]:
        if self._rows:
            filters = any(isinstance(s, Filter | Sample) for s in self._table.steps)
            for piece, rows in self._cutter.row_pieces(path, self._rows, bounds):
                yield piece, -1 if filters else rows
            return
        for piece in self._cutter.pieces(path, self._size, bounds):
            yield piece, -1

    def _grouped_files(self) -> Iterator[Cut]:
        for values, names in group_files(self._recipe, self._keys, self._cutter.files()):
            sources: list[Source] = []
            states: list[FileState] = []
            for name in names:
                with self._standing_still(name) as state:
                    try:
                        found = [_source(p) for p in self._cutter.pieces(os.fsdecode(name), None)]
                    except UnreadableFileError:
                        found, state = [(name, 0, -1)], UNREADABLE
                    sources += found
                    states += [state] * len(found)
            if sources:
                yield Cut(sources, partition=values, states=tuple(states))

    @contextmanager
    def _standing_still(self, path: bytes) -> Iterator[FileState]:
        """The state of a file that must be the same at the end: its cuts are of one content."""
        state = self._original(path)
        yield state
        if self._original(path) != state:
            raise DataException(
                f"{without_secrets(os.fsdecode(path))!r} changed while its table was split. Start "
                "the job when nobody writes to it.",
                target=ErrorTarget.DATA,
            )

    def _grouped(self, writer: SpoolWriter) -> Iterator[Cut]:
        groups: dict[tuple[str | None, ...], list[Source]] = {}
        for _, table in self._tables(_SPOOL_PIECE):
            missing = [key for key in self._keys if key not in table.column_names]
            if missing:
                raise no_such_key(self._recipe, missing, table.column_names)
            for values, (path, start, stop) in writer.add_groups(table, self._keys):
                groups.setdefault(values, []).append((os.fsencode(path), start, stop))
        for values, sources in groups.items():
            pairs = zip(self._keys, values, strict=True)
            texts = {key: MISSING if value is None else value for key, value in pairs}
            yield Cut(sources, sum(stop - start for _, start, stop in sources), texts)

    def _spooled(self, writer: SpoolWriter) -> Iterator[Cut]:
        if not self._rows:
            for _, table in self._tables(self._size):
                path, start, stop = writer.add(table)
                yield Cut([(os.fsencode(path), start, stop)], stop - start)
            return
        for _, tables in groupby(self._tables(_SPOOL_PIECE), itemgetter(0)):
            sources: list[Source] = []
            count = 0
            for path, start, stop in (writer.add(table) for _, table in tables):
                while start < stop:
                    last = min(start + self._rows - count, stop)
                    sources.append((os.fsencode(path), start, last))
                    start, count = last, count + last - start
                    if count == self._rows:
                        yield Cut(sources, count)
                        sources, count = [], 0
            if sources:
                yield Cut(sources, count)

    def _tables(self, size: int) -> Iterator[tuple[int, Any]]:
        """The rows of the table that are not dropped, piece by piece, and which file has them."""
        reader = PieceReader(self._table)
        for number, path in enumerate(self._cutter.files()):
            with self._standing_still(os.fsencode(path)):
                try:
                    for _, start, stop in self._cutter.pieces(path, size):
                        table = reader.read(path, start, stop)
                        if table.num_rows:
                            yield number, table
                        if reader.is_exhausted:
                            return
                except UnreadableFileError:
                    if any(isinstance(step, RowRange) for step in self._table.steps):
                        raise  # nobody can tell which rows of the others are taken
                    self._lost.append(os.fsencode(path))


def check_keys(recipe: Recipe, keys: tuple[str, ...]) -> None:
    """Raises DataException for keys that are neither in the partition format nor columns."""
    known = [*path_keys(recipe), *output_columns(recipe, schema_names(define_table(recipe)))]
    missing = [key for key in keys if key not in known]
    if missing:
        raise no_such_key(recipe, missing, dict.fromkeys(known))


def _source(piece: Piece) -> Source:
    path, start, stop = piece
    return os.fsencode(path), start, stop


def _unreadable(path: bytes) -> Cut:
    """The mini-batch of a file whose rows nobody knows."""
    return Cut([(path, 0, -1)], states=(UNREADABLE,))
