"""A traceback for the user: the frames of their own code and of what it calls, not ours.

The way from ``parallelsdk azure run`` into a script, and from a call of ours to the line of ours
that found the problem, tell the user nothing about their mistake.
"""

from __future__ import annotations

import importlib
import os
import traceback

import parallelsdk

_OURS = os.path.dirname(os.path.abspath(parallelsdk.__file__)) + os.sep
_MACHINERY = ("<frozen runpy>", "<frozen importlib", os.path.dirname(importlib.__file__) + os.sep)


def user_traceback(error: BaseException, *, everything: bool = False) -> str:
    """The traceback of ``error`` as text; with ``everything`` as Python prints it."""
    told = traceback.TracebackException.from_exception(error)
    if not everything:
        _trim(told)
    return "".join(told.format())


def _trim(told: traceback.TracebackException) -> None:
    """Drop our frames, and the causes that lie within them altogether."""
    told.stack = traceback.StackSummary.from_list(
        [frame for frame in told.stack if not is_ours(frame.filename)]
    )
    for name in ("__cause__", "__context__"):
        earlier: traceback.TracebackException | None = getattr(told, name)
        if earlier is None:
            continue
        _trim(earlier)
        if not earlier.stack and earlier.exc_type is not SyntaxError:
            setattr(told, name, None)


def is_ours(filename: str) -> bool:
    """Whether a frame of that file is left out: it is parallelsdk's or Python's own machinery."""
    return filename.startswith((_OURS, *_MACHINERY))
