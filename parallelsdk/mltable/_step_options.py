"""The steps other than readers: what each may say, and what it is in the terms of this room.

Alone, because whoever carries a step out should meet nothing but values that are right.
"""

from __future__ import annotations

import re
from typing import Final

from parallelsdk.mltable._date_format import DateFormat
from parallelsdk.mltable._definition import (
    ColumnType,
    Conversion,
    Filter,
    RowRange,
    RowStep,
    Sample,
    Selection,
    TargetType,
)
from parallelsdk.mltable._document import Step
from parallelsdk.mltable._expression import parse_filter
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._yaml import Item

_PLAIN_TYPES: Final[dict[str, ColumnType]] = {
    "string": "string",
    "int": "int",
    "float": "float",
    "boolean": "bool",
    "stream_info": "stream_info",
}
_MISMATCHES: Final[dict[object, bool | None]] = {
    "error": None,  # which the reference takes for missing, too
    "true": True,
    "false": False,
}


def row_step(step: Step) -> RowStep:
    """The step as what is done to rows. Raises ValidationException with file and line."""
    options = step.options
    assert options is not None
    if step.name in ("take", "skip"):
        return RowRange(step.name == "take", options.integer(step.name, 0))
    if step.name in ("keep_columns", "drop_columns"):
        return _selection(options, step.name, keeps=step.name == "keep_columns")
    if step.name == "filter":
        return _filter(options)
    if step.name == "convert_column_types":
        return Conversion(tuple(map(_conversion, options.items(step.name))))
    if step.name == "take_random_sample":
        return _random_sample(options)
    return _sample(options)


def partition_format(step: Step) -> PartitionFormat:
    """The format of an extract_columns_from_partition_format step."""
    assert step.options is not None
    name = "partition_format"
    option = step.options.mapping(step.name, frozenset({name})).get(name)
    if option is None:
        raise step.item.problem(f"{step.name} needs {name}.")
    try:
        return PartitionFormat.parse(option.text(name))
    except ValueError as error:
        raise option.problem(f"{option.value!r} is no partition format: {error}.") from error


def _selection(item: Item, what: str, *, keeps: bool) -> Selection:
    if not isinstance(item.value, dict):
        return Selection(keeps, tuple(item.texts(what)))
    options = item.mapping(what, frozenset({"pattern", "ignore_case", "invert"}))
    if "pattern" not in options:
        raise item.problem(f"{what} needs a name, a list of names or a pattern.")
    pattern = options["pattern"].text("pattern")
    if _flag(options, "ignore_case"):
        pattern = f"(?i:{pattern})"
    try:
        re.compile(pattern)
    except re.error as error:
        raise options["pattern"].problem(f"{pattern!r} is no pattern: {error}.") from error
    if _flag(options, "invert"):
        pattern = f"^(?!.*(?:{pattern}))"
    return Selection(keeps, (), pattern)


def _filter(item: Item) -> Filter:
    text = item.text("filter")
    try:
        parse_filter(text)
    except ValueError as error:
        raise item.problem(f"{text!r} is no filter: {error}.") from error
    return Filter(text)


def _random_sample(item: Item) -> Sample:
    names = frozenset({"probability", "seed"})
    options = item.mapping("take_random_sample", names)
    if set(options) != names:
        raise item.problem("take_random_sample needs probability and seed.")
    return Sample(0.0, _share(options["probability"]), options["seed"].integer("seed", 0))


def _sample(item: Item) -> Sample:
    options = item.mapping("sample", frozenset({"sampler", "sampler_arguments"}))
    if set(options) != {"sampler", "sampler_arguments"}:
        raise item.problem("sample needs sampler and sampler_arguments.")
    if options["sampler"].value != "random_percent":
        raise options["sampler"].problem("sampler must be random_percent.")
    names = frozenset({"probability", "probability_lower_bound", "seed"})
    arguments = options["sampler_arguments"].mapping("sampler_arguments", names)
    if not {"probability", "seed"} <= set(arguments):
        raise options["sampler_arguments"].problem("sampler_arguments needs probability and seed.")
    low = arguments.get("probability_lower_bound")
    first = _share(low) if low is not None else 0.0
    width = _share(arguments["probability"])
    return Sample(first, min(1.0, first + width), arguments["seed"].integer("seed", 0))


def _share(item: Item) -> float:
    value = item.value
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise item.problem(f"A probability is a number from 0 to 1, not {item.describe()}.")
    return float(value)


def _conversion(item: Item) -> tuple[Selection, TargetType]:
    known = frozenset({"columns", "column_type"})
    entry = item.mapping("An entry of convert_column_types", known)
    if set(entry) != known:
        raise item.problem("An entry of convert_column_types needs columns and column_type.")
    return _selection(entry["columns"], "columns", keeps=True), target_type(entry["column_type"])


def target_type(item: Item) -> TargetType:
    """The type that a ``column_type`` says. Raises ValidationException with file and line."""
    if isinstance(item.value, str) and item.value in _PLAIN_TYPES:
        return TargetType(_PLAIN_TYPES[item.value])
    if isinstance(item.value, dict) and len(item.value) == 1:
        name, options = next(iter(item.value.items()))
        if name == "datetime":
            return _datetime(options)
        if name == "boolean":
            return _boolean(options)
        if name == "stream_info":
            places = ("subscription", "resource_group", "workspace_name", "escaped")
            found = options.mapping("stream_info", frozenset(places))
            return TargetType("stream_info", escaped=_flag(found, "escaped"))
    if item.value == "datetime":
        raise item.problem("A datetime needs its formats: {datetime: {formats: '%Y-%m-%d'}}.")
    raise item.problem(
        f"There is no column type {item.describe()}; there are {', '.join(_PLAIN_TYPES)}, and "
        "datetime with formats."
    )


def _datetime(item: Item) -> TargetType:
    options = item.mapping("datetime", frozenset({"formats", "date_constant"}))
    formats = tuple(options["formats"].texts("formats")) if "formats" in options else ()
    if not formats:
        raise item.problem("datetime needs formats, one or a list of them.")
    constant = options["date_constant"].text("date_constant") if "date_constant" in options else ""
    for text in formats:
        try:
            DateFormat.parse(text)
        except ValueError as error:
            raise options["formats"].problem(f"{text!r} is no date format: {error}.") from error
    return TargetType("datetime", formats=formats, date_constant=constant)


def _boolean(item: Item) -> TargetType:
    options = item.mapping("boolean", frozenset({"true_values", "false_values", "mismatch_as"}))
    if ("true_values" in options) != ("false_values" in options):
        raise item.problem("boolean needs both true_values and false_values, or neither.")
    mismatch = options.get("mismatch_as")
    word = "error" if mismatch is None else mismatch.value
    word = str(word).lower() if isinstance(word, bool) else word  # YAML reads true as a boolean
    if word not in _MISMATCHES:
        assert mismatch is not None
        raise mismatch.problem(f"mismatch_as is error, true or false, not {mismatch.describe()}.")
    return TargetType(
        "bool",
        true_values=_words(options, "true_values"),
        false_values=_words(options, "false_values"),
        mismatch=_MISMATCHES[word],
    )


def _words(options: dict[str, Item], name: str) -> tuple[str, ...]:
    if name not in options:
        return ()
    return tuple(item.text(name) for item in options[name].items(name))


def _flag(options: dict[str, Item], name: str) -> bool:
    return name in options and options[name].boolean(name)
