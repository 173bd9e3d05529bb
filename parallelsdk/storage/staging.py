"""How data reach a step: the input modes.

Alone, because only the running of steps needs it; local data are handed through wherever the mode
allows, so that nothing is copied without need.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from parallelsdk.constants import InputOutputModes
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.remote_transfer import Progress, fetch
from parallelsdk.storage.state import TreeState, tree_state
from parallelsdk.storage.transfer import copy, link_to, remove
from parallelsdk.storage.uri import is_local, local_path

PRIVATE_COPY: Final = frozenset({InputOutputModes.DOWNLOAD, InputOutputModes.EVAL_DOWNLOAD})


_TRIES: Final = 3  # of a copy whose source changes meanwhile


def stage_input(
    uri: str,
    *,
    mode: str | None,
    folder: str,
    progress: Progress | None = None,
    unfinished: str | None = None,
) -> str:
    """The absolute path, or the URL, under which user code finds the data at ``uri``.

    ``download`` and ``eval_download`` give a private copy below ``folder``, made anew at each call,
    under the data's own name; the other modes give a local path itself. Remote data are copied
    below ``folder``, too, except in mode ``direct``, which gives the URL. What is on its way lies
    at ``unfinished``. Raises DataException when there is nothing at ``uri``.
    """
    if not is_local(uri):
        if mode == InputOutputModes.DIRECT:
            return uri
        target = staged_path(uri, folder)
        remove(target)
        fetch(uri, target, progress, unfinished=unfinished)
        return target
    source = os.path.abspath(local_path(uri))
    if not os.path.exists(source):
        raise DataException(f"There is nothing at {source!r}.", target=ErrorTarget.DATA)
    if mode not in PRIVATE_COPY:
        return source
    return stage_copy(source, folder, unfinished=unfinished).path


@dataclass(frozen=True, slots=True)
class StagedCopy:
    """A private copy: its path, and the state of its source at the moment that it shows."""

    path: str
    state: str  # as ``tree_state`` tells it of the source


def stage_copy(source: str, folder: str, *, unfinished: str | None = None) -> StagedCopy:
    """A private copy below ``folder`` of a local file or folder, of one moment.

    A file below a folder that cannot be read is a link to the original: who opens it hears why.
    Raises DataException when the source cannot be read or does not stand still.
    """
    target = staged_path(source, folder)
    for _ in range(_TRIES):
        remove(target)
        seen = TreeState(source)
        copy(source, target, unfinished=unfinished, stand_in=link_to, seen=seen.add)
        if tree_state(source) == seen.text:
            return StagedCopy(target, seen.text)
    raise DataException(
        f"{source!r} changes while it is copied. Start the job when nobody writes to it.",
        target=ErrorTarget.DATA,
    )


def staged_path(uri: str, folder: str) -> str:
    """Where below ``folder`` the data at ``uri`` lie when they are staged."""
    return os.path.join(os.path.abspath(folder), _last_name(uri))


def _last_name(uri: str) -> str:
    name = uri.partition("?")[0] if not is_local(uri) else uri
    name = name.rstrip("/").rpartition("/")[2]
    return name if name not in ("", ".", "..") else "data"
