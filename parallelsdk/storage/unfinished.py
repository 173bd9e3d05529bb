"""Where files lie until they can take their place in a folder that others read.

Alone, because whoever lists such a folder must never meet half a file, not even when the writer was
killed: what is unfinished lies beside the folder, in a folder of ours that listings know and that
whoever writes there next, for the same owner, removes.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from parallelsdk.storage.listing import UNFINISHED_MARK
from parallelsdk.storage.transfer import remove

_PREFIX: Final = ".parallelsdk-"
_MARK_TEXT: Final = (
    "parallelsdk writes files here before it moves them to their place. When no job runs that\n"
    "delivers to the folder beside this one, it was left by one that was killed: resume that job,\n"
    "or remove this folder.\n"
)


@contextmanager
def unfinished_for(goal: str, owner: str) -> Iterator[str]:
    """A folder for what is going to be moved to ``goal``, or below it when it is a folder.

    It lies beside the goal; inside, where no file can be moved from there, as into another file
    system. It is gone at the end, and what a killed predecessor of the same ``owner`` has left is
    gone at the beginning. Raises OSError when neither place can be written to.
    """
    places = _places(goal, owner)
    os.makedirs(os.path.dirname(places[0]), exist_ok=True)
    sweep(goal, owner)
    folder = _make(places)
    try:
        yield folder
    finally:
        remove(folder)


def sweep(goal: str, owner: str) -> None:
    """Remove what was left unfinished for this goal by the same owner."""
    for place in _places(goal, owner):
        remove(place)


def owned_name(owner: str) -> str:
    """A part of a name that only the same owner has; a new one for nobody (empty)."""
    return hashlib.sha256(os.fsencode(owner or uuid.uuid4().hex)).hexdigest()[:16]


def _places(goal: str, owner: str) -> list[str]:
    """Beside the goal and, when that is a folder, inside."""
    goal = os.path.realpath(goal) if os.path.isdir(goal) else os.path.abspath(goal)
    name = _PREFIX + owned_name(owner)
    folders = [os.path.dirname(goal), *([goal] if os.path.isdir(goal) else [])]
    return [os.path.join(folder, name) for folder in dict.fromkeys(folders)]


def _make(places: list[str]) -> str:
    """The first of the places that can be made, and from which files can be moved to the last."""
    first, last = places[0], places[-1]
    try:
        _make_marked(first)
        if first != last:
            probe = os.path.join(first, "probe")
            os.mkdir(probe)
            os.rename(probe, last)
            os.rmdir(last)
        return first
    except OSError:
        remove(first)
        if first == last:
            raise
    _make_marked(last)
    return last


def _make_marked(folder: str) -> None:
    os.mkdir(folder, 0o700)
    with open(os.path.join(folder, UNFINISHED_MARK), "w", encoding="utf-8") as file:
        file.write(_MARK_TEXT)
