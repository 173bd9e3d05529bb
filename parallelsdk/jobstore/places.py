"""Paths as the files of a workspace hold them: what lies in it is named from the workspace's root.

So a workspace can be moved and copied, and a copy never reaches into the original. What lies
elsewhere is the user's, and keeps its absolute path.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from parallelsdk.storage.uri import local_path

# Nothing else in a stored path begins so: others are absolute, or URLs, which have "://".
_HERE: Final = "workspace:"
_KEYS: Final = ("path", "log", "code")  # what holds a path in an event or an asset


class Places:
    """The paths in the workspace at ``root``.

    ``before`` is where the workspace lay when the paths were written. When even the folder around
    it is gone by now, the whole project was moved, and what lay beside the workspace is looked for
    beside it again.
    """

    def __init__(self, root: str | os.PathLike[str], before: str | None = None) -> None:
        self.root = os.path.abspath(root)
        self._around = _moved_from(before, self.root)

    @classmethod
    def around(cls, file: Path) -> Places:
        """Those of the workspace that the file in a job's folder belongs to."""
        return cls(file.parent.parent.parent)

    def stored(self, path: str) -> str:
        """The form for a file of the workspace; a URL, or a path elsewhere, is its own."""
        plain = local_path(path) if path.startswith("file:///") else path
        for root in {self.root, os.path.realpath(self.root)} if plain.startswith("/") else ():
            if plain == root or plain.startswith(f"{root}/"):
                inner = plain[len(root) + 1 :]
                return path if ".." in inner.split("/") else _HERE + inner
        return path

    def found(self, stored: str) -> str:
        """The path, from where the workspace lies now."""
        if stored.startswith(_HERE):
            inner = stored[len(_HERE) :]
            return f"{self.root}/{inner}" if inner else self.root
        if self._around is not None and stored.startswith(f"{self._around}/"):
            return os.path.dirname(self.root) + stored[len(self._around) :]
        return stored

    def stored_in(self, values: Mapping[str, Any], *, deep: bool = False) -> dict[str, Any]:
        """The values of an event, or of an asset down to its ``deep`` ends, for a file."""
        return _converted(values, self.stored, deep)

    def found_in(self, values: Mapping[str, Any], *, deep: bool = False) -> dict[str, Any]:
        """What ``stored_in`` was given, from where the workspace lies now."""
        return _converted(values, self.found, deep)


def _converted(values: Mapping[str, Any], of: Callable[[str], str], deep: bool) -> dict[str, Any]:
    found = dict(values)
    for key, value in values.items():
        if isinstance(value, str) and key in _KEYS:
            found[key] = of(value)
        elif deep and isinstance(value, dict):
            found[key] = _converted(value, of, deep)
    return found


def _moved_from(before: str | None, root: str) -> str | None:
    """The folder that was around the workspace when it lay at ``before``, if that is gone."""
    if before is None or before == root or os.path.lexists(os.path.dirname(before)):
        return None
    return os.path.dirname(before)
