"""The MLTable document: its paths and its steps, checked for shape, not yet understood.

Alone, because the shape is strict and small; what a step means is said where it acts.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from parallelsdk.exceptions import DataException, ErrorTarget, ValidationException
from parallelsdk.mltable._yaml import Item, plain, read_yaml
from parallelsdk.storage.reader import read_bytes
from parallelsdk.storage.uri import is_local, local_path, scheme

FILE_NAME: Final = "MLTable"

Locate = Callable[[str], str]

PathKind = Literal["file", "folder", "pattern"]

_TOP: Final = frozenset(
    {"type", "$schema", "paths", "transformations", "traits", "metadata", "query_source"}
)
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
    locate: Locate
    content: dict[str, Any]  # what it says, as plain values

    def absolute(self, value: str) -> str:
        """A path or URL of this document as an absolute path of this machine, or as a URL.

        Raises ValidationException for an ``azureml:`` URI that stands for no data here.
        """
        if scheme(value) == "azureml":
            value = self.locate(value)
        if not is_local(value):
            return value
        path = local_path(value)
        if is_local(self.folder):
            return os.path.abspath(os.path.join(self.folder, path))
        if os.path.isabs(path):
            return path
        kind, _, place = self.folder.partition("://")
        return f"{kind}://{posixpath.normpath(posixpath.join(place, path))}"


def read_document(folder: str, locate: Locate | None = None) -> Document:
    """The MLTable file of ``folder``, a local path or a URL.

    ``locate`` says where the data of an ``azureml:`` URI lie. Raises DataException when there is no
    file, ValidationException with file and line when its shape is wrong.
    """
    if is_local(folder):
        folder = os.path.abspath(local_path(folder))
        file = os.path.join(folder, FILE_NAME)
        if not os.path.lexists(file) or os.path.isdir(file):
            raise DataException(_missing(folder), target=ErrorTarget.DATA)
    else:
        file = f"{folder.rstrip('/')}/{FILE_NAME}"
    return make_document(folder, file, read_yaml(read_bytes(file), file), locate)


def make_document(folder: str, file: str, top: Item, locate: Locate | None = None) -> Document:
    """The document that ``top`` holds. Raises ValidationException with file and line."""
    keys = top.mapping("An MLTable file", _TOP)
    if "type" in keys and keys["type"].value != "mltable":
        raise keys["type"].problem(f"type must be mltable, not {keys['type'].describe()}.")
    if "$schema" in keys:
        keys["$schema"].text("$schema")
    if "query_source" in keys:
        raise keys["query_source"].problem(
            "query_source asks a database of Azure, which is not supported."
        )
    if "traits" in keys:
        _check_traits(keys["traits"])
    if "metadata" in keys and not isinstance(keys["metadata"].value, dict):
        raise keys["metadata"].problem("metadata must be a mapping of names to values.")
    if "paths" not in keys:
        raise top.problem("An MLTable file needs paths: a list of file, folder or pattern.")
    paths = tuple(_path(item) for item in keys["paths"].items("paths"))
    steps = keys.get("transformations")
    listed = steps.items("transformations") if steps is not None else []
    made = tuple(_step(item) for item in listed)
    return Document(folder, file, paths, made, locate or _nowhere, plain(top))


def _check_traits(traits: Item) -> None:
    """One column of times, and a list of columns that tell rows apart."""
    keys = traits.mapping("traits", frozenset({"timestamp_column", "index_columns"}))
    if "timestamp_column" in keys:
        keys["timestamp_column"].text("timestamp_column")
    if "index_columns" in keys:
        for item in keys["index_columns"].items("index_columns"):
            item.text("index_columns")


def _nowhere(uri: str) -> str:
    raise ValidationException(
        f"{uri!r} belongs to a workspace, and none is known here.", target=ErrorTarget.DATA
    )


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
        known = ", ".join(sorted(_STEPS - {"select_partitions"}))
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
