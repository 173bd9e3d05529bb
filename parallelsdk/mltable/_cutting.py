"""Where a table is cut: ranges of bytes that end where rows end, found by one seek each.

Alone, because it is the splitting law. Of a file cut at every ``size`` bytes, a row belongs to the
piece in which its first byte lies, a byte on the cut still to the piece before; pieces never span
files, those without rows are dropped, and together they are the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from parallelsdk.mltable._definition import (
    DelimitedOptions,
    DeltaOptions,
    JsonLinesOptions,
    ParquetOptions,
)
from parallelsdk.mltable._delta import delta_files
from parallelsdk.mltable._encoding import mark_length
from parallelsdk.mltable._head import data_start
from parallelsdk.mltable._parquet import cut_rows, file_shape
from parallelsdk.mltable._recipe import Recipe
from parallelsdk.mltable._scan import first_file
from parallelsdk.storage.reader import ByteReader
from parallelsdk.storage.uri import is_local

Piece = tuple[str, int, int]  # file, first byte, byte after the last; rows for Parquet files
Bounds = tuple[int, int]

_WINDOW: Final = 4096  # bytes read around a cut; rows are mostly shorter
_COUNT_BLOCK: Final = 4 * 1024 * 1024
_LINE_FEED: Final = 10
_REMOTE_WINDOW: Final = 64 * 1024  # a request costs more than what it brings


class Cutter:
    """Cuts the files of one table, each for itself."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        assert recipe.reader is not None
        self._options = recipe.reader
        self._first = (
            first_file(recipe, self._options)
            if isinstance(self._options, DelimitedOptions)
            else None
        )

    def files(self) -> Iterator[str]:
        """The files that hold the rows, in order."""
        if isinstance(self._options, DeltaOptions):
            return iter(delta_files(self._recipe.document, self._options))
        return self._recipe.files()

    @property
    def counts_rows(self) -> bool:
        """Whether rows can be counted without being read."""
        options = self._options
        return isinstance(options, ParquetOptions | DeltaOptions) or not options.whole_files

    def pieces(self, path: str, size: int | None, bounds: Bounds | None = None) -> Iterator[Piece]:
        """The pieces of a file of the table, of about ``size`` bytes; None: as few as can be.

        Raises DataException when the file cannot be read.
        """
        options = self._options
        if isinstance(options, ParquetOptions | DeltaOptions):
            first, last = bounds or (0, -1)
            for _, start, stop in cut_rows(path, file_shape(path), size):
                start, stop = max(start, first), stop if last < 0 else min(stop, last)
                if start < stop:
                    yield path, start, stop
            return
        with ByteReader(path) as reader:
            start, stop = bounds or (self._data_start(reader, options), reader.size)
            yield from cut_file(reader, start, None if options.whole_files else size, stop)

    def row_pieces(
        self, path: str, count: int, bounds: Bounds | None = None
    ) -> Iterator[tuple[Piece, int]]:
        """Pieces of ``count`` rows each but for the last, with the number of their rows.

        Reads the file once, unless it is a Parquet file.
        """
        options = self._options
        if isinstance(options, ParquetOptions | DeltaOptions):
            first, last = bounds or (0, file_shape(path).rows)
            for start in range(first, last, count):
                stop = min(start + count, last)
                yield (path, start, stop), stop - start
            return
        with ByteReader(path) as reader:
            start, stop = bounds or (self._data_start(reader, options), reader.size)
            yield from cut_lines(reader, start, count, stop)

    def bounds(self, path: str, skip: int, take: int | None) -> tuple[Bounds, int, int]:
        """Where a file's rows lie after the first ``skip``, ``take`` of them at most.

        With them the number of rows that were passed over, and of those taken (0 without ``take``).
        """
        options = self._options
        if isinstance(options, ParquetOptions | DeltaOptions):
            rows = file_shape(path).rows
            start = min(skip, rows)
            stop = rows if take is None else min(rows, start + take)
            return (start, stop), start, stop - start
        with ByteReader(path) as reader:
            start, passed = self._data_start(reader, options), 0
            if skip:
                piece, passed = next(
                    cut_lines(reader, start, skip, reader.size), ((path, start, start), 0)
                )
                start = piece[2]
            if take is None:
                return (start, reader.size), passed, 0
            piece, taken = (path, start, start), 0
            if take:
                piece, taken = next(cut_lines(reader, start, take, reader.size), (piece, 0))
            return (start, piece[2]), passed, taken

    def _data_start(self, reader: ByteReader, options: DelimitedOptions | JsonLinesOptions) -> int:
        if isinstance(options, DelimitedOptions):
            return data_start(reader.uri, options, is_first=reader.uri == self._first)
        return mark_length(reader.read(0, 4), options.encoding)


