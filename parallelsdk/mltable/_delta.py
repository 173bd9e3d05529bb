"""Delta tables: which Parquet files make up one version, and what stands beside their names.

Alone, because the extra ``delta`` enters here and nowhere else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa

from parallelsdk._lazy import require
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._definition import DeltaOptions
from parallelsdk.mltable._document import Document
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.opening import is_special, open_regular
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.remote_transfer import fetch
from parallelsdk.storage.uri import is_local, local_path

_LOG: Final = "_delta_log"
_DECORATION: Final = re.compile(r"\x1b\[[0-9;]*m|\u21b3")  # colours and arrows of the library
# Features after which the files still hold what the table does, under the names that it has. Two
# need a look: columnMapping whether names are others, deletionVectors whether rows are gone.
_READABLE: Final = frozenset(
    {"timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint", "vacuumProtocolCheck"}
    | {"columnMapping", "deletionVectors"}
)
_MAPPING: Final = "delta.columnMapping.mode"  # also where the protocol is too old to list features


def delta_files(document: Document, options: DeltaOptions) -> list[str]:
    """The files of the version, sorted. Raises DataException."""
    folder = _folder(document)
    with _opened(folder, options) as table:
        return sorted((_place(folder, action) for action in _actions(table)), key=os.fsencode)


def delta_schema(recipe: Any, options: DeltaOptions) -> tuple[Any, dict[str, dict[str, Any]]]:
    """The table's columns as an Arrow schema, and by file the values that it does not hold."""
    folder = _folder(recipe.document)
    values: dict[str, dict[str, Any]] = {}
    with _opened(folder, options) as table:
        schema = pa.schema(pa.schema(table.schema().to_arrow()))
        names = table.metadata().partition_columns
        for action in _actions(table) if names else ():
            texts = {name: action.get(f"partition.{name}") for name in names}
            values[_place(folder, action)] = {
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


@contextmanager
def _opened(folder: str, options: DeltaOptions) -> Iterator[Any]:
    """The table of a folder, local or in a store.

    A store's log is fetched as any other data is: with the same credentials, and tried again.
    """
    with ExitStack() as stack:
        local = folder
        if is_local(folder):
            _refuse_pipes(os.path.join(folder, _LOG))
        else:
            local = stack.enter_context(TemporaryDirectory(prefix="delta-"))
            fetch(f"{folder.rstrip('/')}/{_LOG}", os.path.join(local, _LOG))
        table = _open(local, folder, options)
        found = sorted(_unreadable(table))
        if found:
            raise _problem(
                folder,
                f"is a Delta table with {', '.join(found)}, which is not supported; let its owner "
                "write it anew without that, or as Parquet files",
            )
        yield table


def _unreadable(table: Any) -> Iterator[str]:
    """What makes the table something else than its files hold."""
    features = set(table.protocol().reader_features or ())
    yield from features - _READABLE
    if (table.metadata().configuration.get(_MAPPING) or "none") != "none":
        yield "columnMapping"
    if "deletionVectors" in features and _has_deletions(table):
        yield "deletionVectors"


def _has_deletions(table: Any) -> bool:
    """Whether rows of any file are struck out. A library that cannot tell may miss some."""
    ask = getattr(table, "deletion_vectors", None)
    if ask is None:
        return True
    try:
        return bool(pa.table(ask()).num_rows)
    except require("deltalake", "delta").exceptions.DeltaError:  # there are some, unreadable
        return True


def _refuse_pipes(log: str) -> None:
    """Raises DataException for what is no file in a log: the library would wait for it for ever."""
    for path in iter_files(log) if os.path.isdir(log) else ():
        if is_special(path):
            os.close(open_regular(path))


def _open(local: str, folder: str, options: DeltaOptions) -> Any:
    deltalake = require("deltalake", "delta")
    try:
        table = deltalake.DeltaTable(local, version=options.version_as_of)
        if options.timestamp_as_of is not None:
            _go_to(table, datetime.fromisoformat(options.timestamp_as_of))
    except (deltalake.exceptions.DeltaError, ValueError, OSError) as error:
        text = " ".join(_DECORATION.sub(" ", str(error)).split()).replace(local, folder)
        raise _problem(folder, f"cannot be read as a Delta table: {text}") from error
    return table


def _go_to(table: Any, moment: datetime) -> None:
    """Go to the newest version of that moment. Raises ValueError before the first one."""
    milliseconds = int(moment.timestamp() * 1000)
    history = table.history()
    versions = [entry["version"] for entry in history if entry["timestamp"] <= milliseconds]
    if not versions:
        first = datetime.fromtimestamp(min(e["timestamp"] for e in history) / 1000, UTC)
        raise ValueError(
            f"it has no version as of {moment.isoformat()}; its log begins at {first.isoformat()}"
        )
    table.load_as_version(max(versions))


def _actions(table: Any) -> list[dict[str, Any]]:
    """What the log says of each file."""
    found: list[dict[str, Any]] = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return found


def _place(folder: str, action: Mapping[str, Any]) -> str:
    """Where a file lies; the log has its path encoded as in a URL."""
    path = unquote(action["path"])
    if "://" in path:
        return os.path.abspath(local_path(path)) if is_local(path) else path
    return f"{folder.rstrip('/')}/{path}"


def _problem(folder: str, text: str) -> DataException:
    return DataException(f"{without_secrets(folder)!r} {text}.", target=ErrorTarget.DATA)
