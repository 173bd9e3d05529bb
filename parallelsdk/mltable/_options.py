"""The options of the readers: which there are, and what each may be.

Alone, because the reader itself should meet nothing but values that are right.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, get_args

from parallelsdk._warning import warn_caller
from parallelsdk.mltable._definition import (
    PATH_COLUMN,
    DelimitedOptions,
    DeltaOptions,
    Encoding,
    Header,
    JsonLinesOptions,
    Override,
    ParquetOptions,
    ReaderOptions,
)
from parallelsdk.mltable._document import Step
from parallelsdk.mltable._step_options import target_type
from parallelsdk.mltable._yaml import Item

_ENCODINGS: Final[dict[str, Encoding]] = {
    **dict.fromkeys(("utf8", "utf-8", "utf8 bom", "utf-8 bom", "ascii"), "utf8"),
    **dict.fromkeys(("iso88591", "iso-8859-1", "latin1", "latin-1"), "latin1"),
    **dict.fromkeys(("windows1252", "windows-1252"), "latin1"),
    **dict.fromkeys(("utf16", "utf-16"), "utf16"),
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


_PARTITION_SIZE: Final = 20 * 1024 * 1024


def reader_options(step: Step) -> ReaderOptions:
    """The options of a read_* step. Raises ValidationException with file and line."""
    if step.name == "read_delimited":
        return delimited_options(step)
    if step.name == "read_json_lines":
        return _json_lines(step)
    if step.name == "read_parquet":
        options = _given(step, frozenset({"include_path_column", "path_column"}))
        return ParquetOptions(_flag(options, "include_path_column"))
    return _delta(step)


def delimited_options(step: Step) -> DelimitedOptions:
    """The options of a read_delimited step. Raises ValidationException with file and line."""
    options = _given(step, _KNOWN)
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
        partition_size=_partition_size(options),
    )


def _json_lines(step: Step) -> JsonLinesOptions:
    names = {"invalid_lines", "encoding", "include_path_column", "path_column", "partition_size"}
    options = _given(step, frozenset(names))
    invalid = options.get("invalid_lines")
    if invalid is not None and invalid.value not in ("error", "drop"):
        raise invalid.problem(f"invalid_lines is error or drop, not {invalid.describe()}.")
    return JsonLinesOptions(
        encoding=_encoding(options.get("encoding")),
        drop_invalid_lines=invalid is not None and invalid.value == "drop",
        include_path_column=_flag(options, "include_path_column"),
        partition_size=_partition_size(options),
    )


def _delta(step: Step) -> DeltaOptions:
    names = {"version_as_of", "timestamp_as_of", "include_path_column", "path_column"}
    options = _given(step, frozenset(names))
    if "version_as_of" in options and "timestamp_as_of" in options:
        raise step.item.problem("read_delta_lake takes version_as_of or timestamp_as_of, not both.")
    version, moment = options.get("version_as_of"), options.get("timestamp_as_of")
    return DeltaOptions(
        version_as_of=version.integer("version_as_of", 0) if version else None,
        timestamp_as_of=_moment(moment) if moment else None,
        include_path_column=_flag(options, "include_path_column"),
    )


def _moment(item: Item) -> str:
    """A point in time as RFC 3339 text; YAML may have read it as one already."""
    if isinstance(item.value, datetime):
        value = item.value
    else:
        try:
            value = datetime.fromisoformat(item.text("timestamp_as_of"))
        except ValueError:
            raise item.problem(
                f"timestamp_as_of is a time such as 2024-01-31T12:00:00Z, not {item.describe()}."
            ) from None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def _given(step: Step, known: frozenset[str]) -> dict[str, Item]:
    """The options as written; ``path_column`` can only have the value that it has by itself."""
    if step.options is None:
        return {}
    options = step.options.mapping(step.name, known)
    if "path_column" in options and options["path_column"].value != PATH_COLUMN:
        raise options["path_column"].problem(f"path_column can only be {PATH_COLUMN}.")
    return options


def _partition_size(options: dict[str, Item]) -> int:
    if "partition_size" not in options:
        return _PARTITION_SIZE
    return options["partition_size"].integer("partition_size", 1)


def _delimiter(item: Item | None) -> str:
    if item is None:
        return ","
    value = item.text("delimiter")
    if len(value) == 2 and value[0].isascii() and value[0] not in '"\r\n\\':
        warn_caller(
            f"The delimiter {value!r} has {len(value)} characters, and the first one alone counts, "
            "as in Azure: what follows it is in the cells"
        )
        return value[0]
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


def _inference(item: Item | None) -> tuple[bool, int, tuple[Override, ...]]:
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
    return True, size, tuple(given for entry in entries for given in _override(entry))


def _override(item: Item) -> list[Override]:
    known = frozenset({"columns", "column_type"})
    entry = item.mapping("An entry of column_type_overrides", known)
    if set(entry) != known:
        raise item.problem("An entry of column_type_overrides needs columns and column_type.")
    kind = target_type(entry["column_type"])
    if kind.kind == "stream_info":
        raise entry["column_type"].problem("A column_type_override cannot be stream_info.")
    return [Override(name, kind) for name in entry["columns"].texts("columns")]


def _flag(options: dict[str, Item], name: str) -> bool:
    return name in options and options[name].boolean(name)
