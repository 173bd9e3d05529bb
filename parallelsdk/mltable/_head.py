"""How a delimited file begins: its byte order mark, its header and where its rows start.

Alone, because planning asks it of every file, and a reader asks it again where each file has
columns of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from parallelsdk.mltable._definition import DelimitedOptions
from parallelsdk.mltable._encoding import decode, decode_whole, encoded_length, mark_length
from parallelsdk.mltable._text import column_names, iter_records, record_end
from parallelsdk.storage.reader import read_bytes

_FIRST_LINE: Final = re.compile(rb"(?:\r?\n)*[^\n]+\n")
HEAD_BLOCK: Final = 64 * 1024  # bytes; most headers are shorter


@dataclass(frozen=True, slots=True)
class FileHead:
    """How a file begins. ``names`` is None when it holds no record; ``data_start`` is a byte."""

    names: tuple[str, ...] | None
    width: int
    data_start: int


def read_head(path: str, options: DelimitedOptions) -> FileHead:
    """The first record of a file as a header, and the byte after it.

    With ``no_header`` the names are Column1 and so on, and the data start at the first byte after a
    byte order mark. Raises DataException when the file cannot be read or decoded.
    """
    text, mark, is_whole = _first_line(path, options) or _begin(path, options, HEAD_BLOCK)
    multi_line = options.support_multi_line
    end = record_end(text, options.delimiter, multi_line=multi_line)
    size = HEAD_BLOCK
    while end is None and not is_whole:
        size *= 4
        text, mark, is_whole = _begin(path, options, size)
        end = record_end(text, options.delimiter, multi_line=multi_line)
    first = text[:end]
    cells = next(iter_records(first, options.delimiter, multi_line=multi_line), None)
    if cells is None:
        return FileHead(None, 0, mark + encoded_length(first, options.encoding))
    if options.header == "no_header":
        names = [f"Column{number}" for number in range(1, len(cells) + 1)]
        return FileHead(tuple(names), len(cells), mark)
    after = mark + encoded_length(first, options.encoding)
    return FileHead(tuple(column_names(cells)), len(cells), after)


def is_reordered(names: Sequence[str], known: Sequence[str]) -> bool:
    """Whether these are the ``known`` columns in another order."""
    return list(names) != list(known) and sorted(names) == sorted(known)


def data_start(path: str, options: DelimitedOptions, *, is_first: bool) -> int:
    """The byte of a file at which its rows begin. ``is_first``: no file before holds a record."""
    keeps_first_row = options.header == "no_header" or (
        options.header == "from_first_file" and not is_first
    )
    if keeps_first_row:
        return mark_length(read_start(path, 4), options.encoding)
    return read_head(path, options).data_start


def _first_line(path: str, options: DelimitedOptions) -> tuple[str, int, bool] | None:
    """As ``_begin``, of the first line alone where its end can be told: what follows may be bad."""
    if options.whole_files:
        return None
    data = read_start(path, HEAD_BLOCK)
    mark = mark_length(data, options.encoding)
    found = _FIRST_LINE.match(data, mark)
    if found is None:
        return None
    line = found.group()
    return decode(line, options.encoding, path=path, offset=mark, head=data[:4]), mark, False


def _begin(path: str, options: DelimitedOptions, size: int) -> tuple[str, int, bool]:
    """The text of the first ``size`` bytes, the length of the mark before it, is it all."""
    data = read_start(path, size + 1)
    is_whole = len(data) <= size
    mark = mark_length(data, options.encoding)
    how = decode if is_whole else decode_whole
    text = how(data[mark:size], options.encoding, path=path, offset=mark, head=data[:4])
    return text, mark, is_whole


def read_start(path: str, size: int) -> bytes:
    """The first ``size`` bytes of a file. Raises DataException."""
    return read_bytes(path, 0, size)
