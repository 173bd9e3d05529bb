"""The files that an MLTable file names, gathered in one folder: what the modes eval_* deliver.

Alone, because only inputs that nobody splits are evaluated whole; the major input's files come
mini-batch by mini-batch.
"""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor

from parallelsdk.exceptions import UnreadableFileError
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.locations import Locations
from parallelsdk.mltable._recipe import read_recipe
from parallelsdk.storage.mount import MountPlace, bring_file
from parallelsdk.storage.remote_transfer import AT_ONCE
from parallelsdk.storage.transfer import link_to, remove
from parallelsdk.storage.uri import is_local, local_path


def evaluate(path: str, folder: str, *, workspace: Workspace, copies: bool) -> str:
    """``folder``, with the files of the MLTable at ``path`` below it as they lie beside it.

    Remote files are fetched; those of this machine are links, or with ``copies`` private copies
    where they can be read. Raises DataException, or ValidationException with the line of the
    MLTable file.
    """
    recipe = read_recipe(path, Locations(workspace).resolve)
    place = MountPlace(recipe.document.folder, folder)
    os.makedirs(folder, exist_ok=True)

    def gather(uri: str) -> None:
        target = place.place_of(uri)
        if os.path.lexists(target):
            return
        if copies or not is_local(uri):
            with contextlib.suppress(UnreadableFileError):  # of this machine; who opens it is told
                bring_file(uri, target, place.unfinished)
                return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        link_to(local_path(uri), target)

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(gather, dict.fromkeys(recipe.files())))  # the first error is raised
    finally:
        remove(place.unfinished)
    return folder
