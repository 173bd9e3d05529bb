"""How a finished output reaches the place that its author chose, on this machine or in a store.

Alone, because here files leave the workspace: into folders that others read meanwhile, that hold
files of others, and that must not be half changed by a step that ends badly.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.opening import is_special
from parallelsdk.storage.remote_transfer import Progress, deliver
from parallelsdk.storage.transfer import copy, replacing
from parallelsdk.storage.unfinished import unfinished_for
from parallelsdk.storage.uri import is_local, local_path


@dataclass(slots=True)
class Delivery:
    """What came of a delivery: the files that are none, and were therefore left out."""

    left_out: list[str] = field(default_factory=list)


def deliver_output(
    path: str,
    destination: str,
    progress: Progress | None = None,
    *,
    owner: str = "",
    unchanged: frozenset[str] = frozenset(),
) -> Delivery:
    """Copy a finished output, a file or a folder, to where its author wants it.

    A new destination is complete or absent. In a folder that exists each file is, and other files
    in it stay; those that are ``unchanged``, by their names below ``path``, are there already.
    FIFOs, sockets and devices are left out; a link to nowhere stays one. ``owner`` is who delivers
    this: it clears away what it left unfinished when it was killed. Raises DataException when the
    output does not exist or cannot be read, OSError when it cannot be written.
    """
    delivery = Delivery()
    if not is_local(destination):
        deliver(path, destination, progress, owner=owner, left_out=delivery.left_out)
        return delivery
    goal = os.path.abspath(local_path(destination))

    def stand_in(source: str, target: str) -> bool:
        if _is_link_to_nowhere(source):
            os.symlink(os.readlink(source), target)
        elif is_special(source):
            delivery.left_out.append(source)
        else:
            return False
        return True

    with unfinished_for(goal, owner) as folder:
        partial = os.path.join(folder, "new")
        if not os.path.isdir(path) or not os.path.isdir(goal):
            copy(path, goal, unfinished=partial, stand_in=stand_in)
            return delivery
        for source, name in _below(path):
            if name in unchanged:
                continue
            if is_special(source):
                delivery.left_out.append(source)
            elif _is_link_to_nowhere(source):
                _link(source, os.path.join(goal, name), partial)
            else:
                copy(source, os.path.join(goal, name), unfinished=partial)
    return delivery


def _below(folder: str) -> Iterable[tuple[str, str]]:
    for path in iter_files(folder):
        yield path, os.path.relpath(path, folder)


def _is_link_to_nowhere(path: str) -> bool:
    return os.path.islink(path) and not os.path.exists(path)


def _link(source: str, goal: str, partial: str) -> None:
    with replacing(goal, unfinished=partial) as place:
        os.symlink(os.readlink(source), place)
