"""The tables that are read differently on purpose, each with its reason."""

from __future__ import annotations

TRUNCATED = "the reference makes another number of it without a word; here it is missing"
CRASH = "the reference crashes; here it is read"
JSON_NUMBERS = "the reference loses numbers of another kind or changes them; here they are kept"
ORDER = "the reference compares what has no order, and everything is larger; here nothing is"
CHAIN = "the reference compares the outcome of the first comparison; here they are chained"
LATE_DATES = (
    "the reference keeps to the form of the first dates and loses others; here they are read"
)
LATE_COLUMNS = "the reference adds a column, but to the mini-batch alone; here the row is an error"
LOST_DATES = "the reference finds dates and loses all of them; here they stay text"

DIFFERENT: dict[str, str] = {
    "encoding-utf16_big_endian": "the reference finds nothing in it; here it is read",
    "lines-crlf_blank_line": "the reference skips blank lines unless they end in CRLF",
    "lines-header_wider_than_rows": "the reference drops columns that no row reaches",
    "type-date-ambiguous": LOST_DATES,
    "type-date-two_digit_year": LOST_DATES,
    "type-date-too_early": LOST_DATES,
    "type-bool-padded_digits": "the reference takes 01 and +1 for bools and then loses them",
    "late-int_then_float": TRUNCATED,
    "convert-text_too_large_to_int": TRUNCATED,
    "convert-text_floats_to_int": TRUNCATED,
    "json-int_then_float": JSON_NUMBERS,
    "json-too_long_ints": JSON_NUMBERS,
    "json-nested_deep": JSON_NUMBERS,
    "json-nested_null": JSON_NUMBERS,
    "json-duplicate_keys": CRASH,
    "parquet-dictionary": CRASH,
    "parquet-list_of_lists": CRASH,
    "filter-76-3-below-i-below-8": CHAIN,
    "filter-78-i-above-5-equals-True": CHAIN,
    "filter-77-d-above-2020-minus-01-minus-05": ORDER,
    "filter-13-t-dot-startswith-red": "the reference fails at a missing text; here the row goes",
    "filter-14-t-dot-startswith-Re": "as the one before",
    "filter-73-f-least-dot-25": "the reference knows no number that begins with its point",
    "late-int_then_too_large": TRUNCATED,
    "convert-float_too_large_to_int": TRUNCATED,
    "json-float_then_int": JSON_NUMBERS,
    "random-0789": CRASH,
    "random-1043": "the reference fails at a second header among numbers, in a filter",
    "filter-converted_misfit": "the reference fails at what a conversion could not convert",
    "filter-no_columns_left": "the reference notices no columns only where rows are left, too",
    "header-all_files_same_headers-narrower_second": (
        "the reference reads a file that lacks a column as if its last one were missing"
    ),
    "late-date_then_time": LATE_DATES,
    "late-date_then_other_form": LATE_DATES,
    "sample-late_column": LATE_COLUMNS,
    "sample-late_null_column": "the reference adds a column of nothing for a delimiter at the end",
    "multi_line-unterminated": "the reference ends an open quote at the next one that it finds",
    "keys_after-no_path_column": "the reference leaves keys missing without the column Path",
    "keys_before-no_match": "the reference fails at a path without the keys; here they are missing",
    "keys_date-impossible": "as the one before, for a date that no calendar has",
}

# Tables that are cut elsewhere on purpose.
CUT_DIFFERENTLY: dict[str, str] = {
    "cut-latin1": (
        "the reference makes one partition of a file in latin1, whatever its size; a character is "
        "a byte there, so that it can be cut, and a large file must not be one mini-batch"
    ),
    "cut-windows1252": "as in latin1",
}
