"""How data reach a step, and how its results leave: the input and output modes.

Alone, because only the running of steps needs it; local data are handed through wherever the mode
allows, so that nothing is copied without need.
"""

from __future__ import annotations

import os
from typing import Final

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.filesystem import open_store
from parallelsdk.storage.transfer import copy, remove, replacing
from parallelsdk.storage.uri import is_local, local_path

_PRIVATE_COPY: Final = frozenset({"download", "eval_download"})


def stage_input(uri: str, *, mode: str | None, folder: str) -> str:
    """The absolute path under which user code finds the data at ``uri``.

    ``download`` and ``eval_download`` give a private copy below ``folder``, made anew at each call,
    under the data's own name; the other modes give a local path itself. Remote data are copied
    below ``folder`` in every mode. Raises DataException when there is nothing at ``uri``.
    """
    if not is_local(uri):
        return _fetch(uri, os.path.join(folder, _last_name(uri)))
    source = os.path.abspath(local_path(uri))
    if not os.path.exists(source):
        raise DataException(f"There is nothing at {source!r}.", target=ErrorTarget.DATA)
    if mode not in _PRIVATE_COPY:
        return source
    target = os.path.join(os.path.abspath(folder), _last_name(source))
    remove(target)
    copy(source, target)
    return target


def deliver_output(path: str, destination: str) -> None:
    """Copy a finished output, a file or a folder, to where its author wants it.

    A new destination is complete or absent. In a folder that exists each file is, and other files
    in it stay. Raises DataException when the output does not exist.
    """
    if is_local(destination):
        copy(path, os.path.abspath(local_path(destination)))
        return
    store, target = open_store(destination)
    store.put(path, target, recursive=os.path.isdir(path))


def _fetch(uri: str, target: str) -> str:
    store, path = open_store(uri)
    if not store.exists(path):
        raise DataException(f"There is nothing at {uri!r}.", target=ErrorTarget.DATA)
    target = os.path.abspath(target)
    remove(target)
    with replacing(target) as partial:
        store.get(path, partial, recursive=store.isdir(path))
    return target


def _last_name(uri: str) -> str:
    name = uri.rstrip("/").rpartition("/")[2]
    return name if name not in ("", ".", "..") else "data"
