"""The dialect: how a text is taken apart into records and cells."""

from __future__ import annotations

import pytest

from parallelsdk.mltable._text import column_names, iter_records, record_end, split_cells


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("a,b", ["a", "b"]),
        (",", [None, None]),
        ('"",x', ["", "x"]),
        ('"a,b",c', ["a,b", "c"]),
        ('"a""b"', ['a"b']),
        ('"x"y,z', ["xy", "z"]),
        ('a"b",c', ['a"b"', "c"]),
        ('x,"open,y', ["x", '"open,y']),
        (" 'a' ,# b", [" 'a' ", "# b"]),
    ],
)
def test_quotes_count_at_the_start_of_a_field_only(line: str, cells: list[str | None]) -> None:
    assert split_cells(line, ",") == cells


def test_a_line_break_ends_a_record_unless_rows_may_span_lines() -> None:
    text = 'a,"B\r\n2",c\n\n\r\nlast\r'
    assert list(iter_records(text, ",", multi_line=False)) == [
        ["a", '"B'],
        ['2"', "c"],
        ["last\r"],
    ]
    assert list(iter_records(text, ",", multi_line=True)) == [["a", "B\r\n2", "c"], ["last\r"]]


def test_a_quote_that_is_never_closed_takes_the_rest_in_linear_time() -> None:
    text = 'a\n"b\n' + "c,d\n" * 200_000
    records = list(iter_records(text, ",", multi_line=True))
    assert [len(record) for record in records] == [1, 1]


@pytest.mark.parametrize(
    ("text", "multi_line", "end"),
    [
        ("\n\r\na,b\nc", False, 7),
        ('"a\nb"\nc', False, 3),
        ('"a\nb"\nc', True, 6),
        ("a,b", False, None),
        ("\n\n", False, None),
        ('"a\n', True, None),
    ],
)
def test_the_first_record_ends_after_its_line_break(
    text: str, multi_line: bool, end: int | None
) -> None:
    assert record_end(text, ",", multi_line=multi_line) == end


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([" a ", None, "b"], ["a", "Column2", "b"]),
        (["a", "b", "a", "a", "b"], ["a", "b", "a_1", "a_2", "b_3"]),
        (["a", "a", "a_1"], ["a", "a_1", "a_1_2"]),
        (["a", "a_1", "a"], ["a", "a_1", "a_2"]),
        (["Column2", ""], ["Column2", "Column2_1"]),
        (["a", "A"], ["a", "A"]),
    ],
)
def test_header_names_are_trimmed_and_made_different(
    cells: list[str | None], names: list[str]
) -> None:
    assert column_names(cells) == names
