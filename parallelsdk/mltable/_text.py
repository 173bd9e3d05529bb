"""Delimited text taken apart by the reference's rules, one character class at a time.

Alone, because these rules are the dialect: quotes count at a field's start only, text after the
closing quote belongs to the field, and a quote left open at the line's end is a plain character.
Used for headers and samples, and for data on which Arrow's parser would differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

Cells = list[str | None]  # None: an empty cell without quotes

_EMPTY_LINES: Final = re.compile(r"(?:\r?\n)+")


def iter_records(text: str, delimiter: str, *, multi_line: bool) -> Iterator[Cells]:
    """The records of ``text``; empty lines are passed over. A lone carriage return is data.

    With ``multi_line`` a quoted field keeps its line breaks, and a quote that is never closed takes
    the rest of the text.
    """
    if multi_line:
        place = _after_empty_lines(text, 0)
        stop = _stops(delimiter)
        while place < len(text):
            cells, place, _ = _scan_record(text, place, stop)
            yield cells
            place = _after_empty_lines(text, place)
        return
    for line in _lines(text):
        body = _without_break(line)
        if body:
            yield split_cells(body, delimiter)


def record_end(text: str, delimiter: str, *, multi_line: bool) -> int | None:
    """The index after the first record and its line break; None when the text may end before it.

    Empty lines before the record are counted in. A text without any record has None, too.
    """
    start = _after_empty_lines(text, 0)
    if start == len(text):
        return None
    if multi_line:
        _, end, is_complete = _scan_record(text, start, _stops(delimiter))
        return end if is_complete else None
    return text.find("\n", start) + 1 or None


def all_quotes_close(data: bytes, delimiter: str) -> bool:
    """Whether no field of ``data``, quoted line breaks allowed, is left open at the end."""
    stop = re.escape(delimiter).encode()
    quoted = rb'"[^"]*+(?:""[^"]*+)*+"'
    field = rb"(?:%b[^%b\n]*+|(?!\")[^%b\n]*+)" % (quoted, stop, stop)
    return re.fullmatch(rb"(?:%b[%b\n])*+%b" % (field, stop, field), data) is not None


def ends_open(data: bytes, delimiter: str) -> bool:
    """Whether the last line of ``data`` that is not empty leaves a quote open."""
    line = data.rstrip(b"\r\n").rpartition(b"\n")[2].decode("latin-1")
    place = 0
    while place >= 0:
        if line.startswith('"', place) and _closing_quote(line, place) < 0:
            return True
        _, place = _next_cell(line, place, delimiter)
    return False


def split_cells(line: str, delimiter: str) -> Cells:
    """The cells of one record without its line break."""
    if '"' not in line:
        return [cell or None for cell in line.split(delimiter)]
    cells: Cells = []
    place = 0
    while True:
        cell, place = _next_cell(line, place, delimiter)
        cells.append(cell)
        if place < 0:
            return cells


def column_names(cells: Cells) -> list[str]:
    """The names that a header row gives: trimmed, numbered where empty or met before."""
    names: dict[str, None] = {}
    repeated = 0
    for number, cell in enumerate(cells, 1):
        name = (cell or "").strip() or f"Column{number}"
        unique = name
        while unique in names:
            repeated += 1
            unique = f"{name}_{repeated}"
        names[unique] = None
    return list(names)


def _next_cell(line: str, place: int, delimiter: str) -> tuple[str | None, int]:
    """The cell that begins at ``place``, and where the next one begins (-1: there is none)."""
    quoted = ""
    after = place
    is_quoted = line.startswith('"', place)
    if is_quoted:
        close = _closing_quote(line, place)
        if close < 0:
            return line[place:], -1
        quoted = line[place + 1 : close].replace('""', '"')
        after = close + 1
    end = line.find(delimiter, after)
    rest = line[after:] if end < 0 else line[after:end]
    cell = quoted + rest
    return (cell if cell or is_quoted else None), (-1 if end < 0 else end + 1)


def _closing_quote(line: str, opening: int) -> int:
    place = line.find('"', opening + 1)
    while place >= 0 and line.startswith('"', place + 1):
        place = line.find('"', place + 2)
    return place


def _scan_record(text: str, place: int, stop: re.Pattern[str]) -> tuple[Cells, int, bool]:
    """The record at ``place``, the index after its line break, and whether there was one."""
    cells: Cells = []
    while True:
        quoted = ""
        after = place
        is_quoted = text.startswith('"', place)
        if is_quoted:
            close = _closing_quote(text, place)
            if close < 0:
                return [*cells, text[place:]], len(text), False
            quoted = text[place + 1 : close].replace('""', '"')
            after = close + 1
        found = stop.search(text, after)
        cell = quoted + text[after : found.start() if found else len(text)]
        cells.append(cell if cell or is_quoted else None)
        if found is None:
            return cells, len(text), False
        place = found.end()
        if text[place - 1] == "\n":
            return cells, place, True


def _stops(delimiter: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(delimiter)}|\r?\n")


def _after_empty_lines(text: str, place: int) -> int:
    found = _EMPTY_LINES.match(text, place)
    return found.end() if found else place


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _without_break(line: str) -> str:
    if line.endswith("\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith("\n") else line
