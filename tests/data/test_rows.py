"""The bytes of a result equal what pandas and str give."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallelsdk.data.rows import count_items, format_heading, format_rows, refuse_vectors

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


def _vector(size: int) -> Any:
    return np.random.default_rng(7).random(size)


@pytest.mark.parametrize("size", [5, 1536])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_a_vector_is_written_with_all_elements_and_digits_in_one_line(
    size: int, dtype: str
) -> None:
    vector = (_vector(size) * 1e6).astype(dtype)
    frame = pd.DataFrame({"id": ["a b", "c"], "embedding": [vector, vector]})
    [first, second] = csv.reader(io.StringIO(format_rows(frame).decode()), delimiter=" ")
    assert (first[0], second[0]) == ("a b", "c")
    for text in (first[1], second[1], format_rows([vector]).decode().rstrip("\n")):
        assert "\n" not in text
        assert np.array_equal(np.array(text.strip("[]").split(), dtype), vector)


def test_arrays_within_other_values_and_series_are_written_whole() -> None:
    nested = format_rows([{"embedding": _vector(1536)}, (_vector(1001),)]).decode()
    assert "..." not in nested and nested.count(", ") >= 1535 + 1000
    series = pd.Series(range(200))
    assert all(f"\n{n}" in format_rows([series]).decode() for n in range(1, 200))
    frame = pd.DataFrame({"s": [series]}, dtype=object)
    assert "..." not in format_rows(frame).decode()
    assert "..." in str(_vector(1536)) and "..." in str(series)  # as it was before


class _Tensor:
    """As torch has them: with a text that no switch of NumPy's makes whole."""

    shape = (1536,)

    def numel(self) -> int:
        return 1536

    def __len__(self) -> int:
        return 1536


@pytest.mark.parametrize("result", [[_Tensor()], pd.DataFrame({"v": [_Tensor()]})])
def test_a_tensor_whose_text_leaves_most_of_it_out_is_an_error(result: Any) -> None:
    with pytest.raises(TypeError, match=r"of 1536 elements.* as an array of NumPy"):
        format_rows(result)


@pytest.mark.parametrize("value", [_vector(1001), pd.Series(range(61)), _Tensor()])
def test_long_vectors_can_be_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"returned a \w+ of \d+ elements"):
        refuse_vectors(pd.DataFrame({"v v": [None, value]}, dtype=object))
    with pytest.raises(TypeError, match=r"--append_row_vectors error"):
        refuse_vectors(["a", value])
    refuse_vectors(pd.DataFrame({"v": [_vector(1000)], "s": ["x" * 5000], "n": [1]}))


@dataclass
class _Found:
    vector: Any


@pytest.mark.parametrize(
    "value",
    [
        {"v": [_vector(1001)]},
        (_Found(_vector(1001)),),
        pd.Index(range(101)),
        pd.array(range(101), "Int64"),
        pd.Categorical(["a"] * 11),
        pa.array(range(11)),
    ],
)
def test_a_vector_is_found_wherever_it_stands(value: Any) -> None:
    with pytest.raises(TypeError, match=r"leaves most of them out"):
        refuse_vectors([value])
    with pytest.raises(TypeError, match=r"leaves most of them out"):
        refuse_vectors(pd.DataFrame({"v": pd.Series([value], dtype=object)}))


def test_lists_of_arrow_and_an_index_are_written_whole() -> None:
    lists = pd.array([list(range(2000))], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    for rows in (pd.DataFrame({"v": lists}), [pd.Index(range(0, 4000, 2)[:1500])], [_Found([1])]):
        assert "..." not in format_rows(rows).decode()
    for stubborn in (pd.array(range(200), "Int64"), pa.array(range(30))):
        with pytest.raises(TypeError, match=r"return it as an array of NumPy"):
            format_rows([{"v": stubborn}])
