"""The cutting room: how a step's major input becomes mini-batches. No data moves.

Alone, because the cut depends on the input and the size and on nothing else: the same input gives
the same mini-batches for any number of workers, backend or moment. Mini-batches are written as they
are found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from parallelsdk.constants import MINI_BATCH_BYTES, MINI_BATCH_FILES, AssetTypes, InputOutputModes
from parallelsdk.data.cutting import cut_table
from parallelsdk.data.grouping import group_files
from parallelsdk.data.mini_batch import Kind, MiniBatchWriter
from parallelsdk.exceptions import DataException, ErrorTarget, MlException
from parallelsdk.mltable._recipe import Recipe, read_recipe
from parallelsdk.mltable._scan import define_table
from parallelsdk.storage.listing import iter_files

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PartitionSummary:
    """What came of the cut. ``items`` and ``bytes`` are -1 where nobody has counted them.

    Rows are counted when they are read; files are counted, but not asked for their sizes.
    """

    kind: Kind
    count: int
    items: int
    bytes: int


def plan_mini_batches(
    *,
    path: str,
    type: str,
    mode: str | None,
    mini_batch_size: int,
    partition_keys: tuple[str, ...],
    into: str,
) -> PartitionSummary:
    """Split the major input at the local ``path`` and write its mini-batches to the file ``into``.

    ``mini_batch_size`` is a number of files, or of bytes for a table; 0 stands for the default.
    With ``partition_keys`` there is one mini-batch for each combination of their values, whatever
    the size. Raises DataException, or ValidationException with the line of an MLTable file; then
    nothing is written.
    """
    if type == AssetTypes.MLTABLE:
        recipe = _checked(read_recipe(path), mode, partition_keys)
        if recipe.reader is not None:
            return _plan_table(recipe, mini_batch_size or MINI_BATCH_BYTES, partition_keys, into)
        if partition_keys:
            return _plan_groups(recipe, partition_keys, into)
        files = recipe.files()
    elif partition_keys:
        raise _problem(_KEYS_NEED_MLTABLE)
    else:
        files = _plain_files(path, type)
    return _plan_files(files, mini_batch_size or MINI_BATCH_FILES, path, into)


def check_major_input(
    path: str, type: str, mode: str | None, partition_keys: tuple[str, ...]
) -> str | None:
    """What is wrong with the major input, or None, found without reading data or writing."""
    try:
        if type == AssetTypes.MLTABLE:
            recipe = _checked(read_recipe(path), mode, partition_keys)
            files = recipe.files()
        elif partition_keys:
            return _KEYS_NEED_MLTABLE
        else:
            files = _plain_files(path, type)
        if next(iter(files), None) is None:
            return _empty(path)
        if type == AssetTypes.MLTABLE and recipe.reader is not None:
            _require_rows(recipe)
    except MlException as error:
        return str(error)
    return None


def _plan_files(files: Iterable[str], size: int, path: str, into: str) -> PartitionSummary:
    with MiniBatchWriter(into, kind="files") as writer:
        for group in _in_groups(files, size):
            writer.add([(os.fsencode(name), 0, -1) for name in group], len(group))
        if writer.count == 0:
            raise _problem(_empty(path))
    return PartitionSummary("files", writer.count, writer.items, -1)


def _plan_groups(recipe: Recipe, keys: tuple[str, ...], into: str) -> PartitionSummary:
    with MiniBatchWriter(into, kind="files") as writer:
        for values, names in group_files(recipe, keys):
            writer.add([(name, 0, -1) for name in names], len(names), values)
        if writer.count == 0:
            raise _problem(_empty(recipe.document.folder))
    return PartitionSummary("files", writer.count, writer.items, -1)


def _plan_table(recipe: Recipe, size: int, keys: tuple[str, ...], into: str) -> PartitionSummary:
    definition = define_table(recipe)
    total = 0
    with MiniBatchWriter(into, kind="table", table=definition.to_json()) as writer:
        for sources, values in cut_table(recipe, definition, size, keys):
            total += sum(stop - start for _, start, stop in sources)
            writer.add(sources, -1, values)
        if writer.count == 0:
            raise _problem(_no_rows(recipe))
    return PartitionSummary("table", writer.count, -1, total)


def _require_rows(recipe: Recipe) -> None:
    """Raises DataException when no file of the table has a row."""
    if next(cut_table(recipe, define_table(recipe), sys.maxsize, ()), None) is None:
        raise _problem(_no_rows(recipe))


def _checked(recipe: Recipe, mode: str | None, keys: tuple[str, ...]) -> Recipe:
    """The recipe, when it can be used in this mode and split by these keys."""
    document = recipe.document
    if recipe.reader is None and mode == InputOutputModes.DIRECT:
        raise _problem(
            f"{document.file} has no read_* transformation, so it is a list of files, but mode "
            "direct uses it as a table. Add read_delimited, or choose ro_mount or download."
        )
    if not keys:
        return recipe
    known = recipe.partition_format.keys if recipe.partition_format else ()
    missing = [key for key in keys if key not in known]
    if missing:
        raise _problem(
            f"partition_keys names {', '.join(missing)}, but "
            + (f"the partition format has {', '.join(known)}" if known else "there is no")
            + (f" in {document.file}." if known else f" partition format in {document.file}.")
            + " Keys come from extract_columns_from_partition_format."
        )
    return recipe


def _plain_files(path: str, type: str) -> Iterator[str]:
    path = os.path.abspath(path)
    if not os.path.exists(path):
        raise _problem(f"There is nothing at {path!r}.")
    if type == AssetTypes.URI_FILE and os.path.isdir(path):
        raise _problem(f"{path!r} is a folder; give the input the type uri_folder.")
    return iter_files(path) if os.path.isdir(path) else iter((path,))


def _in_groups(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(items)
    while group := list(islice(iterator, size)):
        yield group


def _empty(path: str) -> str:
    return f"The input {path!r} holds no files, so there is nothing to run on."


def _no_rows(recipe: Recipe) -> str:
    return f"The table in {recipe.document.folder!r} holds no rows, so there is nothing to run on."


def _problem(text: str) -> DataException:
    return DataException(text, target=ErrorTarget.DATA)


_KEYS_NEED_MLTABLE = (
    "partition_keys needs an input of type mltable whose MLTable file says "
    "extract_columns_from_partition_format."
)
