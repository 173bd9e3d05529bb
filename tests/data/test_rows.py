"""The bytes of a result equal what pandas and str give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallelsdk.data.rows import count_items, format_heading, format_rows

CELLS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=8),
    st.text(alphabet=" \"\n\r',é", max_size=6),
    st.datetimes(),
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, st.integers(-5, 5)), max_size=4),
    header=st.booleans(),
)
def test_a_frame_stands_as_pandas_writes_it(rows: list[Any], header: bool) -> None:
    frame = pd.DataFrame(rows, columns=["a b", "c", "d"], dtype=object)
    frame["d"] = frame["d"].astype("int64")
    expected = frame.to_csv(sep=" ", header=header, index=False, lineterminator="\n")
    heading = format_heading(frame) if header else b""
    assert heading + format_rows(frame) == expected.encode()
    assert count_items(frame) == len(rows)


@given(elements=st.lists(CELLS, max_size=5))
def test_elements_stand_one_a_line_as_str_gives_them(elements: list[Any]) -> None:
    expected = "".join(str(element) + "\n" for element in elements).encode()
    assert format_rows(elements) == format_rows(tuple(elements)) == expected
    assert count_items(elements) == len(elements)
    assert format_heading(elements) == b""


def test_a_file_name_that_is_no_utf8_gets_its_own_bytes_back() -> None:
    assert format_rows([os.fsdecode(b"/x/\xff")]) == b"/x/\xff\n"
    assert format_rows(pd.DataFrame({"f": ["\udcff"]}, dtype=object)) == b"\xff\n"
    assert format_rows(["\ud800"]) == b"\xed\xa0\x80\n"


@pytest.mark.parametrize(
    "result", [None, 3, "text", {"a": 1}, iter([]), np.zeros(3), pd.Series([1])]
)
def test_anything_else_is_refused_by_its_type(result: object) -> None:
    name = r"None; is a return missing\?" if result is None else type(result).__name__
    words = f"run\\(\\) should return a list, tuple or DataFrame; it returned {name}$"
    with pytest.raises(TypeError, match=words):
        count_items(result)
    with pytest.raises(TypeError, match=words):
        format_rows(result)


def test_a_step_over_files_never_imports_pandas(tmp_path: Path) -> None:
    """Half a second and 60 MB for the driver and for each worker."""
    code = """
import sys
from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches
from parallelsdk.data.rows import count_items, format_rows

folder, into = sys.argv[1:]
plan_mini_batches(MajorInput(folder, "uri_folder"), Split(1), into)
with MiniBatchTable(into) as table:
    table.prepare()
    value = table.load(0).value
    table.detail(0), table.total_items(), count_items(value), format_rows(value)
sys.exit("pandas" in sys.modules)
"""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "f").touch()
    words = [sys.executable, "-c", code, str(tmp_path / "in"), str(tmp_path / "m")]
    assert subprocess.run(words, check=False).returncode == 0
