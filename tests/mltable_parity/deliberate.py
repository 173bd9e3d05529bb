"""The tables that are read differently on purpose, each with its reason."""

from __future__ import annotations

TRUNCATED = "the reference makes another number of it without a word; here it is missing"
CRASH = "the reference crashes; here it is read"
JSON_NUMBERS = "the reference loses numbers of another kind or changes them; here they are kept"
ORDER = "the reference compares what has no order, and everything is larger; here nothing is"
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
    "filter-76-3-below-i-below-8": "the reference compares the outcome of 3 < i with 8",
    "filter-77-d-above-2020-minus-01-minus-05": ORDER,
}

# Tables that are cut elsewhere on purpose.
CUT_DIFFERENTLY: dict[str, str] = {
    "cut-latin1": (
        "the reference makes one partition of a file in latin1, whatever its size; a character is "
        "a byte there, so that it can be cut, and a large file must not be one mini-batch"
    ),
    "cut-windows1252": "as in latin1",
}
