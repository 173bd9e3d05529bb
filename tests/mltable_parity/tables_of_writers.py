"""Tables as the tools of today write them: polars, DuckDB, pandas, pyarrow and deltalake.

Every logical type with nulls, files whose columns have other types, names or orders, JSON lines of
mixed kinds. What is read differently on purpose is said here, by its reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.mltable_parity.building import Step, Table, delimited, lines, table

NOON = datetime(2020, 1, 2, 12, 30, 15, 250_000)
END = datetime(9999, 12, 31, 23, 59, 59)
KEEP: Step = {"filter": 'col("i") > 0'}

YEARS = "the reference counts years beyond 1677 and 2262 round and round, or loses them"
DIGITS = "the reference cuts nanoseconds off"
DECIMALS = "the reference makes doubles of decimals that have other digits from file to file"
SIGNS = "the reference takes a whole number above 2**63 for a negative one"
ZONES = "the reference forgets the zone and keeps the clock; here the instant is kept"
BYTES = "the reference tells how many bytes there are; here they become the text that they are"
TYPES = "the reference cannot read this type; here it is read"
STEPS = "the reference changes the type in a step; here it stays"
KINDS = "the reference keeps the kind of the first value in a file, and loses the others"
NESTED = "the reference makes texts of the numbers in an object"
FIRST = "the reference reads what the log has given another name, or has struck out"
VALUES = "the reference does not give the columns whose values stand in the log"
MEMBERS = "the reference leaves out the members that a file has not; here they are missing"

DIFFERENT: dict[str, str] = {}  # filled where the tables are named


def writer_tables() -> Iterator[Table]:
    """All of them, not written yet."""
    yield from _of_pyarrow()
    yield from _of_pandas()
    yield from _of_polars()
    yield from _of_duckdb()
    yield from _of_json()
    yield from _of_text()
    yield from _of_delta()


def _named(name: str, differs: str | None) -> str:
    if differs is not None:
        DIFFERENT[name] = differs
    return name


def _parquet(
    name: str, *frames: Any, steps: tuple[Step, ...] = (), differs: str | None = None
) -> Table:
    """A table of Parquet files, of Arrow tables, frames of either library, or bytes."""
    files = {f"{place}.parquet": _written(frame) for place, frame in enumerate(frames)}
    return table(_named(name, differs), files, "read_parquet", *steps)


def _written(frame: Any) -> Any:
    if isinstance(frame, bytes):
        return frame
    if isinstance(frame, pa.Table):
        return lambda path: pq.write_table(frame, path)
    if isinstance(frame, pl.DataFrame):
        return lambda path: frame.write_parquet(path)
    return lambda path: frame.to_parquet(path)


def _with_summaries(folder: Path) -> None:
    """A folder whose row groups a file ``_metadata`` tells, as Spark and Dask write it."""
    told: list[Any] = []
    for number in range(2):
        pq.write_to_dataset(
            pa.table({"v": [number, 5]}),
            folder,
            basename_template=f"{number}-{{i}}.parquet",
            metadata_collector=told,
        )
    schema = pa.schema([("v", pa.int64())])
    pq.write_metadata(schema, folder / "_common_metadata")
    pq.write_metadata(schema, folder / "_metadata", metadata_collector=told)


def _of_pyarrow() -> Iterator[Table]:
    def one(values: Any, **more: Any) -> pa.Table:
        return pa.table({"v": values, **more})

    count = {"i": [1, 2]}
    days = pa.array([date(9999, 12, 31), date(2020, 1, 2)])
    early = pa.array([date(1, 1, 1), date(1500, 1, 2)])
    yield _parquet("writer-arrow-date_far", one(days))
    yield _parquet("writer-arrow-date_early", one(early))
    yield _parquet(
        "writer-arrow-date_far_filtered", one(days, **count), steps=(KEEP,), differs=YEARS
    )
    yield _parquet(
        "writer-arrow-date_far_compared",
        one(days),
        steps=({"filter": 'col("v") > datetime(2021, 1, 1)'},),
        differs=YEARS,
    )
    yield _parquet(
        "writer-arrow-date_far_as_text",
        one(days),
        steps=({"convert_column_types": [{"columns": "v", "column_type": "string"}]},),
        differs=YEARS,
    )
    for unit in ("ms", "us"):
        far = pa.array([END, NOON.replace(microsecond=0)], pa.timestamp(unit))
        yield _parquet(f"writer-arrow-moment_far_{unit}", one(far))
        yield _parquet(
            f"writer-arrow-moment_far_{unit}_filtered",
            one(far, **count),
            steps=(KEEP,),
            differs=YEARS,
        )
        yield _parquet(
            f"writer-arrow-moment_far_{unit}_as_text",
            one(far),
            steps=({"convert_column_types": [{"columns": "v", "column_type": "string"}]},),
        )
    micro = pa.array([NOON], pa.timestamp("us"))
    nano = pa.array([1_577_966_400_123_456_789], pa.timestamp("ns"))
    yield _parquet("writer-arrow-us_then_ns", one(micro), one(nano), differs=DIGITS)
    yield _parquet("writer-arrow-ns_then_us", one(nano), one(micro), differs=DIGITS)
    yield _parquet(
        "writer-arrow-far_us_then_ns",
        one(pa.array([END], pa.timestamp("us"))),
        one(nano),
        differs=DIGITS,
    )
    two = pa.array([Decimal("1.50")], pa.decimal128(10, 2))
    three = pa.array([Decimal("1.505")], pa.decimal128(12, 3))
    yield _parquet("writer-arrow-decimal_then_int", one(two), one([7, 2**62]), differs=DECIMALS)
    yield _parquet("writer-arrow-int_then_decimal", one([7]), one(two), differs=DECIMALS)
    yield _parquet("writer-arrow-decimals", one(two), one(three), differs=DECIMALS)
    yield _parquet("writer-arrow-decimal_then_float", one(two), one([2.5]))
    yield _parquet("writer-arrow-decimal_filtered", one(two, i=[1]), steps=(KEEP,), differs=STEPS)
    large = pa.array([2**63 + 5, 7], pa.uint64())
    yield _parquet(
        "writer-arrow-uint64_filtered", one(large, **count), steps=(KEEP,), differs=SIGNS
    )
    yield _parquet(
        "writer-arrow-uint64_compared",
        one(large),
        steps=({"filter": 'col("v") > 10'},),
        differs=SIGNS,
    )
    yield _parquet("writer-arrow-uint64_then_int", one(large), one([-1]), differs=SIGNS)
    yield _parquet(
        "writer-arrow-uint64_then_uint8", one(large), one(pa.array([1], pa.uint8())), differs=SIGNS
    )
    day = pa.array([date(2020, 1, 2)])
    yield _parquet("writer-arrow-date_then_moment", one(day), one(micro))
    yield _parquet("writer-arrow-moment_then_date", one(micro), one(day))
    utc = pa.array([NOON], pa.timestamp("us", "UTC"))
    berlin = pa.array([NOON], pa.timestamp("us", "Europe/Berlin"))
    yield _parquet("writer-arrow-utc_then_berlin", one(utc), one(berlin), differs=ZONES)
    yield _parquet("writer-arrow-naive_then_utc", one(micro), one(utc), differs=ZONES)
    yield _parquet("writer-arrow-berlin_filtered", one(berlin, i=[1]), steps=(KEEP,), differs=ZONES)
    doubled = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    yield _parquet("writer-arrow-two_columns_of_one_name", doubled)
    yield _parquet("writer-arrow-empty_file", one([1]), b"")
    yield _parquet("writer-arrow-empty_file_first", b"", one([1]))
    yield table(
        _named("writer-arrow-summaries", "the reference looks for rows in the summary of a folder"),
        {"d": _with_summaries},
        "read_parquet",
        paths=[{"folder": "./d"}],
    )
    yield table(
        "writer-arrow-success",
        {"d/_SUCCESS": b"", "d/part-0.parquet": _written(one([1]))},
        "read_parquet",
        paths=[{"folder": "./d"}],
    )
    raw = pa.array([b"xy", b"\x00\xff", None])
    yield _parquet("writer-arrow-bytes", one(raw))
    yield _parquet(
        "writer-arrow-bytes_as_text",
        one(raw),
        steps=({"convert_column_types": [{"columns": "v", "column_type": "string"}]},),
        differs=BYTES,
    )
    yield _parquet("writer-arrow-text_then_int", one(["x"]), one([1]))
    yield _parquet("writer-arrow-bool_then_int", one([True]), one([1]))
    yield _parquet("writer-arrow-nulls_then_int", one(pa.nulls(1)), one([1]))
    yield _parquet(
        "writer-arrow-more_members", one([{"a": 1}]), one([{"a": 1, "b": 2}]), differs=MEMBERS
    )
    yield _parquet("writer-arrow-half", one(pa.array([1.5], pa.float16())), differs=TYPES)
    yield _parquet("writer-arrow-time", one(pa.array([time(1, 2, 3)])))
    yield _parquet(
        "writer-arrow-columns_in_another_order",
        pa.table({"a": [1], "b": ["x"]}),
        pa.table({"b": ["y"], "a": [2]}),
    )
    yield _parquet("writer-arrow-more_columns", one([1]), one([2], w=["x"]))


def _of_pandas() -> Iterator[Table]:
    plain = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    frames: Mapping[str, pd.DataFrame] = {
        "range": plain,
        "steps": plain.set_axis(range(5, 11, 2)),
        "named": plain.set_index("b"),
        "unnamed": plain.set_index(pd.Index(["p", "q", "r"])),
        "multi": plain.assign(c=[7, 8, 9]).set_index(["b", "c"]),
        "Int64": pd.DataFrame({"a": pd.array([2**53 + 1, None, 3], "Int64")}),
        "Float64": pd.DataFrame({"a": pd.array([1.5, None], "Float64")}),
        "boolean": pd.DataFrame({"a": pd.array([True, None, False], "boolean")}),
        "string": pd.DataFrame({"a": pd.array(["x", None], "string")}),
    }
    for name, frame in frames.items():
        yield _parquet(f"writer-pandas-{name}", frame)
        yield _parquet(f"writer-pandas-{name}-twice", frame, frame)
    yield _parquet(
        "writer-pandas-unnamed-taken", frames["unnamed"], steps=({"filter": 'col("a") > 1'},)
    )
    yield _parquet("writer-pandas-named-then_not", frames["named"], plain)
    category = pd.DataFrame({"a": pd.Categorical(["x", "y", "x"])})
    yield _parquet("writer-pandas-categories", category, differs=TYPES)


def _of_polars() -> Iterator[Table]:
    columns: Mapping[str, pl.Series] = {
        "int8": pl.Series([1, None], dtype=pl.Int8),
        "uint32": pl.Series([1, 2**32 - 1], dtype=pl.UInt32),
        "float32": pl.Series([0.5, None], dtype=pl.Float32),
        "text": pl.Series(["größe", None, ""]),
        "bool": pl.Series([True, None]),
        "date": pl.Series([date(2020, 1, 2), None, date(1850, 1, 1)]),
        "datetime_ms": pl.Series([NOON, None], dtype=pl.Datetime("ms")),
        "datetime_us": pl.Series([NOON, None], dtype=pl.Datetime("us")),
        "datetime_ns": pl.Series([NOON, None], dtype=pl.Datetime("ns")),
        "datetime_utc": pl.Series([NOON.replace(tzinfo=UTC)]),
        "time": pl.Series([time(1, 2, 3)]),
        "list": pl.Series([[1, 2], [], None]),
        "struct": pl.Series([{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        "decimal": pl.Series([Decimal("1.50"), None], dtype=pl.Decimal(10, 2)),
        "all_null": pl.Series([None, None], dtype=pl.Int64),
    }
    for name, series in columns.items():
        yield _parquet(f"writer-polars-{name}", series.alias("v").to_frame())
    odd: Mapping[str, pl.Series] = {
        "categories": pl.Series(["x", "y", "x"], dtype=pl.Categorical),
        "duration": pl.Series([timedelta(seconds=5)]),
    }
    for name, series in odd.items():
        frame = series.alias("v").to_frame()
        yield _parquet(f"writer-polars-{name}", frame, differs=TYPES)


def _of_duckdb() -> Iterator[Table]:
    values: Mapping[str, tuple[str, str | None]] = {
        "integer": ("1::INTEGER", None),
        "hugeint": ("170141183460469231731687303715884105727::HUGEINT", None),
        "decimal": ("1.50::DECIMAL(10, 2)", None),
        "double": ("0.1::DOUBLE", None),
        "varchar": ("'größe'", None),
        "date": ("DATE '9999-12-31'", None),
        "timestamp": ("TIMESTAMP '2020-01-02 12:30:15.25'", None),
        "timestamp_s": ("TIMESTAMP_S '2020-01-02 12:30:15'", None),
        "timestamp_ns": ("TIMESTAMP_NS '2020-01-02 12:30:15.123456789'", None),
        "time": ("TIME '01:02:03'", None),
        "boolean": ("true", None),
        "list": ("[1, 2, NULL]", None),
        "struct": ("{'a': 1, 'b': 'x'}", None),
        "blob": ("'\\x00\\xFF'::BLOB", None),
        "enum": ("'x'::ENUM('x', 'y')", None),
        "uuid": ("'00000000-0000-0000-0000-000000000001'::UUID", TYPES),
    }
    for name, (value, differs) in values.items():
        files = {"a.parquet": _by_duckdb(f"SELECT {value} AS v, 1 AS i")}
        yield table(_named(f"writer-duckdb-{name}", differs), files, "read_parquet")
    yield table(
        "writer-duckdb-csv",
        {"a.csv": _by_duckdb("SELECT 1 AS a, 'x,y' AS b UNION ALL SELECT 2, NULL", "csv, header")},
        "read_delimited",
    )


def _by_duckdb(query: str, form: str = "parquet") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT {form})")

    return write


def _of_json() -> Iterator[Table]:
    kinds = {"int": "2", "float": "1.5", "text": '"x"', "bool": "true", "object": '{"k": 1}'}
    for first, one in kinds.items():
        for second, other in kinds.items():
            if first == second:
                continue
            files = {"a.jsonl": lines(f'{{"v": {one}}}'), "b.jsonl": lines(f'{{"v": {other}}}')}
            name = f"writer-json-{first}_then_{second}"
            crashes = second == "bool"
            yield table(_named(name, TYPES if crashes else None), files, "read_json_lines")
            both = {"a.jsonl": lines(f'{{"v": {one}}}', f'{{"v": {other}}}')}
            name = f"writer-json-{first}_and_{second}"
            yield table(_named(name, KINDS), both, "read_json_lines")
    many = [f'{{"v": {number}}}' for number in range(250)]
    yield table(
        _named("writer-json-late_text", KINDS),
        {"a.jsonl": lines(*many, '{"v": "x"}')},
        "read_json_lines",
    )
    late = {"a.jsonl": lines(*many), "b.jsonl": lines('{"v": {"k": 1}}')}
    yield table("writer-json-late_object", late, "read_json_lines")
    for name, text in {
        "half_a_character": '{"v": "\\ud800"}',
        "too_large": '{"v": 1.5}\n{"v": 1e400}',
        "no_members": "{}",
        "some_without_members": '{"a": 1}\n{}',
        "two_in_a_line": '{"a": 1}{"a": 2}\n{"a": 3}',
        "two_with_a_blank": '{"a": 1} {"a": 2}\n{"a": 3}',
    }.items():
        yield table(f"writer-json-{name}", {"a.jsonl": lines(text)}, "read_json_lines")
    yield table(
        "writer-json-polars",
        {
            "a.jsonl": lambda path: pl.DataFrame(
                {"a": [1, None], "b": ["x", "größe"], "c": [[1], []]}
            ).write_ndjson(path)
        },
        "read_json_lines",
    )
    yield table(
        "writer-json-pandas",
        {
            "a.jsonl": lambda path: pd.DataFrame({"a": [1.5, np.nan], "b": [True, False]}).to_json(
                path, orient="records", lines=True
            )
        },
        "read_json_lines",
    )


def _of_text() -> Iterator[Table]:
    yield delimited(
        _named("writer-text-columns_in_another_order", "the reference shifts them; here by name"),
        {"a.csv": "x,y\n5,red\n", "b.csv": "y,x\ngreen,7\n"},
    )
    yield delimited("writer-text-two_characters", "a||b\n5||x\n", delimiter="||")
    yield delimited("writer-text-three_characters", "a|||b\n5|||x\n", delimiter="|||")
    for encoding in ("utf8 bom", "utf-8 bom"):
        yield delimited(
            _named(f"writer-text-{encoding.replace(' ', '_')}", "the reference reads neither name"),
            {"a.csv": b"\xef\xbb\xbfa,b\n5,x\n"},
            encoding=encoding,
        )


def _of_delta() -> Iterator[Table]:
    frame = pa.table({"a": [1, 2], "b": ["x", "y"]})

    def written(path: Path) -> None:
        deltalake.write_deltalake(str(path), frame)

    def evolved(path: Path) -> None:
        deltalake.write_deltalake(str(path), pa.table({"a": [1]}))
        more = pa.table({"a": [2], "b": ["n"]})
        deltalake.write_deltalake(str(path), more, mode="append", schema_mode="merge")

    def partitioned(path: Path) -> None:
        deltalake.write_deltalake(
            str(path), pa.table({"a": [1, 2], "p": ["x", "y z"]}), partition_by=["p"]
        )

    def emptied(path: Path) -> None:
        written(path)
        deltalake.DeltaTable(str(path)).delete()

    yield _delta("plain", written)
    yield _delta("evolved", evolved, unordered=True)
    yield _delta("partitioned", partitioned, unordered=True, differs=VALUES)
    yield _delta("emptied", emptied, differs="the reference fails where no file is left")
    yield table(
        _named("writer-delta-long_ago", "the reference reads the newest version; here an error"),
        {"d": written},
        {"read_delta_lake": {"timestamp_as_of": "2000-01-01T00:00:00Z"}},
        paths=[{"folder": "./d"}],
    )
    for name in ("deletionVectors", "timestampNtz", "v2Checkpoint", "typeWidening"):
        yield _delta(f"with_{name}", _with_features(written, name))
    yield _delta("unknown_feature", _with_features(written, "quantumColumns"), differs=FIRST)
    yield _delta("renamed", _renamed(written, legacy=False), differs=FIRST)
    yield _delta("renamed_legacy", _renamed(written, legacy=True), differs=FIRST)


def _delta(
    name: str, write: Callable[[Path], None], *, unordered: bool = False, differs: str | None = None
) -> Table:
    return table(
        _named(f"writer-delta-{name}", differs),
        {"d": write},
        "read_delta_lake",
        paths=[{"folder": "./d"}],
        unordered=unordered,
    )


def _with_features(write: Callable[[Path], None], *names: str) -> Callable[[Path], None]:
    def changed(path: Path) -> None:
        write(path)
        with _log(path) as entries:
            for entry in entries:
                if "protocol" in entry:
                    entry["protocol"] = {
                        "minReaderVersion": 3,
                        "minWriterVersion": 7,
                        "readerFeatures": list(names),
                        "writerFeatures": list(names),
                    }

    return changed


def _renamed(write: Callable[[Path], None], *, legacy: bool) -> Callable[[Path], None]:
    """A table whose columns have other names in the log than in the files."""

    def changed(path: Path) -> None:
        (write if legacy else _with_features(write, "columnMapping"))(path)
        with _log(path) as entries:
            for entry in entries:
                if "protocol" in entry and legacy:
                    entry["protocol"] = {"minReaderVersion": 2, "minWriterVersion": 5}
                if "metaData" in entry:
                    schema = json.loads(entry["metaData"]["schemaString"])
                    for number, field in enumerate(schema["fields"], 1):
                        field["metadata"] = {
                            "delta.columnMapping.id": number,
                            "delta.columnMapping.physicalName": field["name"],
                        }
                        field["name"] += "_new"
                    entry["metaData"]["schemaString"] = json.dumps(schema)
                    entry["metaData"]["configuration"] = {
                        "delta.columnMapping.mode": "name",
                        "delta.columnMapping.maxColumnId": "2",
                    }

    return changed


@contextmanager
def _log(path: Path) -> Iterator[list[dict[str, Any]]]:
    """The entries of the first commit, written back afterwards."""
    file = path / "_delta_log" / f"{0:020d}.json"
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    yield entries
    file.write_text(lines(*map(json.dumps, entries)))
