"""How data reach a step, and how its results leave: the input and output modes.

Alone, because only the running of steps needs it; local data are handed through wherever the mode
allows, so that nothing is copied without need.
"""

from __future__ import annotations

import os
from typing import Final

from parallelsdk.constants import InputOutputModes
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.remote_transfer import Progress, deliver, fetch
from parallelsdk.storage.transfer import copy, remove
from parallelsdk.storage.uri import is_local, local_path

PRIVATE_COPY: Final = frozenset({InputOutputModes.DOWNLOAD, InputOutputModes.EVAL_DOWNLOAD})


def stage_input(
    uri: str,
    *,
    mode: str | None,
    folder: str,
    progress: Progress | None = None,
) -> str:
    """The absolute path, or the URL, under which user code finds the data at ``uri``.

    ``download`` and ``eval_download`` give a private copy below ``folder``, made anew at each call,
    under the data's own name; the other modes give a local path itself. Remote data are copied
    below ``folder``, too, except in mode ``direct``, which gives the URL. Raises DataException when
    there is nothing at ``uri``.
    """
    if not is_local(uri):
        if mode == InputOutputModes.DIRECT:
            return uri
        target = staged_path(uri, folder)
        remove(target)
        fetch(uri, target, progress)
        return target
    source = os.path.abspath(local_path(uri))
    if not os.path.exists(source):
        raise DataException(f"There is nothing at {source!r}.", target=ErrorTarget.DATA)
    if mode not in PRIVATE_COPY:
        return source
    target = staged_path(source, folder)
    remove(target)
    copy(source, target)
    return target


def staged_path(uri: str, folder: str) -> str:
    """Where below ``folder`` the data at ``uri`` lie when they are staged."""
    return os.path.join(os.path.abspath(folder), _last_name(uri))


def deliver_output(path: str, destination: str, progress: Progress | None = None) -> None:
    """Copy a finished output, a file or a folder, to where its author wants it.

    A new destination is complete or absent. In a folder that exists each file is, and other files
    in it stay. Raises DataException when the output does not exist.
    """
    if is_local(destination):
        copy(path, os.path.abspath(local_path(destination)))
    else:
        deliver(path, destination, progress)


def _last_name(uri: str) -> str:
    name = uri.partition("?")[0] if not is_local(uri) else uri
    name = name.rstrip("/").rpartition("/")[2]
    return name if name not in ("", ".", "..") else "data"
