"""Which files lie below a folder, and in which order: one walk for folders and for patterns.

Alone, because the order of files is the order of mini-batches: sorted component by component,
bytewise (``a/x.csv`` < ``a-b/x.csv`` < ``a.csv``), one directory in memory at a time. Links to
directories are followed as ``find -L`` does; a link back to a directory that is being walked is
passed over. So is a folder of ours, known by a file in it: a project may lie in its own input.

Nothing else is passed over. What cannot be read (a link to nowhere, a FIFO, a folder that is closed
to us) is listed like a file, so that whoever opens it hears of it, and nobody else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from operator import methodcaller
from typing import Final

from parallelsdk.exceptions import DataException, ErrorTarget

WORKSPACE_MARK: Final = "parallelsdk.workspace"  # the file in a workspace that says what it is
UNFINISHED_MARK: Final = "parallelsdk.unfinished"  # and in a folder of files that are being written
_OURS: Final = frozenset({WORKSPACE_MARK, UNFINISHED_MARK})

# As os.fsencode does it, and three times as fast: a folder may hold a million names.
_BYTES: Final = methodcaller("encode", sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())
_ANY_DEPTH: Final = "**"
_SPECIAL: Final = frozenset("*?[")


def has_glob(text: str) -> bool:
    """Whether ``text`` holds a character that means something in a pattern."""
    return not _SPECIAL.isdisjoint(text)


def iter_files(folder: str) -> Iterator[str]:
    """Every file below ``folder``, dot files and empty ones included; none of a workspace in it.

    Whatever is no folder counts as a file, a FIFO or a dangling link too, and so does a folder
    below that cannot be read. Raises DataException when ``folder`` itself cannot be read.
    """
    return iter_matches(folder, (_ANY_DEPTH, "*"))


def iter_matches(folder: str, pattern: Sequence[str]) -> Iterator[str]:
    """The files below ``folder`` whose path matches ``pattern``, given component by component.

    ``*``, ``?`` and ``[...]`` stay within a component and also match leading dots; ``**`` stands
    for any number of folders. A component without such characters is a name. What counts as a file
    is said at ``iter_files``; a folder that cannot be read is listed whatever its name, for it may
    hold a match. A workspace below ``folder`` is entered by its names only.
    Raises DataException when ``folder`` itself cannot be read.
    """
    folder = os.path.abspath(folder)
    try:
        stack = [_open(folder, _closure({0}, pattern), pattern, frozenset())]
    except OSError as error:
        raise DataException(
            f"The folder {folder!r} cannot be read: {error.strerror}.", target=ErrorTarget.DATA
        ) from error
    while stack:
        level = stack[-1]
        name = next(level.names, None)
        if name is None:
            stack.pop()
            continue
        path = level.prefix + name
        if name not in level.folders:
            if level.takes_all or _is_match(name, level.states, pattern):
                yield path
        elif states := _advance(name, level.states, pattern):
            try:
                below = _open(path, states, pattern, level.above)
            except FileNotFoundError:  # gone since, as what is unfinished elsewhere may be
                continue
            except OSError:
                yield path
                continue
            if below.identity not in level.above:
                stack.append(below)


def matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the components of a path match ``pattern``, as ``iter_matches`` understands it."""
    states = _closure({0}, pattern)
    for folder in parts[:-1]:
        states = _advance(folder, states, pattern)
    return bool(states) and _is_match(parts[-1], states, pattern)


@dataclass(slots=True)
class _Level:
    prefix: str  # the path, and the slash before a name
    names: Iterator[str]
    folders: set[str]  # those of the names that are folders
    states: frozenset[int]  # positions of the pattern that the next name may match
    takes_all: bool  # whether every name matches that is no folder's
    identity: tuple[int, int]
    above: frozenset[tuple[int, int]]  # this directory and those that it was reached through


def _open(
    path: str, states: frozenset[int], pattern: Sequence[str], above: frozenset[tuple[int, int]]
) -> _Level:
    """The names in a folder that may match. Raises OSError."""
    folders: set[str] = set()
    names: list[str] = []
    status = os.stat(path)
    if len(states) == 1 and not has_glob(pattern[min(states)]):
        name = pattern[min(states)]
        if os.path.lexists(os.path.join(path, name)):
            names = [name]
            folders.update(name for name in names if os.path.isdir(os.path.join(path, name)))
    else:
        with os.scandir(path) as entries:
            for entry in entries:
                names.append(entry.name)
                if not entry.is_file(follow_symlinks=False) and os.path.isdir(entry.path):
                    folders.add(entry.name)
        if above and not _OURS.isdisjoint(names):
            names.clear()
        names.sort(key=_BYTES)
    identity = (status.st_dev, status.st_ino)
    takes_all = pattern[-1] == "*" and len(pattern) - 1 in states
    prefix = os.path.join(path, "")
    return _Level(prefix, iter(names), folders, states, takes_all, identity, above | {identity})


def _closure(states: set[int], pattern: Sequence[str]) -> frozenset[int]:
    """``states`` and those that follow when ``**`` stands for no folder at all."""
    result = set(states)
    for state in sorted(states):
        while state < len(pattern) - 1 and pattern[state] == _ANY_DEPTH:
            state += 1
            result.add(state)
    return frozenset(result)


def _advance(name: str, states: frozenset[int], pattern: Sequence[str]) -> frozenset[int]:
    after: set[int] = set()
    for state in states:
        if pattern[state] == _ANY_DEPTH:
            after.add(state)
        elif state < len(pattern) - 1 and _fits(name, pattern[state]):
            after.add(state + 1)
    return _closure(after, pattern)


def _is_match(name: str, states: frozenset[int], pattern: Sequence[str]) -> bool:
    last = len(pattern) - 1
    return last in states and pattern[last] != _ANY_DEPTH and _fits(name, pattern[last])


def _fits(name: str, component: str) -> bool:
    if not has_glob(component):
        return name == component
    return component == "*" or fnmatchcase(name, component)
