"""From the paths of a document to its files, in order.

Alone, because the order decides which mini-batch holds what: entries as written, duplicates kept,
the files of a pattern or folder sorted component by component.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._document import Document, PathEntry
from parallelsdk.storage.listing import has_glob, iter_files, iter_matches
from parallelsdk.storage.uri import is_local, local_path


def iter_paths(document: Document) -> Iterator[str]:
    """The absolute paths of the document's files; no folder or pattern finds the document itself.

    Raises DataException, naming the entry's line, when an entry finds nothing.
    """
    for entry in document.paths:
        for path in _files_of(entry, document.folder):
            if path != document.file or entry.kind == "file":
                yield path


def _files_of(entry: PathEntry, folder: str) -> Iterator[str]:
    if not is_local(entry.value):
        raise _problem(entry, f"{entry.value!r} is remote, which is not supported yet.")
    path = local_path(entry.value)
    if entry.kind == "file":
        yield _one_file(entry, os.path.abspath(os.path.join(folder, path)))
    elif entry.kind == "folder":
        yield from _all_files(entry, os.path.abspath(os.path.join(folder, path)))
    else:
        yield from _matches(entry, "/" if path.startswith("/") else folder, path)


def _one_file(entry: PathEntry, path: str) -> str:
    if os.path.isdir(path):
        raise _problem(entry, f"{path!r} is a folder; write folder: instead of file:.")
    if not os.path.lexists(path):
        hint = " (file: takes no pattern; write pattern:)" if has_glob(entry.value) else ""
        raise _problem(entry, f"There is no file {path!r}{hint}.")
    return path


def _all_files(entry: PathEntry, path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        what = "is a file; write file: instead of folder:" if os.path.exists(path) else None
        raise _problem(entry, f"{path!r} {what or 'does not exist'}.")
    yield from iter_files(path)


def _matches(entry: PathEntry, folder: str, path: str) -> Iterator[str]:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if parts and parts[-1] == "**":
        raise _problem(entry, f"{entry.value!r} ends in **; write **/* for all files below.")
    if any("**" in part and part != "**" for part in parts):
        raise _problem(entry, f"{entry.value!r}: ** must stand alone between slashes, as in **/*.")
    first = next((n for n, part in enumerate(parts) if has_glob(part)), len(parts))
    base = os.path.abspath(os.path.join(folder, *parts[:first]))
    if first == len(parts):
        yield from _all_files(entry, base) if os.path.isdir(base) else [_one_file(entry, base)]
        return
    found = False
    if os.path.isdir(base):
        for match in iter_matches(base, parts[first:]):
            found = True
            yield match
    if not found:
        raise _problem(entry, f"No file matches {entry.value!r} below {base!r}.")


def _problem(entry: PathEntry, text: str) -> DataException:
    place = f"{entry.item.file}:{entry.item.line}"
    return DataException(f"{place}: {text}", target=ErrorTarget.DATA)
