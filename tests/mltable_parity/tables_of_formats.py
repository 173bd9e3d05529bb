"""Parquet, JSON lines and Delta tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.mltable_parity.building import Content, Step, Table, lines, table

NOON = datetime(2020, 1, 2, 12, 30, 15, 250_000)
ARROW: dict[str, Any] = {
    "int64": pa.array([5, 6, -7]),
    "int64_nulls": pa.array([5, None, -7]),
    "int32": pa.array([5, 6, 7], pa.int32()),
    "int32_nulls": pa.array([5, None, 7], pa.int32()),
    "int8": pa.array([5, 6, 7], pa.int8()),
    "uint8": pa.array([5, 6, 7], pa.uint8()),
    "uint64": pa.array([5, 2**63 + 5], pa.uint64()),
    "float64": pa.array([1.5, 2.0, None]),
    "float64_nan": pa.array([1.5, float("nan"), float("inf")]),
    "float32": pa.array([1.5, 0.1, None], pa.float32()),
    "bool": pa.array([True, False, True]),
    "bool_nulls": pa.array([True, None, False]),
    "string": pa.array(["red", "", "größe"]),
    "string_nulls": pa.array(["red", None, "blue"]),
    "large_string": pa.array(["red", None], pa.large_string()),
    "date32": pa.array([date(2020, 1, 2), None, date(1850, 1, 1)]),
    "timestamp_us": pa.array([NOON, None], pa.timestamp("us")),
    "timestamp_ms": pa.array([NOON, None], pa.timestamp("ms")),
    "timestamp_ns": pa.array([1_577_966_400_123_456_789], pa.timestamp("ns")),
    "timestamp_utc": pa.array([NOON, None], pa.timestamp("us", "UTC")),
    "timestamp_zone": pa.array([NOON, None], pa.timestamp("us", "Europe/Berlin")),
    "list_of_ints": pa.array([[1, 2], [], None, [3]]),
    "list_of_strings": pa.array([["a"], ["b", "c"]]),
    "list_with_nulls": pa.array([["a", None], ["b"]]),
    "list_of_lists": pa.array([[[1], [2, 3]], [[4]]]),
    "struct": pa.array([{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
    "binary": pa.array([b"xy", b"\x00\xff", None]),
    "decimal": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
    "dictionary": pa.array(["red", "blue", "red"]).dictionary_encode(),
    "time": pa.array([3_600_000_000, 5], pa.time64("us")),
    "all_null_int": pa.array([None, None], pa.int64()),
    "all_null_string": pa.array([None, None], pa.string()),
}
JSON_LINES: dict[str, str] = {
    "plain": lines('{"a": 5, "b": "x"}', '{"a": 6, "b": "y"}'),
    "kinds": lines(
        '{"i": 5, "f": 1.5, "t": "x", "b": true}', '{"i": 6, "f": 2.5, "t": "", "b": false}'
    ),
    "nulls": lines('{"a": 5, "b": null}', '{"a": null, "b": "y"}'),
    "all_null": lines('{"a": null, "b": 5}', '{"a": null, "b": 6}'),
    "union": lines('{"a": 5}', '{"b": "x"}', '{"a": 6, "c": true}'),
    "other_order": lines('{"a": 5, "b": 6}', '{"b": 7, "a": 8}'),
    "blank_lines": '\n{"a": 5}\n\n\n{"a": 6}\n\n',
    "crlf": '{"a": 5}\r\n{"a": 6}\r\n',
    "bom": '\ufeff{"a": 5}\n{"a": 6}\n',
    "no_final_newline": '{"a": 5}\n{"a": 6}',
    "no_strings_inferred": lines('{"a": "5", "b": "2020-01-02", "c": "true"}'),
    "null_then_int": lines('{"a": null}', '{"a": 5}'),
    "float_forms": lines('{"a": 1e5}', '{"a": -2.5E-3}', '{"a": 0.0}'),
    "list": lines('{"a": [1, 2]}', '{"a": []}'),
    "list_of_strings": lines('{"a": ["x", "y"]}'),
    "nested": lines('{"a": {"b": 1, "c": "x"}}', '{"a": {"b": 2, "c": "y"}}'),
    "nested_deep": lines('{"a": {"b": {"c": [1, {"d": 2}]}}}'),
    "nested_null": lines('{"a": {"b": 1}}', '{"a": null}'),
    "unicode": lines('{"größe": "日本"}', '{"größe": "\\u00e9\\ud83d\\ude00"}'),
    "escapes": lines('{"a": "x\\ny\\t\\"q\\"\\\\/"}'),
    "empty_object": lines("{}", '{"a": 5}'),
    "blanks_around": lines('  {"a" : 5 }  ', '\t{"a": 6}'),
    "empty_name": lines('{"": 5}'),
    "long_ints": lines('{"a": 9223372036854775807}', '{"a": -9223372036854775808}'),
    "int_then_float": lines('{"a": 1}', '{"a": 2.5}'),
    "float_then_int": lines('{"a": 2.5}', '{"a": 1}'),
    "too_long_ints": lines('{"a": 9223372036854775808}', '{"a": 5}'),
    "duplicate_keys": lines('{"a": 5, "a": 6}'),
    "text_after": lines('{"a": 5} junk', '{"a": 6}'),
    "empty_file": "",
    "dates_stay_text": lines('{"a": "2020-01-02T03:04:05Z"}'),
}  # fmt: skip
INVALID: dict[str, str] = {
    "broken": lines('{"a": 5}', '{"a": ', '{"a": 6}'),
    "list": lines('{"a": 5}', "[1, 2]", '{"a": 6}'),
    "number": lines('{"a": 5}', "7", '{"a": 6}'),
    "words": lines("hello", '{"a": 5}'),
    "single_quotes": lines("{'a': 5}", '{"a": 6}'),
}


def parquet(columns: dict[str, Any], rows_per_group: int | None = None) -> Callable[[Path], None]:
    """Writes a Parquet file."""

    def write(path: Path) -> None:
        pq.write_table(pa.table(columns), path, row_group_size=rows_per_group)

    return write


def format_tables() -> Iterator[Table]:
    """Tables of formats that know their types."""
    for what, column in ARROW.items():
        yield table(f"parquet-{what}", {"a.parquet": parquet({"v": column})}, "read_parquet")
    yield from _several_parquet_files()
    for what, content in JSON_LINES.items():
        yield table(f"json-{what}", {"a.jsonl": content}, "read_json_lines")
    for what, content in INVALID.items():
        for choice in ("error", "drop"):
            step: Step = {"read_json_lines": {"invalid_lines": choice}}
            yield table(f"json-invalid_{what}-{choice}", {"a.jsonl": content}, step)
    yield from _more_json()
    yield from _delta_tables()


def _several_parquet_files() -> Iterator[Table]:
    first = {"a": [5, 6], "b": ["x", "y"]}
    others: dict[str, dict[str, Any]] = {
        "same": {"a": [7], "b": ["z"]},
        "other_order": {"b": ["z"], "a": [7]},
        "more_columns": {"a": [7], "b": ["z"], "c": [1.5]},
        "fewer_columns": {"b": ["z"]},
        "no_common_column": {"c": [True]},
        "int_and_float": {"a": [1.5], "b": ["z"]},
        "int_and_string": {"a": ["q"], "b": ["z"]},
        "no_rows": {"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())},
    }
    for what, second in others.items():
        files: dict[str, Content] = {"a.parquet": parquet(first), "b.parquet": parquet(second)}
        yield table(f"parquet-files_{what}", files, "read_parquet")
    numbers = {"a": list(range(5, 30)), "b": [f"v{n}" for n in range(25)]}
    groups = {"a.parquet": parquet(numbers, 4)}
    yield table("parquet-row_groups", groups, "read_parquet")
    yield table("parquet-row_groups_take", groups, "read_parquet", {"take": 10})
    yield table("parquet-row_groups_skip", groups, "read_parquet", {"skip": 10})
    with_path: Step = {"read_parquet": {"include_path_column": True}}
    both = {"a.parquet": parquet(first), "sub/b.parquet": parquet({"a": [7], "b": ["z"]})}
    yield table("parquet-path_column", both, with_path)
    named: Step = {"read_parquet": {"include_path_column": True, "path_column": "Path"}}
    yield table("parquet-path_column_named", both, named)
    yield table("parquet-no_rows", {"a.parquet": parquet(others["no_rows"])}, "read_parquet")
    yield table("parquet-not_parquet", {"a.parquet": "a,b\n5,x\n"}, "read_parquet")

    def write_frame(path: Path) -> None:
        import pandas as pd  # only here, because the suite itself needs none

        pd.DataFrame(first, index=["r", "s"]).to_parquet(path)

    yield table("parquet-pandas_index", {"a.parquet": write_frame}, "read_parquet")


def _more_json() -> Iterator[Table]:
    files = {"a.jsonl": '{"a": 5}\n', "sub/b.jsonl": '{"b": "x"}\n{"a": 6, "b": "y"}\n'}
    yield table("json-files", files, "read_json_lines")
    with_path: Step = {"read_json_lines": {"include_path_column": True}}
    yield table("json-path_column", files, with_path)
    for name, codec in (("latin1", "latin-1"), ("utf16", "utf-16-le")):
        content = '{"a": "José"}\n{"a": "Zoë"}\n'.encode(codec)
        step: Step = {"read_json_lines": {"encoding": name}}
        yield table(f"json-encoding_{name}", {"a.jsonl": content}, step)
    late = "".join(json.dumps({"a": n}) + "\n" for n in range(300)) + '{"a": 5, "b": "late"}\n'
    yield table("json-late_column", {"a.jsonl": late}, "read_json_lines")
    rows = {"a.jsonl": JSON_LINES["kinds"]}
    yield table("json-filter", rows, "read_json_lines", {"filter": "i > 5"})
    to_text: Step = {"convert_column_types": [{"columns": "i", "column_type": "string"}]}
    yield table("json-convert", rows, "read_json_lines", to_text)
    yield table("json-keep", rows, "read_json_lines", {"keep_columns": ["t", "i"]})


def delta(path: Path) -> None:
    """Writes a Delta table of five versions: made, appended, rewritten, widened, replaced."""
    from deltalake import write_deltalake  # slow, and only needed here

    folder = str(path)
    write_deltalake(folder, pa.table({"a": [5, 6, 7], "b": ["x", "y", "z"]}))
    write_deltalake(folder, pa.table({"a": [8, 9], "b": ["u", None]}), mode="append")
    fewer = pa.table({"a": [5, 7, 8], "b": ["x", "z", "u"]})
    write_deltalake(folder, fewer, mode="overwrite")
    wide = pa.table({"a": [10], "b": ["w"], "c": [1.5]})
    write_deltalake(folder, wide, mode="append", schema_mode="merge")
    write_deltalake(
        folder, pa.table({"d": [date(2020, 1, 2)]}), mode="overwrite", schema_mode="overwrite"
    )


def _delta_tables() -> Iterator[Table]:
    paths = [{"folder": "./data"}]
    options: dict[str, dict[str, Any]] = {
        **{f"version_{number}": {"version_as_of": number} for number in (0, 1, 2, 3, 4, 9)},
        "far_ahead": {"timestamp_as_of": "2200-01-01T00:00:00Z"},
        "both": {"version_as_of": 1, "timestamp_as_of": "2200-01-01T00:00:00Z"},
        "with_path": {"version_as_of": 1, "include_path_column": True},
    }
    for what, chosen in options.items():
        step: Step = {"read_delta_lake": chosen}
        yield table(f"delta-{what}", {"data": delta}, step, paths=paths, unordered=True)
    yield table("delta-latest", {"data": delta}, "read_delta_lake", paths=paths, unordered=True)
    version: Step = {"read_delta_lake": {"version_as_of": 1}}
    after: dict[str, Step] = {
        "filter": {"filter": "a >= 7"},
        "keep": {"keep_columns": "b"},
        "convert": {"convert_column_types": [{"columns": "a", "column_type": "string"}]},
    }
    for what, later in after.items():
        yield table(f"delta-{what}", {"data": delta}, version, later, paths=paths, unordered=True)
    yield table("delta-no_log", {"data/a.csv": "a\n5\n"}, "read_delta_lake", paths=paths)
