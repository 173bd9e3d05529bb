"""The steps after a reader: columns, types, filters, rows, keys from paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.mltable_parity.building import Content, Step, Table, delimited, lines, spoken, table

ROWS = lines(
    "i,f,t,b,d,big name",
    "5,1.5,red,true,2020-01-02,x",
    "-6,2.0,blue,false,2020-02-03 04:05:06,y",
    "7,,green,true,2021-03-04,",
    ",0.25,,,,z",
    "8,-1e3,Red,false,2019-12-31,x",
    "9,3.5,red one,true,2020-01-02,true",
)
SELECTIONS: dict[str, Any] = {
    "one": "t", "list": ["i", "t"], "other_order": ["t", "i"], "duplicates": ["i", "i"],
    "unknown": ["i", "zz"], "with_blank": "big name", "all": ["i", "f", "t", "b", "d", "big name"],
    "pattern": {"pattern": "^[ib]"}, "pattern_search": {"pattern": "i"},
    "pattern_inverted": {"pattern": "^[ib]$", "invert": True}, "pattern_exact": {"pattern": "^i$"},
    "pattern_none": {"pattern": "zz"}, "other_case": ["I"],
}  # fmt: skip
CELLS: dict[str, list[str]] = {
    "int": ["5", "-6", "0", "1", "123456789012"],
    "float": ["1.5", "-2.7", "1e9", "0.1", "5.0", "0.0"],
    "bool": ["true", "false", "true"],
    "date": ["2020-01-02", "2020-01-02 03:04:05", "2020-01-02 03:04:05.5"],
    "nulls": ["5", "", "7"],
}
TEXTS: dict[str, list[str]] = {
    "numbers": ["5", " 6 ", "+7", "-8", "1.9", "-1.9", "1e2", "007", "", "abc", "1,000"],
    "words": ["true", "False", "TRUE", "t", "F", "1", "0", "Y", "N", "yes", "y", "tRUE", "", "2"],
    "dates": ["2020-01-02", "2020/01/02", "13/02/2020", "2020-01-02T03:04:05Z", "soon", "", "5"],
    "too_large": ["1e20", "-1e20", "5"],
    "floats": ["5.", ".5", "1e5", "inf", "-Infinity", "nan", "x", "", "9" * 25],
}
TYPES: tuple[str, ...] = ("int", "float", "boolean", "string", "stream_info")
BOOLEANS: dict[str, dict[str, Any]] = {
    "own_words": {"true_values": ["x", "ja"], "false_values": ["y", "nein"]},
    "mismatch_true": {"true_values": ["x"], "false_values": ["y"], "mismatch_as": "true"},
    "mismatch_false": {"true_values": ["x"], "false_values": ["y"], "mismatch_as": "false"},
    "mismatch_error": {"true_values": ["x"], "false_values": ["y"], "mismatch_as": "error"},
    "only_mismatch": {"mismatch_as": "true"},
    "only_true": {"true_values": ["x"]},
    "one_text": {"true_values": "x", "false_values": "y"},
}
FORMATS: dict[str, tuple[Any, list[str]]] = {
    "iso": ("%Y-%m-%d", ["2020-01-02", "2020-1-2", "soon", "", " 2020-01-02 "]),
    "time": ("%Y-%m-%d %H:%M:%S", ["2020-01-02 03:04:05", "2020-01-02", "2020-01-02 3:4:5"]),
    "day_first": ("%d/%m/%Y", ["01/02/2020", "13/02/2020", "02/13/2020"]),
    "month_first": ("%m/%d/%Y", ["01/02/2020", "13/02/2020", "02/13/2020"]),
    "two_digit_year": ("%d.%m.%y", ["01.02.20", "01.02.68", "01.02.69", "01.02.99"]),
    "month_name": ("%d %b %Y", ["01 Feb 2020", "1 feb 2020", "01 February 2020"]),
    "full_month_name": ("%B %d %Y", ["February 01 2020", "Feb 01 2020", "MARCH 2 2020"]),
    "am_pm": ("%m/%d/%Y %I:%M %p", [
        "01/02/2020 03:04 PM", "01/02/2020 12:00 AM", "1/2/2020 1:1 am",
    ]),
    "fraction": ("%Y-%m-%d %H:%M:%S.%f", [
        "2020-01-02 03:04:05.5", "2020-01-02 03:04:05.123456789", "2020-01-02 03:04:05",
    ]),
    "zone": ("%Y-%m-%dT%H:%M:%S%z", ["2020-01-02T03:04:05+0200", "2020-01-02T03:04:05-05:30"]),
    "short_forms": ("%F %T", ["2020-01-02 03:04:05", "2020-01-02"]),
    "two_formats": (["%Y-%m-%d", "%d/%m/%Y"], ["2020-01-02", "03/04/2020", "soon"]),
    "year_month": ("%Y-%m", ["2020-05", "2020-12", "2020"]),
    "year": ("%Y", ["2020", "1999", "x"]),
    "weekday": ("%a %d %b %Y", ["Thu 02 Jan 2020", "Fri 03 Jan 2020"]),
    "compact": ("%Y%m%d", ["20200102", "20201231"]),
    "text_around": ("on %Y-%m-%d!", ["on 2020-01-02!", "2020-01-02"]),
    "rest_left": ("%Y-%m-%d", ["2020-01-02 03:04:05", "2020-01-02x"]),
    "impossible": ("%Y-%m-%d", ["2020-02-30", "2021-02-29", "2020-13-01"]),
}  # fmt: skip
FILTERS: tuple[str, ...] = (
    "i > 5", "i >= 5", "i < 7", "i <= 7", "i == 7", "i != 7", "f > 1.5", "f == 2", "f < 0",
    't == "red"', "t == 'red'", 't != "red"', 't > "green"', 't.startswith("red")',
    't.startswith("Re")', "b == True", "b == False", "b", "not b", "b != True",
    "d > datetime(2020, 1, 2)", "d == datetime(2020, 1, 2)", "d < datetime(2020, 2, 3, 4, 5, 6)",
    "d >= datetime(2020, 2, 3, 4, 5, 6)", 'col("i") > 5', "col('big name') == 'x'",
    'col("big name") != "x"', "i > 5 and f > 1", "i > 8 or f > 1", "not (i > 5)", "not i > 5",
    "i > 5 and not b", "i > 5 and f > 1 or b", "(i > 5 or b) and f > 0", "i + 1 > 7", "i - 1 == 6",
    "i * 2 == 14", "i / 2 == 3.5", "i // 2 == 3", "i % 2 == 1", "i ** 2 == 49", "-i < -6",
    "i + f > 6", "i > f", "i == None", "i != None", "t == None", 't == 5', 'i == "5"', "i == 5.0",
    "zz > 5", "zz == 5", "True", "False", "(i if b else f) > 5", "i > 100", "i", "i + 1", "t",
    "i in [5, 7]", "i is None", "i > 5 & f > 1", "i > 5 && f > 1", "i = 5", "i <> 5", "i >", "",
    "i > 5)", 't.endswith("d")', "len(t) > 3", "i > -6", "i>5and b", "f > 1e0", "f >= .25",
    't == "it\\"s"', "-(-i) > 5", "3 < i < 8", 'd > "2020-01-05"',
    "i > 5 == True",
)  # fmt: skip
COUNTS: dict[str, list[Step]] = {
    "take_0": [{"take": 0}],
    "take_2": [{"take": 2}],
    "take_many": [{"take": 99}],
    "take_negative": [{"take": -1}],
    "take_text": [{"take": "two"}],
    "take_float": [{"take": 1.5}],
    "skip_0": [{"skip": 0}],
    "skip_2": [{"skip": 2}],
    "skip_all": [{"skip": 99}],
    "take_then_skip": [{"take": 4}, {"skip": 1}],
    "skip_then_take": [{"skip": 1}, {"take": 4}],
    "take_twice": [{"take": 4}, {"take": 2}],
    "filter_then_take": [{"filter": "i > 5"}, {"take": 2}],
    "take_then_filter": [{"take": 2}, {"filter": "i > 4"}],
}
KEYED: dict[str, Content] = {
    "2020/01/S1001/red.csv": "v\n5\n6\n",
    "2020/02/S1001/blue.csv": "v\n7\n",
    "2020/02/S1002/red.csv": "v\n8\n9\n",
    "2021/12/S1003/green.csv": "v\n10\n",
}
NUMBERED: dict[str, Content] = {"1001/0/d.csv": "v\n5\n", "1002/1/d.csv": "v\n6\n7\n"}
KEY_FORMATS: dict[str, str] = {
    "two_keys": "/{store}/{brand}.csv",
    "no_slash": "{store}/{brand}.csv",
    "with_literal": "/S{store}/{brand}.csv",
    "all_parts": "/{year}/{month}/{store}/{brand}.csv",
    "date": "/{when:yyyy/MM}/{store}/{brand}.csv",
    "date_and_star": "/{when:yyyy/MM}/*/{brand}.csv",
    "star": "/*/{brand}.csv",
    "repeated": "/{store}/{store}.csv",
    "no_match": "/{store}/{brand}.parquet",
    "no_keys": "/data.csv",
    "two_dates": "/{a:yyyy}/{b:MM}/{store}/{brand}.csv",
    "unclosed": "/{store/{brand}.csv",
}
DATED: dict[str, tuple[str, list[str]]] = {
    "year": ("/{when:yyyy}/d.csv", ["2020/d.csv", "2021/d.csv"]),
    "day": ("/{when:yyyy/MM/dd}/d.csv", ["2020/01/02/d.csv", "2021/12/31/d.csv"]),
    "dashes": ("/{when:yyyy-MM-dd}.csv", ["2020-01-02.csv", "2021-12-31.csv"]),
    "hour": ("/{when:yyyy/MM/dd/HH}/d.csv", ["2020/01/02/03/d.csv"]),
    "second": ("/{when:yyyy/MM/dd/HH/mm/ss}/d.csv", ["2020/01/02/03/04/05/d.csv"]),
    "compact": ("/{when:yyyyMMdd}.csv", ["20200102.csv", "20211231.csv"]),
    "with_key": ("/{kind}/{when:yyyy-MM}.csv", ["red/2020-01.csv", "blue/2020-02.csv"]),
    "key_after": ("/{when:yyyy-MM}/{kind}.csv", ["2020-01/red.csv", "2020-02/blue.csv"]),
    "impossible": ("/{when:yyyy-MM}.csv", ["2020-13.csv"]),
}


def step_tables() -> Iterator[Table]:
    """Tables with one step, or with few."""
    for what, selection in SELECTIONS.items():
        for step in ("keep_columns", "drop_columns"):
            yield delimited(f"{step}-{what}", ROWS, {step: selection})
    yield delimited("drop_columns-nothing", ROWS, {"drop_columns": []})
    yield delimited(
        "keep_columns-then_drop", ROWS, {"keep_columns": ["i", "t"]}, {"drop_columns": "i"}
    )
    yield from _conversions()
    for number, expression in enumerate(FILTERS):
        yield delimited(f"filter-{number:02}-{spoken(expression)}", ROWS, {"filter": expression})
    yield from _more_filters()
    for what, steps in COUNTS.items():
        yield delimited(f"rows-{what}", ROWS, *steps)
    halves = {"a.csv": lines("i", *map(str, range(5, 12))), "b.csv": lines("i", "20", "21", "22")}
    for kind, count in (("take", 9), ("skip", 9), ("skip", 5)):
        yield delimited(f"rows-files_{kind}_{count}", halves, {kind: count})
    yield from _keys()
    yield from _documents()


def _convert(columns: Any, to: Any) -> Step:
    return {"convert_column_types": [{"columns": columns, "column_type": to}]}


def _conversions() -> Iterator[Table]:
    for to in TYPES[:4]:
        for what, cells in CELLS.items():
            rows = lines("n,v", *(f"r,{cell}" for cell in cells))
            yield delimited(f"convert-{what}_to_{to}", rows, _convert("v", to))
        for what, cells in TEXTS.items():
            rows = lines("n,v", *(f'r,"{cell}"' if "," in cell else f"r,{cell}" for cell in cells))
            yield delimited(
                f"convert-text_{what}_to_{to}", rows, _convert("v", to), infer_column_types=False
            )
    words = lines("n,v", *(f"r,{cell}" for cell in ("x", "y", "ja", "nein", "X", "", "true")))
    for what, options in BOOLEANS.items():
        yield delimited(f"convert-boolean_{what}", words, _convert("v", {"boolean": options}))
    for what, (formats, cells) in FORMATS.items():
        rows = lines("n,v", *(f"r,{cell}" for cell in cells))
        step = _convert("v", {"datetime": {"formats": formats}})
        yield delimited(f"convert-date_{what}", rows, step, infer_column_types=False)
    iso = {"datetime": {"formats": "%Y-%m-%d"}}
    for column in ("i", "f", "t", "b", "d"):
        yield delimited(f"convert-{column}_to_date", ROWS, _convert(column, iso))
    times = lines("n,v", "r,03:04:05", "r,23:59:59")
    constant = {"datetime": {"formats": "%Y-%m-%d %H:%M:%S", "date_constant": "2020-01-02 "}}
    yield delimited(
        "convert-date_constant", times, _convert("v", constant), infer_column_types=False
    )
    yield delimited("convert-no_formats", ROWS, _convert("d", {"datetime": {"formats": []}}))
    yield delimited("convert-bare_datetime", ROWS, _convert("d", "datetime"))
    yield delimited("convert-unknown_type", ROWS, _convert("d", "number"))
    yield delimited("convert-several_columns", ROWS, _convert(["i", "b", "f"], "string"))
    yield delimited("convert-pattern", ROWS, _convert({"pattern": "^[if]$"}, "string"))
    yield delimited("convert-unknown_column", ROWS, _convert("zz", "string"))
    twice = {"convert_column_types": [
        {"columns": "i", "column_type": "string"}, {"columns": "f", "column_type": "int"},
    ]}  # fmt: skip
    yield delimited("convert-two_entries", ROWS, twice)
    yield delimited("convert-there_and_back", ROWS, _convert("i", "string"), _convert("i", "int"))


def _more_filters() -> Iterator[Table]:
    yield delimited("filter-two_steps", ROWS, {"filter": "i > 5"}, {"filter": "b == True"})
    yield delimited("filter-text_column", ROWS, {"filter": 'i == "5"'}, infer_column_types=False)
    yield delimited("filter-after_convert", ROWS, _convert("i", "string"), {"filter": 'i == "5"'})
    yield delimited("filter-dropped_column", ROWS, {"drop_columns": "i"}, {"filter": "i > 5"})
    yield delimited("filter-nulls_left", ROWS, {"filter": 'col("big name") == "x"'})
    starts = {"filter": 'v.startswith("re")'}
    yield delimited("filter-startswith", lines("n,v", "r,red", "r,blue", "r,rest"), starts)
    to_bool = {"convert_column_types": [{"columns": "v", "column_type": "boolean"}]}
    misfits = lines("n,v", "r,red", "r,true")
    yield delimited("filter-converted_misfit", misfits, to_bool, {"filter": 'v == "red"'})
    nothing = [{"keep_columns": "zz"}, {"filter": "v > 1"}]
    yield delimited("filter-no_columns_left", lines("n,v", "r,5"), *nothing)
    large = {"convert_column_types": [{"columns": "v", "column_type": "int"}]}
    yield delimited("convert-float_too_large_to_int", lines("n,v", "r,1e20", "r,2.5"), large)
    yield delimited("filter-startswith_number", lines("n,v", "r,5", "r,6"), starts)
    yield delimited("filter-number", ROWS, {"filter": 5})
    nan = lines("n,v", "r,nan", "r,5.5", "r,")
    yield delimited("filter-nan", nan, {"filter": "v > 1"})
    yield delimited("filter-nan_not_equal", nan, {"filter": "v != 5.5"})


def _keys() -> Iterator[Table]:
    for what, text in KEY_FORMATS.items():
        step: Step = {"extract_columns_from_partition_format": {"partition_format": text}}
        yield table(f"keys_before-{what}", KEYED, step, "read_delimited")
        if what not in ("no_keys", "two_dates", "unclosed"):
            yield delimited(f"keys_after-{what}", KEYED, step, include_path_column=True)
    for what, (text, names) in DATED.items():
        step = {"extract_columns_from_partition_format": {"partition_format": text}}
        files: dict[str, Content] = {name: f"v\n{n + 5}\n" for n, name in enumerate(names)}
        yield table(f"keys_date-{what}", files, step, "read_delimited")
        yield table(f"keys_date_list-{what}", files, step)
    step = {"extract_columns_from_partition_format": {"partition_format": "/{store}/{flag}/d.csv"}}
    yield table("keys_before-inferred", NUMBERED, step, "read_delimited")
    yield delimited("keys_after-not_inferred", NUMBERED, step, include_path_column=True)
    yield delimited("keys_after-no_path_column", NUMBERED, step)
    with_path: Step = {"read_delimited": {"include_path_column": True}}
    yield table("keys_before-with_path", NUMBERED, step, with_path)
    all_text: Step = {"read_delimited": {"infer_column_types": False}}
    yield table("keys_before-all_text", NUMBERED, step, all_text)
    yield table("keys_before-filter", NUMBERED, step, "read_delimited", {"filter": "store > 1001"})
    yield table(
        "keys_before-keep", NUMBERED, step, "read_delimited", {"keep_columns": ["v", "flag"]}
    )
    conflict = {"extract_columns_from_partition_format": {"partition_format": "/{v}/{flag}/d.csv"}}
    yield table("keys_before-conflict", NUMBERED, conflict, "read_delimited")
    yield delimited("keys_after-conflict", NUMBERED, conflict, include_path_column=True)


def _documents() -> Iterator[Table]:
    documents: dict[str, list[Step]] = {
        "two_readers": ["read_delimited", "read_delimited"],
        "unknown_step": ["read_delimited", {"sort": "i"}],
        "unknown_option": [{"read_delimited": {"separator": ","}}],
        "two_keys": [{"read_delimited": {}, "take": 2}],
        "no_options": [{"read_delimited": None}],
        "header_number": [{"read_delimited": {"header": 1}}],
        "header_case": [{"read_delimited": {"header": "No_Header"}}],
        "long_delimiter": [{"read_delimited": {"delimiter": ",,,"}}],
    }
    for what, steps in documents.items():
        yield table(f"document-{what}", {"a.csv": ROWS}, *steps)
    tail = "paths:\n  - file: ./a.csv\ntransformations:\n  - read_delimited\n"
    for what, text in {
        "no_type": tail,
        "schema": "$schema: https://example.com/MLTable.schema.json\ntype: mltable\n" + tail,
        "comments": "# a table\n" + tail + "  # - take: 1\n",
        "no_final_newline": tail.rstrip("\n"),
        "metadata": tail + "metadata:\n  owner: somebody\n  traits:\n    index_columns: [i]\n",
        "no_steps": tail.replace("  - read_delimited\n", "").replace(":\n", ":\n", 1).replace(
            "transformations:\n", "transformations: []\n"
        ),
        "version": "version: 1\n" + tail,
        "other_type": "type: table\n" + tail,
        "no_paths": "type: mltable\n",
        "steps_null": "paths:\n  - file: ./a.csv\ntransformations:\n",
        "steps_mapping": "paths:\n  - file: ./a.csv\ntransformations:\n  read_delimited: {}\n",
    }.items():  # fmt: skip
        yield Table(f"document-{what}", text, {"a.csv": ROWS})
