"""The files that an MLTable file names, gathered in one folder: what the modes eval_* deliver.

Alone, because only inputs that nobody splits are evaluated whole; the major input's files come
mini-batch by mini-batch.
"""

from __future__ import annotations

import os

from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.locations import Locations
from parallelsdk.mltable._recipe import read_recipe
from parallelsdk.storage.mount import FileMount, MountPlace
from parallelsdk.storage.transfer import remove
from parallelsdk.storage.uri import is_local, local_path


def evaluate(path: str, folder: str, *, workspace: Workspace, copies: bool) -> str:
    """``folder``, with the files of the MLTable at ``path`` below it as they lie beside it.

    Remote files are fetched; those of this machine are links, or with ``copies`` private copies.
    Raises DataException, or ValidationException with the line of the MLTable file.
    """
    recipe = read_recipe(path, Locations(workspace).resolve)
    root = recipe.document.folder
    place = MountPlace(root, folder, copies_local=True)
    mount = FileMount(place)
    os.makedirs(folder, exist_ok=True)
    for uri in recipe.files():
        if copies or not is_local(uri):
            mount.bring([uri])
            continue
        target = mount.place_of(uri)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.lexists(target):
            os.symlink(local_path(uri), target)
    mount.close()
    remove(place.locks)
    return folder
