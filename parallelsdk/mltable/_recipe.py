"""The steps of a document understood: which files, which reader, which columns.

Alone, because whether an input is a list of files or a table is asked before anything is read.
Steps that are valid but not built yet are refused here, by name and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from parallelsdk.exceptions import ValidationException
from parallelsdk.mltable._definition import DelimitedOptions
from parallelsdk.mltable._document import Document, Step, read_document
from parallelsdk.mltable._options import delimited_options
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._paths import iter_paths
from parallelsdk.mltable._yaml import Item


@dataclass(frozen=True, slots=True)
class Selection:
    """A keep_columns or drop_columns step."""

    keeps: bool
    names: tuple[str, ...]
    pattern: str | None = None

    def applied(self, columns: list[str]) -> list[str]:
        """The columns that stay, in the table's order; names that are not there do not matter."""
        return [name for name in columns if self._hits(name) == self.keeps]

    def _hits(self, name: str) -> bool:
        if self.pattern is not None:
            return re.search(self.pattern, name) is not None
        return name in self.names


@dataclass(slots=True)
class Recipe:
    """What a document says, in the terms of this room.

    ``reader`` None: a list of files. ``column_steps`` act after the reader, in order; a
    PartitionFormat among them adds its keys there.
    """

    document: Document
    reader: DelimitedOptions | None = None
    format_first: PartitionFormat | None = None  # stands before the reader
    column_steps: list[Selection | PartitionFormat] = field(default_factory=list)
    _file_steps: list[tuple[str, int]] = field(default_factory=list)

    @property
    def partition_format(self) -> PartitionFormat | None:
        """The partition format, wherever it stands."""
        later = (step for step in self.column_steps if isinstance(step, PartitionFormat))
        return self.format_first or next(later, None)

    def files(self) -> Iterator[str]:
        """The absolute paths of the files, in order. Raises DataException when one is missing."""
        result = iter_paths(self.document)
        for name, count in self._file_steps:
            result = islice(result, count) if name == "take" else islice(result, count, None)
        return result


def read_recipe(folder: str) -> Recipe:
    """The recipe in the MLTable file of ``folder``.

    Raises DataException when there is none, ValidationException with file and line when it is
    wrong, or asks for something that is not supported yet.
    """
    recipe = Recipe(read_document(folder))
    for step in recipe.document.steps:
        if step.name == "read_delimited":
            if recipe.reader is not None:
                raise step.item.problem("There is a reader above already; a table has one.")
            recipe.reader = delimited_options(step)
        elif step.name == "extract_columns_from_partition_format":
            _add_format(recipe, step)
        elif step.name in ("keep_columns", "drop_columns") and recipe.reader is not None:
            recipe.column_steps.append(_selection(step))
        elif step.name in ("take", "skip") and recipe.reader is None:
            assert step.options is not None
            recipe._file_steps.append((step.name, step.options.integer(step.name, 0)))
        else:
            raise _not_yet(step, after_reader=recipe.reader is not None)
    return recipe


def _add_format(recipe: Recipe, step: Step) -> None:
    assert step.options is not None
    name = "partition_format"
    option = step.options.mapping(step.name, frozenset({name})).get(name)
    if option is None:
        raise step.item.problem(f"{step.name} needs {name}.")
    if recipe.partition_format is not None:
        raise step.item.problem(f"There is a {step.name} above already.")
    try:
        found = PartitionFormat.parse(option.text(name))
    except ValueError as error:
        raise option.problem(f"{option.value!r} is no partition format: {error}.") from error
    if recipe.reader is None:
        recipe.format_first = found
    else:
        recipe.column_steps.append(found)


def _selection(step: Step) -> Selection:
    assert step.options is not None
    keeps = step.name == "keep_columns"
    if not isinstance(step.options.value, dict):
        return Selection(keeps, tuple(step.options.texts(step.name)))
    options = step.options.mapping(step.name, frozenset({"pattern", "ignore_case", "invert"}))
    if "pattern" not in options:
        raise step.options.problem(f"{step.name} needs a name, a list of names or a pattern.")
    pattern = options["pattern"].text("pattern")
    if _flag(options, "ignore_case"):
        pattern = f"(?i:{pattern})"
    try:
        re.compile(pattern)
    except re.error as error:
        raise options["pattern"].problem(f"{pattern!r} is no pattern: {error}.") from error
    return Selection(keeps != _flag(options, "invert"), (), pattern)


def _flag(options: dict[str, Item], name: str) -> bool:
    return name in options and options[name].boolean(name)


def _not_yet(step: Step, *, after_reader: bool) -> ValidationException:
    if step.name.startswith("read_"):
        where = ""
    else:
        where = " after the reader" if after_reader else " before a reader"
    return step.item.problem(f"{step.name}{where} is not supported yet.")
