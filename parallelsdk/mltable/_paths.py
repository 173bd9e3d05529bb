"""From the paths of a document to its files, in order.

Alone, because the order decides which mini-batch holds what: entries as written, duplicates kept,
the files of a pattern or folder sorted component by component.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._document import Document, PathEntry
from parallelsdk.storage.filesystem import list_files, remote_matches
from parallelsdk.storage.listing import has_glob, iter_files, iter_matches
from parallelsdk.storage.uri import is_local


def iter_paths(document: Document) -> Iterator[str]:
    """The document's files as absolute paths or URLs; the document itself is one where it matches.

    Raises DataException, naming the entry's line, when a folder or pattern finds nothing. A file
    that is named itself is not looked for in a list of files, which nobody here reads.
    """
    checked = any(step.name.startswith("read_") for step in document.steps)
    for entry in document.paths:
        yield from _files_of(entry, document, checked)


def _files_of(entry: PathEntry, document: Document, checked: bool) -> Iterator[str]:
    if entry.kind == "pattern":
        yield from _matches(entry, document)
        return
    path = document.absolute(entry.value)
    if entry.kind == "file":
        is_plain = has_glob(entry.value) or (checked and is_local(path))
        yield _one_file(entry, path) if is_plain else path
    elif is_local(path):
        yield from _all_files(entry, path)
    else:
        yield from list_files(path)


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


def _matches(entry: PathEntry, document: Document) -> Iterator[str]:
    before, parts = _split(entry)
    if parts and parts[-1] == "**":
        raise _problem(entry, f"{entry.value!r} ends in **; write **/* for all files below.")
    if any("**" in part and part != "**" for part in parts):
        raise _problem(entry, f"{entry.value!r}: ** must stand alone between slashes, as in **/*.")
    base = document.absolute(before or ".")
    if not parts:
        if is_local(base):
            yield from _all_files(entry, base) if os.path.isdir(base) else [_one_file(entry, base)]
        else:
            yield from list_files(base)
        return
    found = False
    if not is_local(base):
        files = remote_matches(base, parts)
    else:
        files = iter_matches(base, parts) if os.path.isdir(base) else iter(())
    for match in files:
        found = True
        yield match
    if not found:
        raise _problem(entry, f"No file matches {entry.value!r} below {base!r}.")


def _split(entry: PathEntry) -> tuple[str, list[str]]:
    """The plain folder with which a pattern begins, and the components after it."""
    parts = entry.value.split("/")
    first = next((n for n, part in enumerate(parts) if has_glob(part)), len(parts))
    before = "/".join(parts[:first])
    if first and not before:
        before = "/"
    return before, [part for part in parts[first:] if part not in ("", ".")]


def _problem(entry: PathEntry, text: str) -> DataException:
    place = f"{entry.item.file}:{entry.item.line}"
    return DataException(f"{place}: {text}", target=ErrorTarget.DATA)