def cut_file(reader: ByteReader, start: int, size: int | None, end: int) -> Iterator[Piece]:
    """The pieces of a file whose rows begin at byte ``start``; one piece when ``size`` is None.

    Cuts are counted from the file's first byte, header included.
    """
    lines = _Lines(reader, end)
    place = lines.skip_empty(start)
    if size is None and place < lines.end:
        yield reader.uri, place, lines.end
    while size is not None and place < lines.end:
        # The next cut that lies at or behind this row's first byte; a row may span several.
        cut = max(-(-place // size), 1) * size
        stop = lines.after_break(cut)
        following = lines.skip_empty(stop)
        yield reader.uri, place, stop
        place = following


def cut_lines(reader: ByteReader, start: int, count: int, end: int) -> Iterator[tuple[Piece, int]]:
    """Pieces of ``count`` lines that are not empty, and the number of lines in each."""
    import numpy as np  # only who counts rows needs it

    begin, rows, line, place = start, 0, start, start
    while place < end:
        block = reader.read(place, min(place + _COUNT_BLOCK, end))
        if not block:  # the file was cut short while we read it
            break
        data = np.frombuffer(block, np.uint8)
        breaks = np.flatnonzero(data == _LINE_FEED) + place
        starts = np.concatenate(([line], breaks[:-1] + 1)) if len(breaks) else breaks
        # A line of one byte may be a carriage return; who has such lines is not counted twice.
        filled = np.flatnonzero(breaks - starts > 1)
        short = np.flatnonzero(breaks - starts == 1)
        if len(short):
            kept = [n for n in short if reader.read(starts[n], starts[n] + 1) != b"\r"]
            filled = np.sort(np.concatenate((filled, np.array(kept, filled.dtype))))
        while rows + len(filled) >= count:
            stop = int(breaks[filled[count - rows - 1]]) + 1
            yield (reader.uri, begin, stop), count
            filled = filled[count - rows :]
            begin, rows = stop, 0
        rows += len(filled)
        line = int(breaks[-1]) + 1 if len(breaks) else line
        place += len(block)
    if line < end and reader.read(line, min(line + 2, end)) != b"\r":
        rows += 1  # the last line has no break
    if rows:
        yield (reader.uri, begin, end), rows


class _Lines:
    """Finds line breaks near an offset, through one small window of the file."""

    def __init__(self, reader: ByteReader, end: int) -> None:
        self._reader = reader
        self.end = end
        self._window = b""
        self._offset = 0
        self._width = _WINDOW if is_local(reader.uri) else _REMOTE_WINDOW

    def after_break(self, offset: int) -> int:
        """The byte after the first line break at or behind ``offset``; the file's end if none."""
        while offset < self.end:
            window, place = self._at(offset)
            found = window.find(b"\n", place)
            if found >= 0:
                return offset + found - place + 1
            offset += len(window) - place
        return self.end

    def skip_empty(self, offset: int) -> int:
        """The first byte at or behind ``offset`` that begins a line with something in it."""
        while offset < self.end:
            window, place = self._at(offset, least=2)
            if window.startswith(b"\n", place):
                offset += 1
            elif window.startswith(b"\r\n", place):
                offset += 2
            else:
                break
        return min(offset, self.end)

    def _at(self, offset: int, least: int = 1) -> tuple[bytes, int]:
        """A window with at least ``least`` bytes from ``offset`` on, and where that lies in it."""
        place = offset - self._offset
        if place < 0 or place + least > len(self._window):
            self._window = self._reader.read(offset, offset + self._width)
            self._offset, place = offset, 0
            if not self._window:  # the file was cut short while we read it
                self.end = offset
        return self._window, place
