"""A mini-batch's DataFrame: columns from cells and from paths, in the table's order."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches

EXTRACT = "  - extract_columns_from_partition_format:\n      partition_format: '%s'\n"


@pytest.fixture
def frame(make_table: Callable[..., str], tmp_path: Path) -> Callable[..., pd.DataFrame]:
    """The one DataFrame of a table with these steps."""

    def load(steps: str, files: dict[str, Any]) -> pd.DataFrame:
        folder = make_table(f"paths: [{{pattern: '**/*.csv'}}]\ntransformations:\n{steps}", files)
        into = str(tmp_path / "m")
        plan_mini_batches(MajorInput(folder, "mltable"), Split(10**9), into)
        with MiniBatchTable(into) as table:
            assert table.count == 1
            value = table.load(0).value
        assert isinstance(value, pd.DataFrame)
        assert value.index.equals(pd.RangeIndex(len(value)))
        return value

    return load


def test_the_path_comes_first_as_plain_text(
    frame: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    for name in ("a b%20#é.csv", os.fsdecode(b"\xff.csv")):
        found = frame("  - read_delimited: {include_path_column: true}\n", {name: "a\n1\n"})
        assert found.to_dict("list") == {"Path": [str(tmp_path / "table" / name)], "a": [True]}
        os.remove(tmp_path / "table" / name)


def test_keys_before_the_reader_are_typed_and_first_those_after_it_are_text_and_last(
    frame: Callable[..., pd.DataFrame],
) -> None:
    extract = EXTRACT % "{store}/{day:yyyy-MM-dd}.csv"
    files = {"1001/2020-02-03.csv": "a,b\n1,x\n2,y\n"}
    before = frame(extract + "  - read_delimited\n", files)
    assert list(before.columns) == ["store", "day", "a", "b"]
    assert before["store"].tolist() == [1001, 1001]
    assert before["day"].tolist() == [pd.Timestamp(2020, 2, 3)] * 2
    after = frame("  - read_delimited\n" + extract, files)
    assert list(after.columns) == ["a", "b", "store", "day"]
    assert after["store"].tolist() == ["1001", "1001"]


def test_a_path_that_the_format_does_not_fit_has_no_keys(
    frame: Callable[..., pd.DataFrame],
) -> None:
    found = frame("  - read_delimited\n" + EXTRACT % "{k}/none.txt", {"f.csv": "a\n5\n"})
    assert found.to_dict("list") == {"a": [5], "k": [None]}


def test_dropped_columns_are_not_there_and_columns_of_paths_can_stand_alone(
    frame: Callable[..., pd.DataFrame],
) -> None:
    files = {"7/f.csv": "a,b,c\n1,x,2\n2,y,3\n"}
    found = frame("  - read_delimited\n  - drop_columns: [b, nowhere]\n", files)
    assert found.to_dict("list") == {"a": [1, 2], "c": [2, 3]}
    found = frame("  - read_delimited\n  - keep_columns: {pattern: '^[bc]'}\n", files)
    assert list(found.columns) == ["b", "c"]
    alone = "  - read_delimited\n" + EXTRACT % "{s}/*.csv" + "  - keep_columns: s\n"
    assert frame(alone, files).to_dict("list") == {"s": ["7", "7"]}


def test_text_is_pandas_text_and_quoted_empty_cells_are_not_missing(
    frame: Callable[..., pd.DataFrame],
) -> None:
    found = frame("  - read_delimited\n", {"f.csv": 'a,b\nNA,1\n"",2\n,3\n'})
    assert found["a"].dtype == pd.Series(["text"]).dtype  # object before pandas 3
    assert found["a"].isna().tolist() == [False, False, True]
    assert found["a"].tolist()[:2] == ["NA", ""]
