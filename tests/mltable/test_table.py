"""Tables in code: ``load``, the ``from_*`` functions and the methods that add steps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import deltalake
import pandas as pd
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
