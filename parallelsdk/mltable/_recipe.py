"""The steps of a document understood: which files, which reader, which steps its rows go through.

Alone, because whether an input is a list of files or a table is asked before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from parallelsdk.mltable._definition import Filter, KeyColumns, ReaderOptions, RowRange, RowStep
from parallelsdk.mltable._document import Document, Locate, Step, read_document
from parallelsdk.mltable._options import reader_options
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._paths import iter_paths
from parallelsdk.mltable._step_options import partition_format, row_step

_ON_FILES = ("take", "skip", "filter")


@dataclass(slots=True)
class Recipe:
    """What a document says, in the terms of this room.

    ``reader`` None: a list of files. ``steps`` act after the reader, in order; ``file_steps`` act
    on the list of files before it.
    """

    document: Document
    reader: ReaderOptions | None = None
    format_first: PartitionFormat | None = None  # stands before the reader
    steps: list[RowStep] = field(default_factory=list)
    file_steps: list[RowStep] = field(default_factory=list)
    partitions: frozenset[int] | None = None  # the pieces that are read alone, by number

    @property
    def partition_format(self) -> PartitionFormat | None:
        """The partition format, wherever it stands."""
        later = (step for step in self.steps if isinstance(step, KeyColumns))
        text = next((step.text for step in later), None)
        return self.format_first or (None if text is None else PartitionFormat.parse(text))

    def files(self) -> Iterator[str]:
        """The files, as absolute paths or URLs, in order. Raises DataException for a missing one.

        Missing files of a list without a reader are told by whoever opens them.
        """
        result = iter_paths(self.document)
        for step in self.file_steps:
            if isinstance(step, RowRange):
                stop = (0, step.count) if step.takes else (step.count, None)
                result = islice(result, *stop)
            elif isinstance(step, Filter):
                result = self._filtered(list(result), step)
        return result

    def _filtered(self, files: list[str], step: Filter) -> Iterator[str]:
        # Not imported above: only this needs Arrow's functions, and with them numpy.
        from parallelsdk.mltable._file_list import filtered_files

        return filtered_files(files, self.format_first, step)


def read_recipe(folder: str, locate: Locate | None = None) -> Recipe:
    """The recipe in the MLTable file of ``folder``, a local path or a URL.

    ``locate`` says where the data of an ``azureml:`` URI lie. Raises DataException when there is no
    file, ValidationException with file and line when it is wrong.
    """
    return understand(read_document(folder, locate))


def understand(document: Document) -> Recipe:
    """The recipe of a document. Raises ValidationException with file and line."""
    recipe = Recipe(document)
    for step in document.steps:
        if step.name.startswith("read_"):
            if recipe.reader is not None:
                raise step.item.problem("There is a reader above already; a table has one.")
            recipe.reader = reader_options(step)
        elif step.name == "extract_columns_from_partition_format":
            _add_format(recipe, step)
        elif step.name == "select_partitions":
            _select_partitions(recipe, step)
        elif recipe.reader is not None:
            recipe.steps.append(row_step(step))
        elif step.name in _ON_FILES:
            recipe.file_steps.append(row_step(step))
        else:
            raise step.item.problem(
                f"{step.name} works on columns, but no reader stands above it; put it below."
            )
    return recipe


def _select_partitions(recipe: Recipe, step: Step) -> None:
    assert step.options is not None
    is_list = isinstance(step.options.value, list)
    items = step.options.items(step.name) if is_list else [step.options]
    chosen = frozenset(item.integer(step.name, 0) for item in items)
    if recipe.reader is None:
        raise step.item.problem(f"{step.name} chooses pieces of a table; put it below a reader.")
    if not chosen:
        raise step.item.problem(f"{step.name} needs at least one number.")
    if recipe.partitions is not None:
        raise step.item.problem(f"There is a {step.name} above already.")
    recipe.partitions = chosen


def _add_format(recipe: Recipe, step: Step) -> None:
    found = partition_format(step)
    if recipe.partition_format is not None:
        raise step.item.problem(f"There is a {step.name} above already.")
    if recipe.reader is None:
        recipe.format_first = found
    else:
        recipe.steps.append(KeyColumns(found.text))
