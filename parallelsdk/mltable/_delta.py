"""Delta tables: which Parquet files make up one version, and what stands beside their names.

Alone, because the extra ``delta`` enters here and nowhere else.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from parallelsdk._lazy import require
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._definition import DeltaOptions
from parallelsdk.mltable._document import Document
from parallelsdk.storage.uri import is_local, local_path

# What a file holds is not all of the table there: rows are struck out, columns have other names.
_UNREADABLE: Final = frozenset({"deletionVectors", "columnMapping"})


def delta_files(document: Document, options: DeltaOptions) -> list[str]:
    """The files of the version, sorted. Raises DataException."""
    table = _open(_folder(document), options)
    return sorted(map(_plain_path, table.file_uris()), key=os.fsencode)


def delta_schema(recipe: Any, options: DeltaOptions) -> tuple[Any, dict[str, dict[str, Any]]]:
    """The table's columns as an Arrow schema, and by file the values that it does not hold."""
    folder = _folder(recipe.document)
    table = _open(folder, options)
    schema = pa.schema(pa.schema(table.schema().to_arrow()))
    names = table.metadata().partition_columns
    if not names:
        return schema, {}
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    root = folder.rstrip("/") + "/"
    values = {}
    for action in actions:
        texts = {name: action.get(f"partition.{name}") for name in names}
        values[root + action["path"]] = {
            name: None if value is None else str(value) for name, value in texts.items()
        }
    return schema, values


def _folder(document: Document) -> str:
    """The one folder that is the table."""
    entry = document.paths[0] if len(document.paths) == 1 else None
    if entry is None or entry.kind != "folder":
        raise DataException(
            f"{document.file}: read_delta_lake needs one path, a folder.", target=ErrorTarget.DATA
        )
    return document.absolute(entry.value)


def _open(folder: str, options: DeltaOptions) -> Any:
    deltalake = require("deltalake", "delta")
    try:
        table = deltalake.DeltaTable(folder, version=options.version_as_of)
        if options.timestamp_as_of is not None:
            _go_to(table, datetime.fromisoformat(options.timestamp_as_of))
    except (deltalake.exceptions.DeltaError, ValueError, OSError) as error:
        raise DataException(
            f"{folder!r} cannot be read as a Delta table: {error}.", target=ErrorTarget.DATA
        ) from error
    found = _UNREADABLE.intersection(table.protocol().reader_features or ())
    if found:
        raise DataException(
            f"{folder!r} is a Delta table with {', '.join(sorted(found))}, which is not supported.",
            target=ErrorTarget.DATA,
        )
    return table


def _go_to(table: Any, moment: datetime) -> None:
    """Go to the newest version of that moment; before the first there is version 0."""
    milliseconds = int(moment.timestamp() * 1000)
    versions = [entry["version"] for entry in table.history() if entry["timestamp"] <= milliseconds]
    table.load_as_version(max(versions, default=0))


def _plain_path(uri: str) -> str:
    return os.path.abspath(local_path(uri)) if is_local(uri) else uri
