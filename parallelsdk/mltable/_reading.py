"""Reads one piece of a delimited table: a range of bytes becomes an Arrow table of its columns.

Alone, because two readers stand behind one promise. Arrow's parser is fast; where its dialect
differs from the reference's (a quote left open, a row too short, a lone carriage return), the piece
is read by the rules of ``_text``. Which of the two read it can never be seen in what it gives.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._conversion import ARROW_TYPES, convert_texts
from parallelsdk.mltable._definition import Column, DelimitedOptions, TableDefinition
from parallelsdk.mltable._encoding import decode
from parallelsdk.mltable._head import is_reordered, read_head, read_start
from parallelsdk.mltable._lines import count_lines
from parallelsdk.mltable._text import Cells, all_quotes_close, ends_open, iter_records
from parallelsdk.mltable._values import FALSE_WORDS, TRUE_WORDS
from parallelsdk.storage.reader import read_piece
from parallelsdk.storage.remote import without_secrets

_COLUMN_OF_ERROR: Final = re.compile(r"In CSV column #(\d+): (?!.*UTF-?8)", re.DOTALL)
_MOST_BLOCK: Final = 16 * 1024 * 1024  # bytes that Arrow parses at once; a longer row fails there


class DelimitedReader:
    """Reads pieces of the table that ``definition`` describes."""

    def __init__(self, definition: TableDefinition) -> None:
        assert isinstance(definition.reader, DelimitedOptions)
        self._options = definition.reader
        self._cells = definition.cells
        self._width = definition.header_width
        needed = set(definition.needed)
        # One column is read in any case: without any, nobody would know the number of rows.
        self.columns = tuple(c for c in definition.cells if c.name in needed) or self._cells[:1]
        self._names = [column.name for column in self.columns]
        self._last_layout: tuple[str, tuple[Column, ...]] = ("", ())

    def read(self, path: str, start: int, stop: int) -> Any:
        """The ``pyarrow.Table`` of ``columns`` in the bytes from ``start`` to ``stop`` of a file.

        ``stop`` -1 stands for the end of the file. Raises DataException with the file's name, and
        the byte or row, when it is gone, was shortened, cannot be decoded, or has too long a row.
        """
        data = read_piece(path, start, stop)
        layout = self._layout(path)
        names = set(self._names)
        wanted = [place for place, column in enumerate(layout) if column.name in names]
        text: str | None = None
        encoded = data
        if self._options.encoding != "utf8" and not (
            self._options.encoding == "latin1" and data.isascii()
        ):
            text = self._decode(data, path, start)
            encoded = text.encode()
        table = self._read_fast(encoded, layout, wanted) if wanted and encoded else None
        if table is None:
            text = self._decode(data, path, start) if text is None else text
            table = self._read_slowly(text, layout, wanted, path, start)
        return self._completed(table)

    def _layout(self, path: str) -> tuple[Column, ...]:
        """The columns of this file, by position."""
        if self._options.header in ("no_header", "from_first_file"):
            return self._cells
        if self._last_layout[0] == path:  # pieces of one file come one after another
            return self._last_layout[1]
        if self._options.header == "all_files_same_headers":
            layout = self._same_layout(path)
            self._last_layout = (path, layout)
            return layout
        by_name = {column.name: column for column in self._cells}
        names = read_head(path, self._options).names or ()
        unknown = [name for name in names if name not in by_name]
        if unknown:
            raise _problem(path, f"has the column {unknown[0]!r}, which it had not when planned")
        layout = tuple(by_name[name] for name in names)
        self._last_layout = (path, layout)
        return layout

    def _same_layout(self, path: str) -> tuple[Column, ...]:
        """Columns are matched by position, unless the same ones stand in another order.

        One that is missing would shift the others.
        """
        names = read_head(path, self._options).names
        own = {column.name: column for column in self._cells[: self._width]}
        if names is not None and is_reordered(names, list(own)):
            return (*(own[name] for name in names), *self._cells[self._width :])
        if names is not None and len(names) < self._width:
            raise _problem(
                path,
                f"has {len(names)} columns in its header ({', '.join(names)[:200]}), but the first "
                f"file has {self._width}; if that is meant, set header: "
                "all_files_different_headers",
            )
        return self._cells

    def _decode(self, data: bytes, path: str, start: int) -> str:
        head = read_start(path, 4) if self._options.encoding == "utf16" else b""
        return decode(data, self._options.encoding, path=path, offset=start, head=head)

    def _read_fast(self, data: bytes, layout: Sequence[Column], wanted: list[int]) -> Any:
        """The table by Arrow's parser, None where it would not follow the reference's rules."""
        if data.startswith(codecs.BOM_UTF8) or _has_lone_returns(data):
            return None
        if not data.endswith(b"\n"):
            data += b"\n"  # without it, Arrow takes the end of `"",` for a quoted empty cell
        has_quotes = b'"' in data
        hexadecimal = _has_hexadecimals(data)  # numbers to Arrow, none to the reference
        as_text = {n for n in wanted if _only_as_text(layout[n], hexadecimal)}
        while True:
            try:
                table = self._parse(data, layout, wanted, as_text, has_quotes)
                break
            except pa.ArrowInvalid as error:
                found = _COLUMN_OF_ERROR.search(str(error))
                if not found or int(found.group(1)) in as_text:
                    return None
                as_text.add(int(found.group(1)))
        if has_quotes and not self._follows_quotes(data, table.num_rows):
            return None
        for place, number in enumerate(wanted):
            if number in as_text:
                column = layout[number]
                converted = convert_texts(table.column(place), column)
                table = table.set_column(place, column.name, converted)
        return table

    def _follows_quotes(self, data: bytes, rows: int) -> bool:
        """Whether Arrow, which lets an open quote run on, read ``data`` as the reference does."""
        delimiter = self._options.delimiter
        if self._options.support_multi_line:
            return all_quotes_close(data, delimiter)
        return rows == count_lines(data) and not ends_open(data, delimiter)

    def _parse(
        self,
        data: bytes,
        layout: Sequence[Column],
        wanted: list[int],
        as_text: set[int],
        has_quotes: bool,
    ) -> Any:
        names = [column.name for column in layout]
        types = {
            layout[n].name: pa.string() if n in as_text else ARROW_TYPES[layout[n].type]
            for n in wanted
        }
        source: Any = pa.BufferReader(data)
        parsers: Any = [csv.ISO8601]
        return csv.read_csv(
            source,
            read_options=csv.ReadOptions(
                use_threads=False,  # a slot is one core; its neighbours have theirs
                # In one block with quotes: one that is open at a block's end would pass unseen.
                block_size=len(data) if has_quotes else min(len(data), _MOST_BLOCK),
                column_names=names,
            ),
            parse_options=csv.ParseOptions(
                delimiter=self._options.delimiter,
                quote_char='"' if has_quotes else False,
                newlines_in_values=self._options.support_multi_line,
            ),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=[names[n] for n in wanted],
                null_values=[""],
                true_values=list(TRUE_WORDS),
                false_values=list(FALSE_WORDS),
                strings_can_be_null=not self._options.empty_as_string,
                quoted_strings_can_be_null=False,
                timestamp_parsers=parsers,
            ),
        )

    def _read_slowly(
        self, text: str, layout: Sequence[Column], wanted: list[int], path: str, start: int
    ) -> Any:
        """The table by the reference's rules, in Python."""
        options = self._options
        columns: list[Cells] = [[] for _ in wanted]
        records = iter_records(text, options.delimiter, multi_line=options.support_multi_line)
        empty = "" if options.empty_as_string else None
        for number, cells in enumerate(records, 1):
            if len(cells) > len(layout) and any(cells[len(layout) :]):
                raise _problem(
                    path,
                    f"has {len(cells)} cells in row {number} from byte {start}, but the table has "
                    f"{len(layout)} columns, as its header and first rows say",
                )
            for column, place in zip(columns, wanted, strict=True):
                cell = cells[place] if place < len(cells) else None
                column.append(empty if cell is None and place < len(cells) else cell)
        arrays = [
            convert_texts(pa.array(column, pa.string()), layout[place])
            for column, place in zip(columns, wanted, strict=True)
        ]
        if not arrays:  # none of the wanted columns stands in this file
            rows = sum(
                1
                for _ in iter_records(
                    text, options.delimiter, multi_line=options.support_multi_line
                )
            )
            kind: Any = ARROW_TYPES[self.columns[0].type]
            return pa.table({self.columns[0].name: pa.nulls(rows, kind)})
        return pa.table(arrays, names=[layout[place].name for place in wanted])

    def _completed(self, table: Any) -> Any:
        """``table`` with all columns in order; those that the file has not are null."""
        rows: int = table.num_rows
        if table.column_names == self._names:
            return table
        columns = dict(zip(table.column_names, table.columns, strict=True))
        arrays = []
        for column in self.columns:
            kind: Any = ARROW_TYPES[column.type]
            found = columns.get(column.name)
            arrays.append(pa.nulls(rows, kind) if found is None else found)
        return pa.table(arrays, names=self._names)


def _has_lone_returns(data: bytes) -> bool:
    """Whether a carriage return stands elsewhere than before a line feed."""
    return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")


def _has_hexadecimals(data: bytes) -> bool:
    """Whether ``0x`` stands anywhere; looking for one character is a hundred times as fast."""
    for letter in b"xX":
        if letter not in data:
            continue
        found = np.flatnonzero(np.frombuffer(data, np.uint8) == letter)
        before = np.frombuffer(data, np.uint8)[found[found > 0] - 1]
        if (before == ord("0")).any():
            return True
    return False


def _only_as_text(column: Column, hexadecimal: bool) -> bool:
    """Whether Arrow would read other values from the column's cells than the reference does."""
    if column.given is not None and column.type not in ("float", "string"):
        return True  # 2.9 is 2 there, words are the author's
    if column.type == "datetime":
        return column.order != "ymd"
    return column.type == "int" and hexadecimal


def _problem(path: str, text: str) -> DataException:
    return DataException(f"{without_secrets(path)!r} {text}.", target=ErrorTarget.DATA)
