"""Files that belong together: one group for each combination of partition keys that exists.

Alone, because file lists and tables are grouped alike.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._recipe import Recipe
from parallelsdk.storage.remote import without_secrets


def group_files(
    recipe: Recipe, keys: tuple[str, ...], files: Iterable[str] | None = None
) -> Iterator[tuple[dict[str, str], list[bytes]]]:
    """The values of ``keys``, in their order, and the paths of the files that have them.

    Groups stand in the order of their first files. All names are held in memory: the last file may
    belong to the first group. Raises DataException for a file that the partition format does not
    fit, which would otherwise be lost without a word.
    """
    partition_format = recipe.partition_format
    assert partition_format is not None
    groups: dict[tuple[str, ...], list[bytes]] = {}
    for path in recipe.files() if files is None else files:
        values = partition_format.values(path)
        if values is None:
            raise DataException(
                f"The partition format {partition_format.text!r} in {recipe.document.file} does "
                f"not fit the path {without_secrets(path)!r}.",
                target=ErrorTarget.DATA,
            )
        groups.setdefault(tuple(values[key] for key in keys), []).append(os.fsencode(path))
    for group, names in groups.items():
        yield dict(zip(keys, group, strict=True)), names


def path_keys(recipe: Recipe) -> tuple[str, ...]:
    """The keys that the paths of the files give."""
    return recipe.partition_format.keys if recipe.partition_format else ()


def no_such_key(recipe: Recipe, missing: Iterable[str], known: Iterable[str]) -> DataException:
    """The error for keys that nothing gives."""
    names, file = ", ".join(known), recipe.document.file
    there = f"{file} gives {names}" if names else f"there is no partition format in {file}"
    return DataException(
        f"partition_keys names {', '.join(missing)}, but {there}. Keys come from "
        "extract_columns_from_partition_format, or are columns of a table.",
        target=ErrorTarget.DATA,
    )
