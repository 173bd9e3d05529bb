"""Tables in code: ``load``, the ``from_*`` functions and the methods that add steps."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parallelsdk import mltable
from parallelsdk.exceptions import (
    DataException,
    UserErrorException,
    ValidationException,
)
from parallelsdk.mltable import DataType, MLTable

CSV = "n,t,d\n5,red,2020-01-13\n6,blue,2020-02-14\n7,red,2020-03-15\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text(CSV)
    return tmp_path


@pytest.fixture
def table(folder: Path) -> MLTable:
    return mltable.from_delimited_files([{"file": "./data/a.csv"}])


def test_steps_make_new_tables_and_leave_the_old_one(table: MLTable) -> None:
    made = table.filter('col("n") > 5').keep_columns(["t", "n"]).skip(1).take(1)
    assert made.to_pandas_dataframe().to_dict("list") == {"n": [7], "t": ["red"]}
    assert len(table.to_pandas_dataframe()) == 3
    assert list(table.drop_columns("d").show(2)["n"]) == [5, 6]


def test_types_are_converted_by_name(table: MLTable) -> None:
    frame = table.convert_column_types(
        {("n", "t"): DataType.to_string(), "d": DataType.to_datetime("%Y-%m-%d")}
    ).to_pandas_dataframe()
    assert list(frame["n"]) == ["5", "6", "7"]
    assert frame["d"].iloc[0] == pd.Timestamp("2020-01-13")


def test_a_sample_and_a_split_draw_the_same_rows_each_time(folder: Path) -> None:
    rows = "n\n" + "".join(f"{n}\n" for n in range(10, 1010))
    (folder / "many.csv").write_text(rows)
    table = mltable.from_delimited_files([{"file": "many.csv"}])
    drawn = table.take_random_sample(0.3, seed=7).to_pandas_dataframe()
    assert 200 < len(drawn) < 400
    assert drawn.equals(table.take_random_sample(0.3, seed=7).to_pandas_dataframe())
    first, second = table.random_split(0.3, seed=7)
    parts = [*first.to_pandas_dataframe()["n"], *second.to_pandas_dataframe()["n"]]
    assert sorted(parts) == list(range(10, 1010))


def test_a_table_is_saved_with_its_defaults_for_its_new_place(table: MLTable, folder: Path) -> None:
    saved = table.take(2).save("saved")
    text = Path("saved/MLTable").read_text()
    assert "file: ../data/a.csv" in text and "partition_size: 20971520" in text
    assert saved.to_pandas_dataframe().equals(table.take(2).to_pandas_dataframe())
    with pytest.raises(UserErrorException, match="already"):
        table.save("saved", overwrite="fail")
    assert len(table.save("saved", overwrite="skip").to_pandas_dataframe()) == 2
    together = table.save("together", colocated=True)
    assert Path("together/data/a.csv").read_text() == CSV
    assert together.paths == [{"file": "./data/a.csv"}]


def test_a_list_of_files_gives_their_places(folder: Path) -> None:
    listed = mltable.from_paths([{"pattern": "data/*.csv"}])
    assert listed.list_files() == [str(folder / "data" / "a.csv")]
    frame = listed.extract_columns_from_partition_format("{f}.csv").to_pandas_dataframe()
    assert frame["Path"][0].resource_identifier == str(folder / "data" / "a.csv")
    assert list(frame["f"]) == ["a"]


def test_traits_are_kept(table: MLTable, folder: Path) -> None:
    table.save("traits")
    path = Path("traits/MLTable")
    path.write_text(path.read_text() + "traits: {index_columns: [n]}\n")
    loaded = mltable.load("traits")
    with pytest.raises(UserErrorException, match="cannot be dropped"):
        loaded.drop_columns("n")
    with pytest.raises(UserErrorException, match="must be kept"):
        loaded.keep_columns(["t"])


def test_a_table_without_rows_is_an_empty_frame(table: MLTable) -> None:
    assert table.take(0).to_pandas_dataframe().shape == (0, 0)


def test_what_is_wrong_is_told_when_it_is_said(table: MLTable, folder: Path) -> None:
    with pytest.raises(ValidationException, match="from 0 up"):
        table.take(-1)
    with pytest.raises(ValidationException, match="is no filter"):
        table.filter("n >")
    with pytest.raises(DataException, match="There is no folder"):
        mltable.load("nowhere")
    with pytest.raises(DataException, match="no file named MLTable"):
        mltable.load("data")


@pytest.mark.timeout(30)
def test_a_pipe_in_the_log_of_a_delta_table_holds_nobody(folder: Path) -> None:
    deltalake.write_deltalake("delta", pd.DataFrame({"n": [1]}))
    os.mkfifo("delta/_delta_log/00000000000000000001.json")
    with pytest.raises(DataException, match=r"1\.json' is a FIFO, not a file"):
        mltable.from_delta_lake("delta").to_pandas_dataframe()


def test_delta_and_json_and_parquet_are_read(folder: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "p": ["a", "a", "b"]})
    deltalake.write_deltalake("delta", frame, partition_by=["p"])
    deltalake.write_deltalake("delta", frame.assign(n=[4, 5, 6]), mode="append")
    newest = mltable.from_delta_lake("delta").to_pandas_dataframe()
    assert sorted(newest["n"]) == [1, 2, 3, 4, 5, 6] and set(newest["p"]) == {"a", "b"}
    older = mltable.from_delta_lake("delta", version_as_of=0).to_pandas_dataframe()
    assert sorted(older["n"]) == [1, 2, 3]
    Path("x.jsonl").write_text('{"n": 1, "o": {"k": [1, 2]}}\n\nnonsense\n{"n": 2, "late": true}\n')
    lines = mltable.from_json_lines_files([{"file": "x.jsonl"}], invalid_lines="drop")
    found = lines.to_pandas_dataframe()
    assert found["o"][0] == {"k": [1, 2]} and list(found.columns) == ["n", "o", "late"]
    with pytest.raises(DataException, match=r"x\.jsonl' has no JSON object in line 3"):
        mltable.from_json_lines_files([{"file": "x.jsonl"}]).to_pandas_dataframe()
    frame.to_parquet("x.parquet")
    assert (
        mltable.from_parquet_files([{"file": "x.parquet"}])
        .to_pandas_dataframe()
        .equals(pd.read_parquet("x.parquet"))
    )


def test_entry_scripts_may_import_it_by_the_name_of_azures_package(root: Path) -> None:
    shims = root / "parallelsdk" / "worker" / "shims"
    code = (
        "import sys; sys.path.append(sys.argv[1]); import mltable; print(mltable.load.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(shims)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.stdout.strip() == "parallelsdk.mltable._table"


def test_a_datastore_in_a_document_is_where_the_workspace_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLELSDK_HOME", str(folder / "home"))
    (folder / "home").mkdir()
    (folder / "home" / "config.toml").write_text(f'[datastores]\nmine = "{folder}/data"\n')
    table = mltable.from_delimited_files([{"file": "azureml://datastores/mine/paths/a.csv"}])
    assert list(table.to_pandas_dataframe()["n"]) == [5, 6, 7]


def test_partitions_of_a_delta_table_may_have_any_name(folder: Path) -> None:
    rows = pd.DataFrame({"n": range(5), "k": ["a b", "c/d", "e%f", "\u00fc", None]})
    deltalake.write_deltalake("table", rows, partition_by=["k"])
    found = mltable.from_delta_lake("table").to_pandas_dataframe().sort_values("n")
    assert list(found["k"])[:4] == list(rows["k"])[:4] and found["k"].isna().iloc[4]
    with pytest.raises(DataException, match="nowhere' cannot be read as a Delta table: ") as error:
        mltable.from_delta_lake("nowhere").to_pandas_dataframe()
    assert "\x1b" not in str(error.value) and "\n" not in str(error.value)


def test_traits_and_metadata_are_read_and_set(table: MLTable) -> None:
    with pytest.raises(UserErrorException, match="has no timestamp_column"):
        _ = table.traits.timestamp_column
    table.traits.timestamp_column = "d"
    table.traits.index_columns = ["n"]
    table.metadata.add("owner", "us")
    table.save("kept")
    kept = mltable.load("kept")
    assert (kept.traits.timestamp_column, kept.traits.index_columns) == ("d", ["n"])
    assert (kept.metadata.has("owner"), kept.metadata.get("owner")) == (True, "us")
    assert (kept.metadata.has("x"), kept.metadata.get("x")) == (False, None)
    for wrong in (3, ["d"]):
        with pytest.raises(UserErrorException, match="must be a text"):
            table.traits.timestamp_column = wrong  # type: ignore[assignment]
    with pytest.raises(UserErrorException, match="must be a list of texts"):
        table.traits.index_columns = "n"  # type: ignore[assignment]
    with pytest.raises(UserErrorException, match="must be a text"):
        table.metadata.get(3)  # type: ignore[arg-type]


def test_traits_below_metadata_mean_nothing(table: MLTable) -> None:
    table.save("free")
    path = Path("free/MLTable")
    path.write_text(path.read_text() + "metadata: {traits: {index_columns: [n]}}\n")
    assert "n" not in mltable.load("free").drop_columns("n").to_pandas_dataframe()


def test_a_table_is_chosen_by_its_partitions(folder: Path) -> None:
    for name in "bcd":
        (folder / "data" / f"{name}.csv").write_text(CSV.replace("red", name))
    table = mltable.from_delimited_files([{"pattern": "./data/*.csv"}])
    assert table.get_partition_count() == 4
    chosen = table.select_partitions([1, 3]).to_pandas_dataframe()
    assert chosen["t"].tolist() == ["b", "blue", "b", "d", "blue", "d"]
    assert table.select_partitions(0).get_partition_count() == 1
    assert mltable.from_paths([{"pattern": "./data/*.csv"}]).get_partition_count() == 4


def test_the_names_of_encodings_are_those_of_azures_package(folder: Path) -> None:
    (folder / "data" / "a.csv").write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    for encoding in ("utf8", "utf-8 bom", mltable.MLTableFileEncoding.utf8bom):
        table = mltable.from_delimited_files([{"file": "./data/a.csv"}], encoding=encoding)
        assert list(table.to_pandas_dataframe().columns) == ["n", "t", "d"]


def _parquet(folder: Path, *columns: Any, steps: str = "") -> pd.Series[Any]:
    """The column ``v`` of files with one column each."""
    for number, column in enumerate(columns):
        pq.write_table(pa.table({"v": column}), folder / f"{number}.parquet")
    files = ", ".join(f"{{file: ./{number}.parquet}}" for number in range(len(columns)))
    text = f"paths: [{files}]\ntransformations: [read_parquet{steps}]\n"
    (folder / "MLTable").write_text(text)
    return mltable.load(str(folder)).to_pandas_dataframe()["v"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (([2**53 + 1], [0.5]), [float(2**53), 0.5]),
        ((pa.array([2**64 - 1], pa.uint64()), [1.5]), [float(2**64), 1.5]),
        ((pa.array([], pa.float64()), [2**53 + 1]), [2**53 + 1]),
        ((pa.array([], pa.string()), [1]), [1]),
        (([1], pa.array([], pa.string())), [1]),
        (([[2**53 + 1]], [[1.5]]), [[2**53 + 1], [1.5]]),
        (([{"a": Decimal("1.5")}], [{"a": 1}]), [{"a": Decimal("1.5")}, {"a": 1}]),
        (([b"ab", b"\xff"], ["ab"]), [b"ab", b"\xff", "ab"]),
        ((pa.array(["a"], pa.string_view()), ["b"]), ["a", "b"]),
    ],
)
def test_files_of_other_types_are_read_together(
    folder: Path, columns: Any, expected: list[Any]
) -> None:
    found = [list(v) if hasattr(v, "tolist") else v for v in _parquet(folder, *columns)]
    assert found == expected


FAR = [date(9999, 12, 31), date(2020, 1, 1), date(1500, 1, 1)]


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC")])
@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("< datetime(9999,12,31)", [1, 2]),
        ("== datetime(9999,12,31)", [0]),
        ("> datetime(1600,1,1)", [0, 1]),
        ("> datetime(2019,1,1)", [0, 1]),
        ("< '9999-12-31'", [1, 2]),
    ],
)
def test_a_filter_knows_all_years(folder: Path, kind: Any, condition: str, kept: list[int]) -> None:
    column = pa.array(FAR).cast(kind)
    step = f", {{filter: \"col('v') {condition}\"}}"
    found = _parquet(folder, column, steps=step)
    assert [value.year for value in found] == [FAR[number].year for number in kept]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("== 18446744073709551615", [0]),
        ("> 9223372036854775808", [0]),
        (">= 9223372036854775808", [0, 1]),
        ("< 100000000000000000000000", [0, 1]),
        ("< 1" + "0" * 400, [0, 1]),
        ("> -1" + "0" * 90, [0, 1]),
    ],
)
def test_a_filter_knows_all_numbers(folder: Path, condition: str, kept: list[int]) -> None:
    values = [2**64 - 1, 2**63]
    step = f", {{filter: \"col('v') {condition}\"}}"
    found = _parquet(folder, pa.array([values[0], None, values[1]], pa.uint64()), steps=step)
    assert found.tolist() == [values[number] for number in kept]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1], pa.time64("ns")),
        pa.array([253402300799 * 10**6 - 1], pa.timestamp("us", "Mars/Base")),
    ],
)
def test_what_pandas_cannot_hold_is_told_with_its_column(folder: Path, column: Any) -> None:
    with pytest.raises(DataException, match=r"The column 'v' of type .* Leave it out with drop"):
        _parquet(folder, column)


def test_what_pandas_never_wrote_about_a_file_is_passed_over(folder: Path) -> None:
    for told in (b"not json", b'{"index_columns": ["nope"], "columns": []}', b"{}"):
        table = pa.table({"v": [1, 2]}).replace_schema_metadata({b"pandas": told})
        pq.write_table(table, folder / "0.parquet")
        text = "paths: [{file: ./0.parquet}]\ntransformations: [read_parquet]\n"
        (folder / "MLTable").write_text(text)
        assert mltable.load(str(folder)).to_pandas_dataframe()["v"].tolist() == [1, 2]


def test_one_frame_of_pandas_does_not_decide_the_dtypes_of_another(folder: Path) -> None:
    pd.DataFrame({"v": pd.array([1], "Int8")}).to_parquet(folder / "0.parquet")
    pd.DataFrame({"v": pd.array([2**53 + 1], "Int64")}).to_parquet(folder / "1.parquet")
    text = "paths: [{pattern: './*.parquet'}]\ntransformations: [read_parquet]\n"
    (folder / "MLTable").write_text(text)
    assert mltable.load(str(folder)).to_pandas_dataframe()["v"].tolist() == [1, 2**53 + 1]


def test_an_emptied_delta_table_keeps_its_columns(folder: Path) -> None:
    deltalake.write_deltalake("lake", pa.table({"a": [1, 2], "b": ["x", "y"]}))
    deltalake.DeltaTable("lake").delete()
    frame = mltable.from_delta_lake("./lake").to_pandas_dataframe()
    assert (list(frame.columns), len(frame)) == (["a", "b"], 0)


def test_lines_without_objects_never_reach_the_fast_parser(folder: Path) -> None:
    for text in ("null\n", "null\nnull\n", "1\n", "[]\n"):
        (folder / "a.jsonl").write_text('{"v": 1}\n')
        (folder / "b.jsonl").write_text(text)
        table = mltable.from_json_lines_files([{"pattern": "./*.jsonl"}], invalid_lines="drop")
        assert table.to_pandas_dataframe()["v"].tolist() == [1]


@pytest.mark.parametrize("numbers", [[4], [0, 9]])
def test_partitions_that_are_not_there_are_told(table: MLTable, numbers: list[int]) -> None:
    with pytest.raises(DataException, match=r"there are 1, which are counted from 0"):
        table.select_partitions(numbers).to_pandas_dataframe()
    for wrong in (None, 1.0, "0"):
        with pytest.raises(UserErrorException, match="must be a number or a list"):
            table.select_partitions(wrong)  # type: ignore[arg-type]


def test_the_truth_of_json_stays_what_it_is(folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"v": true}\n{"v": "yes"}\n{"v": false}\n{"v": 3}\n')
    table = mltable.from_json_lines_files([{"file": "./a.jsonl"}])
    to_bool = DataType.to_bool(true_values=["yes"], false_values=["no"], mismatch_as="true")
    frame = table.convert_column_types({"v": to_bool}).to_pandas_dataframe()
    assert frame["v"].tolist() == [True, True, False, True]


def test_dates_become_moments(folder: Path) -> None:
    step = ", {convert_column_types: [{columns: v, column_type: {datetime: {formats: ['%Y']}}}]}"
    found = _parquet(folder, FAR, steps=step)
    assert found.dt.year.tolist() == [9999, 2020, 1500]
