"""The options of ``read_delimited``: which there are, and what each may be.

Alone, because the reader itself should meet nothing but values that are right.
"""

from __future__ import annotations

from typing import Final, get_args

from parallelsdk.mltable._definition import (
    PATH_COLUMN,
    Column,
    ColumnType,
    DelimitedOptions,
    Encoding,
    Header,
)
from parallelsdk.mltable._document import Step
from parallelsdk.mltable._yaml import Item

_ENCODINGS: Final[dict[str, Encoding]] = {
    **dict.fromkeys(("utf8", "utf-8", "ascii"), "utf8"),
    **dict.fromkeys(("iso88591", "iso-8859-1", "latin1", "latin-1"), "latin1"),
    **dict.fromkeys(("windows1252", "windows-1252"), "latin1"),
    **dict.fromkeys(("utf16", "utf-16"), "utf16"),
}
_TYPES: Final[dict[str, ColumnType]] = {
    "string": "string",
    "int": "int",
    "float": "float",
    "boolean": "bool",
}
_KNOWN: Final = frozenset(
    {
        "delimiter",
        "encoding",
        "header",
        "empty_as_string",
        "include_path_column",
        "support_multi_line",
        "infer_column_types",
        "partition_size",
        "path_column",
    }
)


def delimited_options(step: Step) -> DelimitedOptions:
    """The options of a read_delimited step. Raises ValidationException with file and line."""
    if step.options is None:
        return DelimitedOptions()
    options = step.options.mapping("read_delimited", _KNOWN)
    if "partition_size" in options:  # the mini-batch size decides; it is checked all the same
        options["partition_size"].integer("partition_size", 1)
    if "path_column" in options and options["path_column"].value != PATH_COLUMN:
        raise options["path_column"].problem(f"path_column can only be {PATH_COLUMN}.")
    infer, sample_size, overrides = _inference(options.get("infer_column_types"))
    return DelimitedOptions(
        delimiter=_delimiter(options.get("delimiter")),
        encoding=_encoding(options.get("encoding")),
        header=_header(options.get("header")),
        empty_as_string=_flag(options, "empty_as_string"),
        include_path_column=_flag(options, "include_path_column"),
        support_multi_line=_flag(options, "support_multi_line"),
        infer=infer,
        sample_size=sample_size,
        overrides=overrides,
    )


def _delimiter(item: Item | None) -> str:
    if item is None:
        return ","
    value = item.text("delimiter")
    if len(value) != 1 or not value.isascii() or value in '"\r\n':
        hint = ' (a tab is written "\\t", in double quotes)' if value == "\\t" else ""
        raise item.problem(f"delimiter must be one ASCII character, not {value!r}{hint}.")
    return value


def _encoding(item: Item | None) -> Encoding:
    if item is None:
        return "utf8"
    value = item.text("encoding")
    if value not in _ENCODINGS:
        raise item.problem(f"There is no encoding {value!r}; there are {', '.join(_ENCODINGS)}.")
    return _ENCODINGS[value]


def _header(item: Item | None) -> Header:
    modes: tuple[Header, ...] = get_args(Header)
    if item is None:
        return "all_files_same_headers"
    for mode in modes:
        if item.value == mode:
            return mode
    raise item.problem(f"header must be one of {', '.join(modes)}, not {item.describe()}.")


def _inference(item: Item | None) -> tuple[bool, int, tuple[Column, ...]]:
    """Whether to infer, from how many rows, and the types that are given."""
    if item is None:
        return True, 200, ()
    if not isinstance(item.value, dict):
        return item.boolean("infer_column_types"), 200, ()
    known = frozenset({"sample_size", "column_type_overrides"})
    options = item.mapping("infer_column_types", known)
    size = options["sample_size"].integer("sample_size", 1) if "sample_size" in options else 200
    given = options.get("column_type_overrides")
    entries = given.items("column_type_overrides") if given is not None else []
    return True, size, tuple(column for entry in entries for column in _override(entry))


def _override(item: Item) -> list[Column]:
    known = frozenset({"columns", "column_type"})
    entry = item.mapping("An entry of column_type_overrides", known)
    if set(entry) != known:
        raise item.problem("An entry of column_type_overrides needs columns and column_type.")
    kind = entry["column_type"]
    if not isinstance(kind.value, str) or kind.value not in _TYPES:
        names = ", ".join(_TYPES)
        raise kind.problem(
            f"The column type {kind.describe()} is not supported here yet; there are {names}."
        )
    return [Column(name, _TYPES[kind.value]) for name in entry["columns"].texts("columns")]


def _flag(options: dict[str, Item], name: str) -> bool:
    return name in options and options[name].boolean(name)
