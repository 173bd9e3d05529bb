"""Where a table is cut: ranges of bytes that end where rows end, found by one seek each.

Alone, because it is the splitting law. Of a file cut at every ``size`` bytes, a row belongs to the
piece in which its first byte lies, a byte on the cut still to the piece before; pieces never span
files, those without rows are dropped, and together they are the whole file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from parallelsdk.data.block import Source
from parallelsdk.data.grouping import group_files
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._definition import DelimitedOptions, TableDefinition
from parallelsdk.mltable._head import data_start
from parallelsdk.mltable._recipe import Recipe
from parallelsdk.mltable._scan import first_file

_WINDOW = 4096  # bytes read around a cut; rows are mostly shorter


def cut_table(
    recipe: Recipe, definition: TableDefinition, size: int, keys: tuple[str, ...]
) -> Iterator[tuple[list[Source], dict[str, str] | None]]:
    """The sources of each mini-batch of the table, with the values of ``keys`` when there are any.

    Without keys a mini-batch is one piece of about ``size`` bytes; with keys it is all the files of
    a combination. Raises DataException when a file cannot be read.
    """
    first = first_file(recipe, definition.options)

    def pieces(name: bytes, size: int | None) -> Iterator[Source]:
        return _pieces(name, definition.options, size, is_first=os.fsdecode(name) == first)

    if keys:
        for values, names in group_files(recipe, keys):
            whole = [source for name in names for source in pieces(name, None)]
            if whole:
                yield whole, values
        return
    for path in recipe.files():
        for source in pieces(os.fsencode(path), size):
            yield [source], None


def _pieces(
    path: bytes, options: DelimitedOptions, size: int | None, *, is_first: bool
) -> Iterator[Source]:
    name = os.fsdecode(path)
    start = data_start(name, options, is_first=is_first)
    try:
        yield from cut_file(path, start, None if options.whole_files else size)
    except OSError as error:
        raise DataException(
            f"{name!r} cannot be read: {error.strerror}.", target=ErrorTarget.DATA
        ) from error


def cut_file(path: bytes, start: int, size: int | None) -> Iterator[Source]:
    """The pieces of a file whose rows begin at byte ``start``; one piece when ``size`` is None.

    Cuts are counted from the file's first byte, header included.
    """
    with open(path, "rb") as file:
        lines = _Lines(file.fileno())
        place = lines.skip_empty(start)
        if size is None and place < lines.end:
            yield path, place, lines.end
        while size is not None and place < lines.end:
            # The next cut that lies at or behind this row's first byte; a row may span several.
            cut = max(-(-place // size), 1) * size
            stop = lines.after_break(cut)
            following = lines.skip_empty(stop)
            yield path, place, stop
            place = following


class _Lines:
    """Finds line breaks near an offset, through one small window of the file."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.end = os.fstat(handle).st_size
        self._window = b""
        self._offset = 0

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
            self._window = os.pread(self._handle, _WINDOW, offset)
            self._offset, place = offset, 0
            if not self._window:  # the file was cut short while we read it
                self.end = offset
        return self._window, place
