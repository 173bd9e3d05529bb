"""Questions about what lies at a URI, asked alike of this machine and of any fsspec store.

Local paths are answered by the operating system itself: fsspec reads ``*`` and ``[`` in names as
patterns, and a file may bear any name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import fsspec

from parallelsdk.exceptions import DataException, ErrorTarget, MissingExtraException
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.uri import is_local, local_path, scheme

_EXTRAS = {
    "s3": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "http": "http",
    "https": "http",
    "abfs": "azure-storage",
    "abfss": "azure-storage",
    "az": "azure-storage",
    "wasb": "azure-storage",
    "wasbs": "azure-storage",
}


def exists(uri: str) -> bool:
    """Whether a file or folder is there."""
    if is_local(uri):
        return os.path.exists(local_path(uri))
    store, path = open_store(uri)
    return bool(store.exists(path))


def is_folder(uri: str) -> bool:
    """Whether a folder is there."""
    if is_local(uri):
        return os.path.isdir(local_path(uri))
    store, path = open_store(uri)
    return bool(store.isdir(path))


def list_files(uri: str) -> list[str]:
    """All files below a folder: absolute, sorted component by component, bytewise.

    A file lists itself. Raises DataException when nothing is there or a folder cannot be read.
    """
    if not exists(uri):
        raise DataException(f"There is nothing at {uri!r}.", target=ErrorTarget.DATA)
    if not is_folder(uri):
        return [os.path.abspath(local_path(uri))] if is_local(uri) else [uri]
    if is_local(uri):
        return list(iter_files(local_path(uri)))
    return list(_remote_files(uri))


def open_store(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a remote URI and the path within it.

    Raises MissingExtraException when the store's package is not installed, DataException for a
    scheme that nobody knows.
    """
    try:
        store, path = fsspec.core.url_to_fs(uri)
    except ImportError as error:
        extra = _EXTRAS.get(scheme(uri), scheme(uri))
        raise MissingExtraException(
            f"{uri!r} needs the packages of the extra {extra!r} ({error}).",
            target=ErrorTarget.DATA,
        ) from error
    except ValueError as error:
        raise DataException(
            f"{uri!r} cannot be opened: {error}", target=ErrorTarget.DATA
        ) from error
    return store, path


def _remote_files(uri: str) -> Iterator[str]:
    store, path = open_store(uri)
    for name in sorted(store.find(path), key=lambda text: os.fsencode(text).split(b"/")):
        yield store.unstrip_protocol(name)
