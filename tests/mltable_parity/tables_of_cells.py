"""Which type a column of text gets, and what becomes of cells that do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.mltable_parity.building import Table, delimited, lines

SAMPLE = 200  # rows that decide the types
COLUMNS: dict[str, list[str]] = {
    "bool-words": ["true", "False", "TRUE", "f"],
    "bool-letters": ["t", "F", "Y", "N"],
    "bool-digits": ["0", "1", "1", "0"],
    "bool-all_one": ["1", "1", "1"],
    "bool-blanks": [" true", "false ", " true "],
    "bool-mixed_words": ["true", "1", "N"],
    "bool-lower_y": ["y", "n", "y"],
    "bool-yes": ["yes", "no"],
    "bool-odd_case": ["tRue", "false"],
    "bool-with_int": ["true", "5"],
    "bool-digit_then_two": ["0", "1", "2"],
    "bool-with_text": ["true", "maybe"],
    "int-plain": ["5", "60", "-7"],
    "int-signs": ["+5", "-6", "7"],
    "int-leading_zeros": ["005", "010", "7"],
    "int-blanks": [" 5", "6 ", " 7 "],
    "int-largest": ["9223372036854775807", "-9223372036854775808"],
    "int-too_large": ["9223372036854775808", "5"],
    "int-thousands": ["1_000", "2_000"],
    "int-hex": ["0x10", "0x20"],
    "int-blank_inside": ["1 000", "2 000"],
    "float-plain": ["1.5", "-2.25", "3.0"],
    "float-with_int": ["1.5", "2", "3"],
    "float-dots": ["5.", ".5", "-.25"],
    "float-exponent": ["1e5", "2E-3", "-1.5e+2"],
    "float-inf": ["inf", "-inf", "1.5"],
    "float-infinity": ["Infinity", "-INFINITY", "0.5"],
    "float-nan": ["nan", "NaN", "2.5"],
    "float-only_nan": ["nan", "nan"],
    "float-digits": ["0.1", "0.30000000000000004", "1234567.125"],
    "float-tiny": ["5e-324", "1e-400", "2.5"],
    "float-huge": ["1e308", "1e400", "2.5"],
    "float-comma": ['"1,5"', '"2,5"'],
    "float-percent": ["5%", "6%"],
    "float-currency": ["$5", "$6"],
    "float-with_text": ["1.5", "abc"],
    "date-ambiguous": ["01/02/2020", "03/04/2020"],
    "date-two_digit_year": ["13/02/20", "14/02/20"],
    "date-too_early": ["1500-01-01", "2020-01-01"],
    "bool-padded_digits": ["01", "+1", "0"],
    "date-iso": ["2020-01-02", "2021-12-31"],
    "date-slashes_year_first": ["2020/01/02", "2021/12/31"],
    "date-one_digit": ["2020-1-2", "2021-11-3"],
    "date-time": ["2020-01-02 03:04:05", "2021-12-31 23:59:59"],
    "date-time_T": ["2020-01-02T03:04:05", "2021-12-31T23:59:59"],
    "date-fraction": ["2020-01-02 03:04:05.25", "2020-01-02 03:04:05.123456"],
    "date-nanoseconds": ["2020-01-02T03:04:05.123456789", "2020-01-02T03:04:05"],
    "date-Z": ["2020-01-02T03:04:05Z", "2020-01-02T03:04:06Z"],
    "date-offset": ["2020-01-02T03:04:05+02:00", "2020-01-02T03:04:05-0530"],
    "date-utc_word": ["2020-01-02 03:04:05 UTC", "2020-01-03 03:04:05 UTC"],
    "date-mixed_with_time": ["2020-01-02", "2020-01-02 03:04:05"],
    "date-day_first": ["13/02/2020", "01/02/2020"],
    "date-month_first": ["02/13/2020", "01/02/2020"],
    "date-neither": ["13/02/2020", "02/13/2020"],
    "date-day_first_time": ["13/02/2020 10:20", "14/02/2020 11:30"],
    "date-month_first_time": ["02/13/2020 10:20:30", "02/14/2020 11:30:40"],
    "date-am_pm": ["02/13/2020 10:20 PM", "02/14/2020 11:30 AM"],
    "date-dashes_day_first": ["13-02-2020", "14-02-2020"],
    "date-dashes_month_first": ["02-13-2020", "02-14-2020"],
    "date-month_name": ["02-Jan-2020", "13-Feb-2021"],
    "date-no_seconds": ["2020-01-02 03:04", "2020-01-03 03:04"],
    "date-month_only": ["2020-01", "2020-02"],
    "date-dots": ["02.01.2020", "03.01.2020"],
    "date-time_only": ["03:04:05", "04:05:06"],
    "date-compact": ["20200102", "20210304"],
    "date-with_int": ["2020-01-02", "5"],
    "date-with_text": ["2020-01-02", "soon"],
    "date-impossible": ["2020-02-30", "2020-01-01"],
    "date-leap_day": ["2020-02-29", "2021-02-28"],
    "date-trailing_blank": ["2020-01-02 ", "2021-12-31"],
    "date-early": ["1700-01-01", "1800-06-15"],
    "text-plain": ["red", "blue"],
    "text-long": ["x" * 300, "y"],
    "text-json": ['"{""a"": 1}"', '"[1, 2]"'],
    "text-versions": ["1.2.3", "4.5.6"],
    "text-phone": ["+49-30-123", "555-1234"],
    "text-guid": ["6f9619ff-8b86-d011-b42d-00cf4fc964ff", "x"],
    "null-all": ["", "", ""],
    "null-then_int": ["", "", "5"],
    "null-then_date": ["", "2020-01-02"],
}  # fmt: skip
# The cells of the sample, and those that come after it.
LATE: dict[str, tuple[str, list[str]]] = {
    "int_then_float": ("5", ["2.5", "6"]),
    "int_then_too_large": ("5", ["9223372036854775808", "6"]),
    "int_then_text": ("5", ["zz", "6"]),
    "int_then_null": ("5", ["", "6"]),
    "int_then_bool": ("5", ["true", "6"]),
    "int_then_date": ("5", ["2020-01-02", "6"]),
    "int_then_blanks": ("5", [" 7 ", "+8"]),
    "float_then_text": ("1.5", ["zz", "6"]),
    "float_then_inf": ("1.5", ["inf", "1e5"]),
    "bool_then_int": ("true", ["5", "0"]),
    "bool_then_text": ("true", ["maybe", "F"]),
    "date_then_text": ("2020-01-02", ["soon", "2020-01-03"]),
    "date_then_time": ("2020-01-02", ["2020-01-03 04:05:06", "2020-01-04"]),
    "date_then_other_form": ("2020-01-02", ["2020/01/03", "13/02/2020"]),
    "date_then_int": ("2020-01-02", ["5", "2020-01-03"]),
    "day_first_then_month_first": ("13/02/2020", ["02/14/2020", "15/02/2020"]),
    "text_then_int": ("red", ["5", "6"]),
    "null_then_int": ("", ["5", "6"]),
}
OVERRIDES: dict[str, dict[str, Any]] = {
    "int_as_string": {"columns": "n", "column_type": "string"},
    "int_as_float": {"columns": "n", "column_type": "float"},
    "int_as_bool": {"columns": "n", "column_type": "boolean"},
    "text_as_int": {"columns": "t", "column_type": "int"},
    "several": {"columns": ["n", "f"], "column_type": "string"},
    "date_formats": {"columns": "d", "column_type": {"datetime": {"formats": ["%Y-%m-%d"]}}},
    "bool_words": {
        "columns": "t",
        "column_type": {"boolean": {"true_values": ["red"], "false_values": ["blue"]}},
    },
    "unknown_column": {"columns": "zz", "column_type": "int"},
}


def inference_tables() -> Iterator[Table]:
    """Tables whose columns need a type."""
    for what, cells in COLUMNS.items():
        numbered = (f"{number + 5},{cell}" for number, cell in enumerate(cells))
        yield delimited(f"type-{what}", lines("n,v", *numbered))
    for what, (usual, late) in LATE.items():
        cells = [usual] * SAMPLE + late
        yield delimited(f"late-{what}", lines("n,v", *(f"r,{cell}" for cell in cells)))
    for count in (1, 2, 199, 200, 201):
        cells = ["5"] * count + ["zz"] * 3
        rows = lines("n,v", *(f"r,{cell}" for cell in cells))
        yield delimited(f"sample-text_after_{count}", rows)
    yield from _samples()
    yield from _overrides()


def _samples() -> Iterator[Table]:
    rows = lines("n,v", "r,5", "r,6", "r,zz", "r,7")
    for size in (0, 1, 2, 3, 4, 100):
        yield delimited(f"sample-size_{size}", rows, infer_column_types={"sample_size": size})
    halves = {
        "a.csv": lines("n,v", *["r,5"] * 150),
        "b.csv": lines("n,v", *["r,6"] * 49, "r,zz"),
        "c.csv": lines("n,v", "r,7"),
    }
    yield delimited("sample-over_files", halves)
    wide = lines("n,v", *["r,5"] * 250)
    yield delimited("sample-late_column", wide + "r,6,late\n")
    yield delimited("sample-late_null_column", wide + "r,6,\n")
    yield delimited("sample-size_1_nulls", "n,v\nr,\nr,5\n", infer_column_types={"sample_size": 1})


def _overrides() -> Iterator[Table]:
    rows = lines("n,f,t,d", "5,1.5,red,2020-01-02", "0,2,blue,2020-02-03", ",,,")
    choices: tuple[Any, ...] = (True, False, {})
    for choice in choices:
        yield delimited(f"infer-{choice}".replace("{}", "empty"), rows, infer_column_types=choice)
    for what, override in OVERRIDES.items():
        options = {"column_type_overrides": [override]}
        yield delimited(f"override-{what}", rows, infer_column_types=options)
    both = {"sample_size": 1, "column_type_overrides": [OVERRIDES["int_as_string"]]}
    yield delimited("override-with_sample_size", rows, infer_column_types=both)
    kept = '"005",x\n"007",y\n'
    yield delimited("infer-quoted_zeros", f"n,v\n{kept}")
    yield delimited("infer-false_keeps_zeros", f"n,v\n{kept}", infer_column_types=False)
    yield delimited("infer-false_nulls", "n,v\n5,\n,x\n", infer_column_types=False)
    yield delimited(
        "infer-false_empty_text", "n,v\n5,\n,x\n", infer_column_types=False, empty_as_string=True
    )
