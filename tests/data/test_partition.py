"""How inputs become mini-batches: lists by count, tables by bytes, both by partition keys."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallelsdk.data.mini_batch import LoadedMiniBatch, MiniBatchTable
from parallelsdk.data.partition import (
    MajorInput,
    PartitionSummary,
    Split,
    check_major_input,
    plan_mini_batches,
)
from parallelsdk.exceptions import DataException, MlException, ValidationException

LIST = "paths:\n  - pattern: '**/*.csv'\n"
TABLE = LIST + "transformations:\n  - read_delimited\n"
EXTRACT = (
    "  - extract_columns_from_partition_format:\n      partition_format: '{Store}/{Brand}/*'\n"
)


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., tuple[PartitionSummary, list[LoadedMiniBatch]]]:
    def _plan(
        path: str, type: str = "mltable", size: int = 0, mode: str | None = None, **options: Any
    ) -> Any:
        into = str(tmp_path / "out" / "mini_batches.arrow")
        summary = plan_mini_batches(MajorInput(path, type, mode), Split(size, **options), into)
        with MiniBatchTable(into) as table:
            assert table.count == summary.count
            assert table.kind == summary.kind
            return summary, [table.load(number) for number in range(table.count)]

    return _plan


def relative(mini_batches: list[LoadedMiniBatch], folder: object) -> list[list[str]]:
    return [[os.path.relpath(path, str(folder)) for path in each.value] for each in mini_batches]


def test_a_folder_is_split_by_count_with_every_file_in_it(tmp_path: Path, plan: Any) -> None:
    folder = tmp_path / "in"
    names = ["a/1", "a-b/2", "a.csv", ".dot", "line\nbreak", os.fsdecode(b"bad\xff"), "x" * 255]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    os.symlink("..", folder / "a" / "loop")
    summary, found = plan(str(folder), "uri_folder", size=3)
    assert summary == PartitionSummary("files", 3, 7)
    assert relative(found, folder) == [
        [".dot", "a/1", "a-b/2"],
        ["a.csv", os.fsdecode(b"bad\xff"), "line\nbreak"],
        ["x" * 255],
    ]
    assert [each.row_index_lower_bound for each in found] == [0, 3, 6]
    assert all(os.path.exists(path) for each in found for path in each.value)


def test_the_default_is_ten_files_and_a_file_is_a_list_of_one(tmp_path: Path, plan: Any) -> None:
    for number in range(11):
        (tmp_path / "in" / f"{number:02}").parent.mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number:02}").touch()
    assert [each.items for each in plan(str(tmp_path / "in"), "uri_folder")[1]] == [10, 1]
    one = str(tmp_path / "in" / "03")
    assert plan(one, "uri_file")[1][0].value == [one]


def test_the_default_of_a_table_is_a_megabyte(make_table: Callable[..., str], plan: Any) -> None:
    rows = 3 * 1024 * 1024 // 64
    folder = make_table(TABLE, {"a.csv": "n,text\n" + f"1,{'x' * 61}\n" * rows})

    found = plan(folder)[1]

    assert [len(each.value) for each in found] == [rows // 3] * 3


def test_a_table_is_its_rows_in_order_for_any_size(
    make_table: Callable[..., str], plan: Any
) -> None:
    files = {
        "b.csv": "n,text\n" + "".join(f"{n},row {n}\n" for n in range(50)),
        "a/c.csv": "n,text\n",
        "a/d.csv": "\ufeffn,text\r\n" + "".join(f"{n},\r\n" for n in range(50, 60)) + "60,end",
    }
    folder = make_table(TABLE, files)
    whole = None
    for size in (0, 1, 7, 50, 100, 10_000):
        summary, found = plan(folder, size=size)
        rows = [n for each in found for n in each.value["n"].tolist()]
        texts = [t for each in found for t in each.value["text"].fillna("-").tolist()]
        whole = whole or (rows, texts)
        assert (rows, texts) == whole, "the cut never changes what the table is"
        assert summary.kind == "table"
        assert summary.items == -1
        assert all(each.items == len(each.value) > 0 for each in found)
        assert all(each.row_index_lower_bound is None for each in found)
    assert rows == [*range(50, 61), *range(50)]
    assert len(plan(folder, size=1)[1]) == 61


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("no_header", [("a", "b"), ("1", "2"), ("b", "a"), ("3", "4")]),
        ("from_first_file", [("1", "2"), ("b", "a"), ("3", "4")]),
        ("all_files_same_headers", [("1", "2"), ("4", "3")]),
        ("all_files_different_headers", [("1", "2"), ("4", "3")]),
    ],
)
def test_each_header_mode_drops_its_rows_at_any_size(
    make_table: Callable[..., str], plan: Any, header: str, rows: list[tuple[str, str]]
) -> None:
    steps = TABLE + f"      header: {header}\n      infer_column_types: false\n"
    folder = make_table(
        steps.replace("- read_delimited", "- read_delimited:"),
        {"0.csv": "\n", "1.csv": "\na,b\n1,2\n", "2.csv": "b,a\n3,4\n"},
    )
    for size in (1, 5, 1000):
        _, found = plan(folder, size=size)
        values = [tuple(row) for each in found for row in each.value.to_numpy().tolist()]
        assert values == rows


def test_a_column_has_one_type_but_the_dtype_of_its_rows(
    make_table: Callable[..., str], plan: Any
) -> None:
    folder = make_table(TABLE, {"a.csv": "n,m\n1,x\n2,x\n,x\n4,x\n,x\n,x\n"})
    _, found = plan(folder, size=8)
    assert [str(each.value["n"].dtype) for each in found] == ["int64", "float64", "object"]
    assert found[-1].value["n"].tolist() == [None, None]
    found[0].value.loc[0, "n"] = 5  # user code may change what it is given
    assert found[0].value["n"].tolist() == [5, 2]


def test_files_that_rows_may_span_are_never_cut(make_table: Callable[..., str], plan: Any) -> None:
    options = "paths: [{pattern: '*.csv'}]\ntransformations: [{read_delimited: {%s}}]\n"
    text = 'a,b\n"1\n2",x\n3,y\n'
    folder = make_table(options % "support_multi_line: true", {"a.csv": text, "b.csv": text})
    _, found = plan(folder, size=1)
    assert [each.value["a"].tolist() for each in found] == [["1\n2", "3"]] * 2
    for mark, codec in (("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be"), ("", "utf-16-le")):
        data = f"{mark}é,b\n1,ü\n2,\n".encode(codec)
        folder = make_table(options % "encoding: utf16", {"a.csv": data, "b.csv": data})
        _, found = plan(folder, size=1)
        assert [each.value["é"].tolist() for each in found] == [[1, 2], [1, 2]]
        assert found[0].value["b"].fillna("-").tolist() == ["ü", "-"]


@pytest.fixture
def sales(make_table: Callable[..., str]) -> Callable[[str], str]:
    files = {
        f"{store}/{brand}/{part}.csv": f"week,sold\n1,{store}\n2,{store}\n"
        for store in (1001, 1000)
        for brand in ("tropicana", "dominicks")
        for part in (1, 2)
    }
    return lambda document: make_table(document, files)


def test_a_table_by_keys_has_one_frame_for_each_combination(
    sales: Callable[[str], str], plan: Any
) -> None:
    summary, found = plan(sales(TABLE + EXTRACT), mode="direct", keys=("Store", "Brand"), size=1)
    assert summary.count == 4
    assert [each.partition_key_value for each in found] == [
        {"Store": "1000", "Brand": "dominicks"},
        {"Store": "1000", "Brand": "tropicana"},
        {"Store": "1001", "Brand": "dominicks"},
        {"Store": "1001", "Brand": "tropicana"},
    ]
    frame = found[0].value
    assert list(frame.columns) == ["week", "sold", "Store", "Brand"]
    assert frame["week"].tolist() == [1, 2, 1, 2]
    assert frame["Store"].unique().tolist() == ["1000"]
    assert frame.index.tolist() == [0, 1, 2, 3]
    _, found = plan(sales(TABLE + EXTRACT), keys=("Brand",))
    assert [(each.partition_key_value, each.items) for each in found] == [
        ({"Brand": "dominicks"}, 8),
        ({"Brand": "tropicana"}, 8),
    ]


def test_files_by_keys_are_listed_for_each_combination(
    sales: Callable[[str], str], plan: Any
) -> None:
    folder = sales(LIST + "transformations:\n" + EXTRACT)
    _, found = plan(folder, keys=("Brand", "Store"))
    assert relative(found, folder)[0] == ["1000/dominicks/1.csv", "1000/dominicks/2.csv"]
    assert list((found[0].partition_key_value or {}).items()) == [
        ("Brand", "dominicks"),
        ("Store", "1000"),
    ]


@pytest.mark.parametrize(
    ("document", "options", "words"),
    [
        (LIST, {"mode": "direct"}, "has no read_.* Add read_delimited"),
        (LIST, {"keys": ("Store",)}, "there is no partition format"),
        (TABLE + EXTRACT, {"keys": ("Shop",)}, "names Shop, .* gives Store, Brand"),
        ("paths: []\n", {}, "holds no files"),
        ("paths: [{file: x.csv}]\ntransformations: [read_delimited]\n", {}, "There is no file"),
        ("paths: {}\n", {}, "MLTable:1: paths must be a list"),
        ("paths: [{file: a/b/h.txt}]\ntransformations: [read_delimited]\n", {}, "holds no rows"),
        ("paths: []\ntransformations: [read_delimited]\n", {}, "hold no record|holds no files"),
    ],
)
def test_what_cannot_be_split_is_told_before_and_writes_nothing(
    make_table: Callable[..., str], tmp_path: Path, document: str, options: Any, words: str
) -> None:
    folder = make_table(document, {"a/b/c.csv": "x\n1\n", "a/b/h.txt": "x\n\n"})
    major = MajorInput(folder, "mltable", options.pop("mode", None))
    problem = check_major_input(major, Split(**options))
    with pytest.raises(MlException, match=words) as caught:
        plan_mini_batches(major, Split(**options), str(tmp_path / "out" / "m"))
    assert problem is not None
    assert isinstance(caught.value, (DataException, ValidationException))
    assert not (tmp_path / "out" / "m").exists()
    assert not list(tmp_path.glob("out/*"))


def test_a_missing_or_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty" / "er").mkdir(parents=True)
    assert "holds no files" in (
        check_major_input(MajorInput(str(tmp_path / "empty"), "uri_folder"), Split()) or ""
    )
    assert "nothing at" in (
        check_major_input(MajorInput(str(tmp_path / "no"), "uri_folder"), Split()) or ""
    )
    assert "type uri_folder" in (
        check_major_input(MajorInput(str(tmp_path), "uri_file"), Split()) or ""
    )
    assert "type mltable" in (
        check_major_input(MajorInput(str(tmp_path), "uri_folder"), Split(keys=("Store",))) or ""
    )


def test_a_good_input_has_no_problem(sales: Callable[[str], str]) -> None:
    folder = sales(TABLE + EXTRACT)
    assert (
        check_major_input(MajorInput(folder, "mltable", "direct"), Split(keys=("Store", "Brand")))
        is None
    )
    assert check_major_input(MajorInput(folder, "uri_folder"), Split()) is None
    assert check_major_input(MajorInput(f"{folder}/MLTable", "uri_file"), Split()) is None


def test_a_file_that_the_partition_format_does_not_fit_is_named(
    make_table: Callable[..., str], plan: Any
) -> None:
    document = TABLE + EXTRACT.replace("{Brand}/*", "x{Brand}/*")
    folder = make_table(document, {"1/x2/f.csv": "a\n1\n", "1/y/f.csv": "a\n1\n"})
    with pytest.raises(DataException, match=r"does not fit the path '.*1/y/f\.csv'"):
        plan(folder, keys=("Store",))


CELL = st.one_of(
    st.sampled_from(["", "1", "0", "2", "-3.5", "x", "NA", "true", "2020-01-02", '""']),
    st.text(alphabet='ab ,"é', max_size=5).map(lambda text: '"' + text.replace('"', '""') + '"'),
    st.text(alphabet='a" é', max_size=3),
)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=2), max_size=12)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    tables=st.lists(ROWS, min_size=1, max_size=3),
    breaks=st.sampled_from(["\n", "\r\n", "\n\n"]),
    size=st.integers(1, 60),
)
def test_all_mini_batches_together_are_the_table(
    tmp_path_factory: pytest.TempPathFactory,
    tables: list[list[list[str]]],
    breaks: str,
    size: int,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    (folder / "MLTable").write_text(TABLE)
    for number, rows in enumerate(tables):
        lines = ["p,q", *(",".join(row) for row in rows)]
        (folder / f"{number}.csv").write_bytes(breaks.join(lines).encode())

    def rows_at(size: int) -> tuple[list[int], list[list[str]]]:
        into = str(folder / "out" / "m")
        plan_mini_batches(MajorInput(str(folder), "mltable"), Split(size), into)
        with MiniBatchTable(into) as table:
            frames = [table.load(number).value for number in range(table.count)]
        # The dtype may follow the rows, values may not: 1.0 is 1, and missing is missing.
        rows = [
            [_plain(cell) for cell in row]
            for frame in frames
            for row in frame.to_numpy(dtype=object)
        ]
        return [len(frame) for frame in frames], rows

    try:
        whole = rows_at(10**9)
    except DataException:
        with pytest.raises(DataException):
            rows_at(size)
        return
    cut = rows_at(size)
    assert cut[1] == whole[1]
    assert min(cut[0]) > 0


def _plain(cell: Any) -> str:
    if cell is None or cell != cell:
        return "missing"
    return repr(float(cell)) if isinstance(cell, (int, float)) else repr(str(cell))


def test_the_descriptions_depend_on_the_input_and_the_size_alone(
    sales: Callable[[str], str], tmp_path: Path
) -> None:
    folder = sales(TABLE + EXTRACT)
    code = (
        "import sys;"
        "from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches as plan;"
        "plan(MajorInput(sys.argv[1], 'mltable'), Split(5, tuple(sys.argv[3:])), sys.argv[2])"
    )
    for keys in ((), ("Store",)):
        written = []
        for number, seed in enumerate(("1", "2")):
            into = tmp_path / f"{len(keys)}{number}"
            subprocess.run(
                [sys.executable, "-c", code, folder, str(into), *keys],
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            )
            written.append(into.read_bytes())
        assert written[0] == written[1]


def test_a_size_with_a_unit_is_a_size_for_files_too(tmp_path: Path, plan: Any) -> None:
    (tmp_path / "in").mkdir()
    for number in range(10):
        (tmp_path / "in" / f"{number}.bin").write_bytes(b"x" * 400)
    _, by_bytes = plan(str(tmp_path / "in"), "uri_folder", size=1024, size_has_unit=True)
    assert [each.items for each in by_bytes] == [2] * 5
    _, by_count = plan(str(tmp_path / "in"), "uri_folder", size=1024)
    assert [each.items for each in by_count] == [10]


def test_a_key_that_is_missing_is_none_that_is_empty(tmp_path: Path, plan: Any) -> None:
    frame = pa.table({"shop": ["a", None, "", "a", None], "sold": [1, 2, 3, 4, 5]})
    (tmp_path / "in").mkdir()
    pq.write_table(frame, tmp_path / "in" / "x.parquet")
    document = "paths: [{file: x.parquet}]\ntransformations: [read_parquet]\n"
    (tmp_path / "in" / "MLTable").write_text(document)
    _, found = plan(str(tmp_path / "in"), keys=("shop",))
    keys = {(each.partition_key_value or {})["shop"]: each.value["sold"] for each in found}
    assert {key: sold.tolist() for key, sold in keys.items()} == {
        "a": [1, 4],
        "": [3],
        "__HIVE_DEFAULT_PARTITION__": [2, 5],
    }


def test_a_job_does_not_choose_partitions(make_table: Callable[..., str]) -> None:
    folder = make_table(TABLE + "  - select_partitions: [0]\n", {"a.csv": "x\n1\n"})
    problem = check_major_input(MajorInput(folder, "mltable"), Split())
    assert problem is not None and "a job cuts its input by mini_batch_size" in problem
