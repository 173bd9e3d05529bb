"""The two readers behind DelimitedReader give the same, and cells that misfit are missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallelsdk.exceptions import DataException
from parallelsdk.mltable._definition import Column, DelimitedOptions, TableDefinition
from parallelsdk.mltable._reading import DelimitedReader

TYPES = ["string", "int", "float", "bool", "datetime"]
WORDS = [
    *["", "1", "0", "+1", "-7", "007", "2.5", "2.0", "1e5", "9223372036854775808", " 3 ", "1 2"],
    *["nan", "inf", "-Infinity", ".5", "5.", "-.5", "-0", "1_0", "0x1F"],
    *["true", "True", "tRue", "T", "N", " F ", "é", "\ufeff"],
    *["2020-01-02", "2020/1/2", "2020-01-02 03:04:05.5", "2020-01-02T03:04:05Z", "1600-01-01"],
    *["2020-01-02 03:04", "2020-01-02 03", "2020-13-01", "2020-01-02T03:04:05+02:00"],
    *["20200102", "2020-02-30", "2020-01-02 24:00:00", " 2020-01-02", "2020-01-02 03:04:60"],
    *["13/02/2020", "2020-01-02 03:04:05.123456789", "2020-01-02 03:04:05.1234567891"],
    *['""', '"1"', '"a,b"', '"a""b"', 'a"b', '"x"y', '"open', '"', '""x', ' "a"', "\r", "a\rb"],
]


def definition(columns: list[Column], **options: Any) -> TableDefinition:
    return TableDefinition(
        DelimitedOptions(**options),
        cells=tuple(columns),
        needed=tuple(column.name for column in columns),
    )


def read(table: TableDefinition, path: str) -> pa.Table:
    return DelimitedReader(table).read(path, 0, -1)


def read_slowly(monkeypatch: pytest.MonkeyPatch, table: TableDefinition, path: str) -> pa.Table:
    with monkeypatch.context() as patch:
        patch.setattr(DelimitedReader, "_read_fast", lambda *_: None)
        return DelimitedReader(table).read(path, 0, -1)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes | str], str]:
    def _write(content: bytes | str) -> str:
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return os.fspath(path)

    return _write


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    table_and_rows=st.lists(st.sampled_from(TYPES), min_size=1, max_size=3).flatmap(
        lambda kinds: st.tuples(
            st.just(kinds),
            st.lists(
                st.lists(st.sampled_from(WORDS), min_size=len(kinds), max_size=len(kinds)),
                max_size=5,
            ),
        )
    ),
    breaks=st.sampled_from(["\n", "\r\n"]),
    ends=st.booleans(),
    multi_line=st.booleans(),
    empty_as_string=st.booleans(),
)
def test_which_reader_read_a_piece_cannot_be_seen(
    write: Callable[[bytes | str], str],
    monkeypatch: pytest.MonkeyPatch,
    table_and_rows: tuple[list[Any], list[list[str]]],
    breaks: str,
    ends: bool,
    multi_line: bool,
    empty_as_string: bool,
) -> None:
    kinds, rows = table_and_rows
    columns = [Column(f"c{n}", kind) for n, kind in enumerate(kinds)]
    table = definition(columns, support_multi_line=multi_line, empty_as_string=empty_as_string)
    path = write(breaks.join(",".join(row) for row in rows) + (breaks if ends and rows else ""))
    try:
        expected = read_slowly(monkeypatch, table, path)
    except DataException:
        with pytest.raises(DataException):
            read(table, path)
        return
    assert str(read(table, path).to_pydict()) == str(expected.to_pydict())


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(alphabet='a1,"\n\r é\ufeff', max_size=30), multi_line=st.booleans())
def test_any_text_is_read_alike_by_both_readers(
    write: Callable[[bytes | str], str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    multi_line: bool,
) -> None:
    table = definition(
        [Column("a", "string"), Column("b", "string")], support_multi_line=multi_line
    )
    path = write(text)
    try:
        expected = read_slowly(monkeypatch, table, path)
    except DataException:
        with pytest.raises(DataException):
            read(table, path)
        return
    assert read(table, path).to_pydict() == expected.to_pydict()


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        ("int", ["1", "zz", "2.5", ""], [1, None, None, None]),
        ("int", ["+1", "007", "2.0"], [1, 7, 2]),
        ("float", ["1", "x", "nan"], [1.0, None, float("nan")]),
        ("bool", ["1", "y", "F"], [True, None, False]),
        ("string", ["NA", '""', ""], ["NA", "", None]),
    ],
)
def test_a_value_that_misfits_its_column_is_missing(
    write: Callable[[bytes | str], str], kind: Any, cells: list[str], expected: list[Any]
) -> None:
    table = definition([Column("a", kind), Column("b", "string")])
    content = "".join(f"{cell},x\n" for cell in cells)
    assert str(read(table, write(content)).column("a").to_pylist()) == str(expected)


def test_dates_of_every_form_are_utc(write: Callable[[bytes | str], str]) -> None:
    table = definition([Column("a", "datetime", "dmy")])
    path = write("13/02/2020 01:02 PM\n2020-02-13T15:02:00+02:00\n13-Feb-2020\n02/13/2020\n")
    found = read(table, path).column("a").to_pandas()
    assert [str(value) for value in found] == [
        "2020-02-13 13:02:00",
        "2020-02-13 13:02:00",
        "2020-02-13 00:00:00",
        "NaT",
    ]


def test_short_rows_are_padded_and_rows_too_long_are_named(
    write: Callable[[bytes | str], str],
) -> None:
    table = definition([Column("a", "int"), Column("b", "string")])
    assert read(table, write("1,x\n2\n3,y,\n")).to_pydict() == {
        "a": [1, 2, 3],
        "b": ["x", None, "y"],
    }
    with pytest.raises(DataException, match=r"data\.csv' has 3 cells in row 2"):
        read(table, write("1,x\n2,y,z\n"))


@pytest.mark.parametrize("kind", ["string", "int"])
def test_a_byte_that_is_no_utf8_is_named_with_its_place_in_the_file(
    write: Callable[[bytes | str], str], kind: Any
) -> None:
    table = definition([Column("a", kind), Column("b", "int")])
    path = write(b"first,1\nab\xffcd,2\n")
    with pytest.raises(DataException, match=r"data\.csv' is not UTF-8 at byte 10"):
        DelimitedReader(table).read(path, 8, 16)


def test_a_file_that_was_shortened_or_removed_is_named(
    write: Callable[[bytes | str], str],
) -> None:
    reader = DelimitedReader(definition([Column("a", "int")]))
    path = write("1\n2\n")
    with pytest.raises(DataException, match=r"ends at byte 4; when planned, it held 9"):
        reader.read(path, 2, 9)
    os.remove(path)
    with pytest.raises(DataException, match=r"data\.csv' cannot be read"):
        reader.read(path, 0, 4)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("latin1", "é\x80\x81,1\n".encode("latin-1")),
        ("utf16", "é€\x81,1\n".encode("utf-16-le")),
        ("utf8", "é€\x81,1\n".encode()),
    ],
)
def test_each_encoding_gives_the_same_text(
    write: Callable[[bytes | str], str], encoding: Any, content: bytes
) -> None:
    table = definition([Column("a", "string"), Column("b", "int")], encoding=encoding)
    assert read(table, write(content)).to_pydict() == {"a": ["é€\x81"], "b": [1]}


def test_empty_cells_are_text_when_asked_for(write: Callable[[bytes | str], str]) -> None:
    table = definition([Column("a", "string"), Column("b", "int")], empty_as_string=True)
    assert read(table, write(",\nx,1\n")).to_pydict() == {"a": ["", "x"], "b": [None, 1]}
