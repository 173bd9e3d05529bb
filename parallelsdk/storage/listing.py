"""Which files lie below a folder, and in which order: one walk for folders and for patterns.

Alone, because the order of files is the order of mini-batches: sorted component by component,
bytewise (``a/x.csv`` < ``a-b/x.csv`` < ``a.csv``), one directory in memory at a time. Links to
directories are followed as ``find -L`` does; a link back to a directory that is being walked is
passed over. So is a workspace, known by a file in it: a project may lie in its own input.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from parallelsdk.exceptions import DataException, ErrorTarget

WORKSPACE_MARK: Final = "parallelsdk.workspace"  # the file in a workspace that says what it is

_ANY_DEPTH: Final = "**"
_SPECIAL: Final = frozenset("*?[")


def has_glob(text: str) -> bool:
    """Whether ``text`` holds a character that means something in a pattern."""
    return not _SPECIAL.isdisjoint(text)


def iter_files(folder: str) -> Iterator[str]:
    """Every file below ``folder``, dot files and empty ones included; none of a workspace in it.

    Raises DataException where a folder cannot be read.
    """
    return iter_matches(folder, (_ANY_DEPTH, "*"))


def iter_matches(folder: str, pattern: Sequence[str]) -> Iterator[str]:
    """The files below ``folder`` whose path matches ``pattern``, given component by component.

    ``*``, ``?`` and ``[...]`` stay within a component and also match leading dots; ``**`` stands
    for any number of folders. A component without such characters is a name. Dangling links count
    as files, so that whoever opens them hears of it; sockets, pipes and devices do not count. A
    workspace below ``folder`` is entered by its names only.
    Raises DataException where a folder cannot be read.
    """
    stack = [_open(os.path.abspath(folder), _closure({0}, pattern), pattern, frozenset())]
    while stack:
        level = stack[-1]
        name = next(level.names, None)
        if name is None:
            stack.pop()
            continue
        path = os.path.join(level.path, name)
        kind = level.others.get(name, "file")
        if kind == "file" and _is_match(name, level.states, pattern):
            yield path
        elif kind == "folder":
            states = _advance(name, level.states, pattern)
            if states:
                below = _open(path, states, pattern, level.above)
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
    path: str
    names: Iterator[str]
    others: dict[str, str]  # the kind of each entry that is no plain file
    states: frozenset[int]  # positions of the pattern that the next name may match
    identity: tuple[int, int]
    above: frozenset[tuple[int, int]]  # this directory and those that it was reached through


def _open(
    path: str, states: frozenset[int], pattern: Sequence[str], above: frozenset[tuple[int, int]]
) -> _Level:
    others: dict[str, str] = {}
    names: list[str] = []
    try:
        status = os.stat(path)
        if len(states) == 1 and not has_glob(pattern[min(states)]):
            name = pattern[min(states)]
            if os.path.lexists(os.path.join(path, name)):
                names, others = [name], {name: _kind_of(os.path.join(path, name))}
        else:
            with os.scandir(path) as entries:
                for entry in entries:
                    names.append(entry.name)
                    if not entry.is_file(follow_symlinks=False):
                        others[entry.name] = _kind_of(entry.path)
            if above and WORKSPACE_MARK in names:
                names.clear()
            names.sort(key=os.fsencode)
    except OSError as error:
        raise DataException(
            f"The folder {path!r} cannot be read: {error.strerror}.", target=ErrorTarget.DATA
        ) from error
    identity = (status.st_dev, status.st_ino)
    return _Level(path, iter(names), others, states, identity, above | {identity})


def _kind_of(path: str) -> str:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


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
