"""An MLTable document as ``save`` writes it: for its new place, with all defaults said."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from parallelsdk.exceptions import UserErrorException
from parallelsdk.mltable._document import Document, PathEntry
from parallelsdk.mltable._paths import iter_paths
from parallelsdk.storage.uri import is_local, local_path, scheme

_PARTITION_SIZE: Final = 20 * 1024 * 1024
_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "read_delimited": {
        "delimiter": ",",
        "empty_as_string": False,
        "encoding": "utf8",
        "header": "all_files_same_headers",
        "include_path_column": False,
        "infer_column_types": True,
        "partition_size": _PARTITION_SIZE,
        "path_column": "Path",
        "support_multi_line": False,
    },
    "read_parquet": {"include_path_column": False, "path_column": "Path"},
    "read_json_lines": {
        "encoding": "utf8",
        "include_path_column": False,
        "invalid_lines": "error",
        "partition_size": _PARTITION_SIZE,
        "path_column": "Path",
    },
    "read_delta_lake": {"include_path_column": False},
}


def saved_document(
    document: Document, content: Mapping[str, Any], folder: str, colocated: bool
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The content for a file in ``folder``, and the files to be copied there (source, goal)."""
    paths: list[dict[str, str]] = []
    copies: list[tuple[str, str]] = []
    for entry in document.paths:
        if colocated and is_local(entry.value):
            copies += _copies(document, entry, folder)
            paths.append({entry.kind: entry.value})
        else:
            paths.append({entry.kind: _moved(document, entry, folder)})
    steps = [_with_defaults(step) for step in content.get("transformations") or []]
    made = {**content, "paths": paths, "type": "mltable"}
    if steps:
        made["transformations"] = steps
    return made, copies


def _copies(document: Document, entry: PathEntry, folder: str) -> list[tuple[str, str]]:
    """The files of an entry, to lie in ``folder`` as they lie beside the document."""
    alone = Document(document.folder, document.file, (entry,), (), document.locate, {})
    found = []
    for path in iter_paths(alone):
        goal = os.path.normpath(os.path.join(folder, os.path.relpath(path, document.folder)))
        if not goal.startswith(os.path.join(folder, "")):
            raise UserErrorException(
                f"{path!r} does not lie below {document.folder!r}, so it cannot be colocated."
            )
        if goal != path:
            found.append((path, goal))
    return found


def _moved(document: Document, entry: PathEntry, folder: str) -> str:
    """The path of an entry as it is written in a file in ``folder``."""
    if scheme(entry.value) or not is_local(document.folder):
        return entry.value if scheme(entry.value) else document.absolute(entry.value)
    path = local_path(entry.value)
    if os.path.isabs(path):
        return path
    whole = os.path.normpath(os.path.join(document.folder, path))
    if os.path.commonpath([whole, folder]) == os.sep:
        return whole
    return os.path.relpath(whole, folder)


def _with_defaults(step: Any) -> Any:
    name, options = (step, {}) if isinstance(step, str) else next(iter(step.items()))
    if name not in _DEFAULTS:
        return step
    return {name: {**_DEFAULTS[name], **options}}
