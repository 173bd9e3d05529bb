"""Which of several items ``run()`` was at when it failed, as far as its error and its frames tell.

Alone, because the contract does not say: run() gets a list, and what it does with it is its own
affair. So only what is sure is told: the error names one item, or an argument of a function, or the
variable of a loop that has not ended, holds one.
"""

from __future__ import annotations

import ast
import linecache
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from types import CodeType, TracebackType

_MOST_ERRORS = 20  # of a chain
_MOST_TEXT = 10_000  # characters of an error that are searched
# Functions whose variables are all arguments, or what they are at. From Python 3.12 on only the
# last two are functions: the variable of a list's comprehension is gone when that fails.
_EXPRESSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>")


def item_of(error: BaseException, items: Sequence[object]) -> int:
    """The place, among several ``items`` that are paths, of the one that the script was at; -1 if
    that is not known.
    """
    places = {item: place for place, item in enumerate(items) if isinstance(item, str)}
    if len(places) < 2:
        return -1
    for one in _chain(error):
        # Not the attribute of the object: a class of the user's may have one of its own.
        name = OSError.filename.__get__(one) if isinstance(one, OSError) else None
        if isinstance(name, str) and name in places:
            return places[name]
        for found in _held(one.__traceback__, places):
            if len(found) == 1:
                return places[found.pop()]
    for one in _chain(error):
        text = _text(one)
        for says in (_says_path, _says_name):
            named = [item for item in places if says(text, item)]
            if len(named) == 1:
                return places[named[0]]
    return -1


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_MOST_ERRORS):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _held(trace: TracebackType | None, items: dict[str, int]) -> Iterator[set[str]]:
    """The items that the local variables of each frame hold, the innermost frame first."""
    frames = []
    while trace is not None:
        frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    for frame, line in reversed(frames):
        yield {
            path
            for name, value in frame.f_locals.items()
            if (path := _path(value)) in items and _is_at(frame.f_code, line, name)
        }


def _path(value: object) -> str:
    """The text of a path, made without calling code of the user's; "" for anything else."""
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value)
    return PurePath.__str__(value) if issubclass(kind, PurePath) else ""


def _is_at(code: CodeType, line: int, name: str) -> bool:
    """Whether the variable is an argument, or changes in a loop that the line is in.

    Others may be left over from a loop that has ended, or be an item that was picked out.
    """
    if code.co_name in _EXPRESSIONS:
        return name not in code.co_freevars
    if name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        return True
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except (SyntaxError, ValueError, RecursionError):
        return False
    return any(
        isinstance(to, ast.Name) and to.id == name and isinstance(to.ctx, ast.Store)
        for loop in ast.walk(tree)
        if isinstance(loop, ast.For | ast.AsyncFor | ast.While)
        and code.co_firstlineno <= loop.lineno
        and loop.body[0].lineno <= line <= (loop.body[-1].end_lineno or 0)
        for to in ast.walk(loop)
    )


def _says_path(text: str, item: str) -> bool:
    return item in text


def _says_name(text: str, item: str) -> bool:
    """Whether the file's name stands there; a name without a suffix may be any word."""
    name = os.path.basename(item)
    return "." in name and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_MOST_TEXT]
    except Exception:  # its __str__ is the user's
        return ""
