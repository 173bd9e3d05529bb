"""The MLTable document: its paths and its steps, checked for shape, not yet understood.

Alone, because the shape is strict and small; what a step means is said where it acts.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, Literal

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._yaml import Item, read_yaml

FILE_NAME: Final = "MLTable"

PathKind = Literal["file", "folder", "pattern"]

_TOP: Final = frozenset({"type", "$schema", "paths", "transformations", "metadata"})
_KINDS: Final[tuple[PathKind, ...]] = ("file", "folder", "pattern")
_BARE: Final = frozenset({"read_delimited", "read_parquet", "read_json_lines", "read_delta_lake"})
_STEPS: Final = _BARE | {
    "take",
    "skip",
    "take_random_sample",
    "sample",
    "select_partitions",
    "keep_columns",
    "drop_columns",
    "convert_column_types",
    "filter",
    "extract_columns_from_partition_format",
}


@dataclass(frozen=True, slots=True)
class PathEntry:
    """One entry of ``paths``."""

    kind: PathKind
    value: str
    item: Item


@dataclass(frozen=True, slots=True)
class Step:
    """One transformation: its name and its options as written (None for a bare name)."""

    name: str
    options: Item | None
    item: Item


@dataclass(frozen=True, slots=True)
class Document:
    """An MLTable file: where it is, and what it says."""

    folder: str
    file: str
    paths: tuple[PathEntry, ...]
    steps: tuple[Step, ...]


def read_document(folder: str) -> Document:
    """The MLTable file of ``folder``.

    Raises DataException when there is none, ValidationException with file and line when its shape
    is wrong.
    """
    folder = os.path.abspath(folder)
    file = os.path.join(folder, FILE_NAME)
    if not os.path.isfile(file):
        raise DataException(_missing(folder), target=ErrorTarget.DATA)
    try:
        top = read_yaml(file)
    except OSError as error:
        raise DataException(
            f"{file!r} cannot be read: {error.strerror}.", target=ErrorTarget.DATA
        ) from error
    keys = top.mapping("An MLTable file", _TOP)
    if "type" in keys and keys["type"].value != "mltable":
        raise keys["type"].problem(f"type must be mltable, not {keys['type'].describe()}.")
    if "$schema" in keys:
        keys["$schema"].text("$schema")
    if "paths" not in keys:
        raise top.problem("An MLTable file needs paths: a list of file, folder or pattern.")
    paths = tuple(_path(item) for item in keys["paths"].items("paths"))
    steps = keys.get("transformations")
    listed = steps.items("transformations") if steps is not None else []
    return Document(folder, file, paths, tuple(_step(item) for item in listed))


def _path(item: Item) -> PathEntry:
    entry = item.mapping("An entry of paths", frozenset(_KINDS))
    if len(entry) != 1:
        raise item.problem("An entry of paths has exactly one key: file, folder or pattern.")
    for kind in _KINDS:
        if kind in entry:
            return PathEntry(kind, entry[kind].text(kind), entry[kind])
    raise AssertionError("unreachable: the mapping has one known key")


def _step(item: Item) -> Step:
    if isinstance(item.value, str):
        name, options = item.value, None
        if name in _STEPS and name not in _BARE:
            raise item.problem(f"{name} needs its options: write '{name}: ...'.")
    elif isinstance(item.value, dict) and len(item.value) == 1:
        name, options = next(iter(item.value.items()))
        if options.value is None:
            raise options.problem(f"{name} stands without a value; write what it should do.")
    else:
        raise item.problem(f"A transformation is one name with its options, not {item.describe()}.")
    if name not in _STEPS:
        known = ", ".join(sorted(_STEPS))
        raise item.problem(f"There is no transformation {name!r}; there are {known}.")
    return Step(name, options, item)


def _missing(folder: str) -> str:
    if os.path.isfile(folder):
        return (
            f"{folder!r} is a file; an input of type mltable is the folder that holds the file "
            f"named {FILE_NAME}."
        )
    if not os.path.isdir(folder):
        return f"There is no folder {folder!r}."
    return (
        f"The folder {folder!r} holds no file named {FILE_NAME}. Write one, or give the input the "
        "type uri_folder to get its files as they are."
    )
