"""Columns that are read from a file's path."""

from __future__ import annotations

from datetime import datetime

import pytest

from parallelsdk.mltable._partition_format import PartitionFormat


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("/{Store}/{Brand}.csv", "/d/1000/tropicana.csv", {"Store": "1000", "Brand": "tropicana"}),
        ("{Store}/{Brand}/", "/d.x/1000/dom/a.b.csv", {"Store": "1000", "Brand": "dom"}),
        ("s={a}/*.csv", "/s=0/x/s=1/y/z.csv", {"a": "1"}),
        ("{a}/x_{b}.{e}", "/p.q/r/x_1.csv", {"a": "r", "b": "1", "e": "csv"}),
        ("{a}/{a}/f", "/x/y/f", {"a": "x"}),
        ("{a}.csv", "/x/y.txt", None),
        ("a+b/{k}.csv", "/aab/1.csv", None),
        ("{n}\n/{m}", "/line\n/end", {"n": "line", "m": "end"}),
    ],
)
def test_a_format_fits_the_end_of_the_path(
    text: str, path: str, expected: dict[str, str] | None
) -> None:
    assert PartitionFormat.parse(text).values(path) == expected


def test_the_date_is_the_last_key_and_becomes_a_date() -> None:
    found = PartitionFormat.parse("{day:yyyy/MM/dd}/{name}.csv")
    assert found.keys == ("name", "day")
    values = found.values("/data/2020/02/03/x.csv")
    assert values == {"name": "x", "day": "2020/02/03"}
    assert found.date(values["day"]) == datetime(2020, 2, 3)
    assert found.date("2020/13/03") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a/b.csv", "no {key}"),
        ("{a:yyyy}/{b:yyyy}", "two dates"),
        ("{a:MM}", "begin with yyyy"),
    ],
)
def test_a_text_that_is_no_format_says_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PartitionFormat.parse(text)
