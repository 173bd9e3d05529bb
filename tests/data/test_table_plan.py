"""Tables cut by rows, by values that rows have in common, and behind steps that count rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from parallelsdk import MLClient
from parallelsdk.data import table_plan
from parallelsdk.data.mini_batch import LoadedMiniBatch, MiniBatchTable
from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches
from parallelsdk.entities import Data
from parallelsdk.exceptions import DataException

TABLE = "paths:\n  - pattern: '*.csv'\ntransformations:\n  - read_delimited{}\n{}"
Cut = Callable[..., list[LoadedMiniBatch]]


@pytest.fixture
def cut(make_table: Callable[..., str], tmp_path: Path) -> Cut:
    def _cut(
        files: dict[str, Any], steps: str = "", options: str = "", **split: Any
    ) -> list[LoadedMiniBatch]:
        folder = make_table(TABLE.format(f": {options}" if options else "", steps), files)
        into = str(tmp_path / "out" / "mini_batches.arrow")
        plan_mini_batches(MajorInput(folder, "mltable", "direct"), Split(**split), into)
        with MiniBatchTable(into) as table:
            return [table.load(number) for number in range(table.count)]

    return _cut


def csv(first: int, count: int) -> str:
    return "n,k\n" + "".join(f"{n},{'abc'[n % 3]}\n" for n in range(first, first + count))


def column(found: list[LoadedMiniBatch], name: str = "n") -> list[list[Any]]:
    return [list(each.value[name]) for each in found]


def test_mini_batches_of_rows_have_so_many_rows_and_tell_where_they_begin(cut: Cut) -> None:
    found = cut({"a.csv": csv(10, 7), "b.csv": csv(20, 3) + "\n\n23,a"}, rows=3)
    assert column(found) == [[10, 11, 12], [13, 14, 15], [16], [20, 21, 22], [23]]
    assert [each.row_index_lower_bound for each in found] == [0, 3, 6, 7, 10]


def test_rows_are_counted_where_lines_do_not_end_them(cut: Cut) -> None:
    content = 'n,k\n1,"a\nb"\n2,x\n3,"c\nd"\n'
    found = cut({"a.csv": content}, options="{support_multi_line: true}", rows=2)
    assert column(found) == [[1, 2], [3]]


def test_rows_behind_a_filter_are_counted_on_through_the_pieces_of_a_file(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_plan, "_SPOOL_PIECE", 20)  # a few rows
    steps = '  - filter: \'col("k") != "b"\'\n  - skip: 1\n'
    found = cut({"a.csv": csv(0, 14), "b.csv": csv(20, 3)}, steps=steps, rows=4)
    assert column(found) == [[2, 3, 5, 6], [8, 9, 11, 12], [20, 21]]


def test_columns_can_be_partition_keys(cut: Cut) -> None:
    found = cut({"a.csv": csv(10, 5), "b.csv": csv(15, 4)}, keys=("k",))
    assert column(found) == [[10, 13, 16], [11, 14, 17], [12, 15, 18]]
    assert [each.partition_key_value for each in found] == [
        {"k": each.value["k"].iloc[0]} for each in found
    ]
    assert [each.items for each in found] == [3, 3, 3]


def test_keys_can_come_from_the_path_and_from_columns_together(cut: Cut) -> None:
    extract = "  - extract_columns_from_partition_format: {partition_format: '{f}.csv'}\n"
    found = cut({"a.csv": csv(10, 4), "b.csv": csv(10, 4)}, extract, keys=("f", "k"))
    assert len(found) == 6
    assert {tuple((each.partition_key_value or {}).values()) for each in found} == {
        (f, k) for f in "ab" for k in "abc"
    }


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("  - take: 4\n", [10, 11, 12, 20]),
        ("  - skip: 4\n", [21, 22]),
        ("  - skip: 1\n  - take: 3\n", [11, 12, 20]),
        ("  - take: 3\n  - skip: 1\n  - take: 5\n", [11, 12]),
        ("  - filter: 'n > 11'\n  - take: 2\n", [12, 20]),
        ("  - filter: 'n > 11'\n  - skip: 1\n", [20, 21, 22]),
    ],
)
@pytest.mark.parametrize("size", [1, 9, 10**6])
def test_take_and_skip_count_over_the_whole_table_wherever_it_is_cut(
    cut: Cut, steps: str, expected: list[int], size: int
) -> None:
    found = cut({"a.csv": csv(10, 3), "b.csv": csv(20, 3)}, steps, size=size)
    assert [n for rows in column(found) for n in rows] == expected


def test_a_filter_may_leave_a_mini_batch_without_rows(cut: Cut) -> None:
    found = cut({"a.csv": csv(10, 3)}, "  - filter: 'n == 11'\n", rows=1)
    assert [each.items for each in found] == [0, 1, 0]


def test_a_row_group_is_a_mini_batch_and_a_large_one_is_cut_by_rows(
    make_table: Callable[..., str], tmp_path: Path
) -> None:
    folder = make_table("paths: [{pattern: '*.parquet'}]\ntransformations: [read_parquet]\n", {})
    rows = pa.table({"n": pa.array(range(1000), pa.int64())})
    parquet.write_table(rows, f"{folder}/a.parquet", row_group_size=600, compression=None)
    into = str(tmp_path / "m")
    for size, expected in ((10**6, [600, 400]), (2000, None)):
        plan_mini_batches(MajorInput(folder, "mltable"), Split(size), into)
        with MiniBatchTable(into) as table:
            found = [list(table.load(n).value["n"]) for n in range(table.count)]
            backwards = [list(table.load(n).value["n"]) for n in reversed(range(table.count))]
        assert [n for part in found for n in part] == list(range(1000))
        assert backwards[::-1] == found
        if expected:
            assert [len(part) for part in found] == expected
        else:
            assert len(found) > 4


def test_files_of_a_list_are_added_up_to_bytes(
    make_table: Callable[..., str], tmp_path: Path
) -> None:
    folder = make_table("paths: []\n", {f"{n}.txt": "x" * n for n in (3, 4, 9, 1)})
    into = str(tmp_path / "m")
    plan_mini_batches(MajorInput(folder, "uri_folder"), Split(bytes=8), into)
    with MiniBatchTable(into) as table:
        sizes = [
            [len(Path(p).read_text()) for p in table.load(n).value] for n in range(table.count)
        ]
    assert sizes == [[1, 3, 4], [9], [len("paths: []\n")]]


@pytest.mark.parametrize(
    ("backend", "dtypes"),
    [
        ("numpy", ["int64", "object"]),
        ("numpy_nullable", ["Int64", "Int64"]),
        ("pyarrow", ["int64[pyarrow]", "int64[pyarrow]"]),
    ],
)
def test_a_backend_of_dtypes_gives_one_dtype_whatever_is_missing(
    cut: Cut, backend: str, dtypes: list[str]
) -> None:
    found = cut({"a.csv": "n,k\n5,a\n,b\n"}, rows=1, dtype_backend=backend)
    got = [str(each.value["n"].dtype) for each in found]
    assert got == dtypes


@pytest.mark.parametrize(
    ("kind", "split", "words"),
    [
        ("uri_folder", Split(rows=5), "counts rows of a table"),
        ("mltable", Split(bytes=5), "adds up files of a list"),
        ("mltable", Split(keys=("zz",)), "partition_keys names zz"),
    ],
)
def test_what_does_not_go_together_is_told(
    make_table: Callable[..., str], tmp_path: Path, kind: str, split: Split, words: str
) -> None:
    folder = make_table(TABLE.format("", ""), {"a.csv": csv(0, 3)})
    with pytest.raises(DataException, match=words):
        plan_mini_batches(MajorInput(folder, kind), split, str(tmp_path / "m"))


def test_a_bad_file_is_named_and_the_others_are_read(
    make_table: Callable[..., str], tmp_path: Path
) -> None:
    """Of seven files the third is no UTF-8, the sixth has too long a row, the seventh no ``k``."""
    files: dict[str, Any] = {f"{n}.csv": csv(n * 1000, 300) for n in range(1, 8)}
    files["3.csv"] = b"n,k\n30,a\n31,\xff\n"
    files["6.csv"] = "n,k\n60,a\n61,a,x,y\n"
    files["7.csv"] = "n\n70\n"
    folder = make_table(TABLE.format("", ""), files)
    into = str(tmp_path / "m")
    plan_mini_batches(MajorInput(folder, "mltable"), Split(10**6), into)
    with MiniBatchTable(into) as table:
        assert table.count == 7
        for number in range(7):
            if number == 2:
                with pytest.raises(DataException, match=r"3\.csv' is not UTF-8 at byte 12"):
                    table.load(number)
            elif number == 5:
                with pytest.raises(
                    DataException, match=r"6\.csv' has 4 cells in row 2 from byte 4"
                ):
                    table.load(number)
            elif number == 6:
                with pytest.raises(DataException, match=r"7\.csv' has 1 columns in its header"):
                    table.load(number)
            else:
                assert isinstance(table.load(number).value, pd.DataFrame)


@pytest.mark.parametrize(("damage", "told"), [("cut", r"\d+ now"), ("replaced", "17 now")])
def test_a_parquet_file_that_is_damaged_after_the_plan_is_named(
    make_table: Callable[..., str], tmp_path: Path, damage: str, told: str
) -> None:
    folder = make_table("paths: [{pattern: '*.parquet'}]\ntransformations: [read_parquet]\n", {})
    for name in "ab":
        parquet.write_table(pa.table({"n": [1, 2, 3]}), f"{folder}/{name}.parquet")
    into = str(tmp_path / "m")
    plan_mini_batches(MajorInput(folder, "mltable"), Split(), into)
    path = Path(folder, "a.parquet")
    path.write_bytes(path.read_bytes()[:-9] if damage == "cut" else b"no Parquet at all")
    with MiniBatchTable(into) as table:
        with pytest.raises(DataException, match=rf"a\.parquet' has changed since .*{told}"):
            table.load(0)
        assert len(table.load(1).value) == 3


def test_a_table_may_name_data_of_the_workspace(
    make_table: Callable[..., str], workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "store" / "b").mkdir(parents=True)
    (tmp_path / "store" / "b" / "b.csv").write_text(csv(5, 2))
    (tmp_path / "a.csv").write_text(csv(0, 2))
    client = MLClient()
    client.data.create_or_update(Data(name="rows", version="1", path=str(tmp_path / "a.csv")))
    (workspace / "config.toml").write_text(f'[datastores]\nmine = "{tmp_path}/store"\n')
    stored = Data(
        name="more", version="2", type="uri_folder", path="azureml://datastores/mine/paths/b"
    )
    client.data.create_or_update(stored)
    folder = make_table(
        "paths:\n"
        "  - file: azureml:rows:1\n"
        "  - file: azureml://datastores/mine/paths/b/b.csv\n"
        "  - folder: azureml:more@latest\n"
        "transformations: [read_delimited]\n",
        {},
    )
    into = str(tmp_path / "mini_batches.arrow")
    plan_mini_batches(MajorInput(folder, "mltable", "direct", str(workspace)), Split(), into)
    with MiniBatchTable(into) as table:
        found = [table.load(number) for number in range(table.count)]
    assert [n for rows in column(found) for n in rows] == [0, 1, 5, 6, 5, 6]


def test_a_flipped_bit_in_rows_that_were_read_to_be_split_is_told_with_their_file(
    make_table: Callable[..., str], tmp_path: Path
) -> None:
    folder = make_table(TABLE.format("", ""), {"a.csv": csv(0, 50)})
    plan_mini_batches(MajorInput(folder, "mltable"), Split(keys=("k",)), str(tmp_path / "m"))
    with MiniBatchTable(str(tmp_path / "m")) as table:
        before = table.load(0).value
    [rows] = (tmp_path / "m_rows").iterdir()
    whole = rows.read_bytes()
    for place in range(0, len(whole), 13):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        rows.write_bytes(damaged)
        with (
            MiniBatchTable(str(tmp_path / "m")) as table,
            pytest.raises(DataException, match=r"rows-0\.arrow.* is damaged"),
        ):
            table.load(0)
    rows.write_bytes(whole)
    with MiniBatchTable(str(tmp_path / "m")) as table:
        pd.testing.assert_frame_equal(table.load(0).value, before)
