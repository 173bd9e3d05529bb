"""Paths that users give: what can name a file or a folder at all."""

from __future__ import annotations

import os

from parallelsdk.exceptions import BadTypeError, BadValueError


def path_given(value: object, where: str) -> str:
    """``value`` as the text of a path; ``where`` is the argument's name.

    Raises BadTypeError for what is no path, BadValueError for a NUL character in one.
    """
    if not isinstance(value, str | os.PathLike):
        raise BadTypeError(f"{where}: must be a path, found {value!r:.80}")
    path = os.fspath(value)
    if not isinstance(path, str):
        path = os.fsdecode(path)
    if "\0" in path:
        raise BadValueError(f"{where}: a NUL character is part of no path, found {path!r:.80}")
    return path
