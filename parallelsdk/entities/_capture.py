"""The open pipeline: a component that is called looks here for the pipeline that it joins.

``dsl`` opens a capture, calling a component only looks; so this stands below both. While a pipeline
function runs, the capture also keeps the function's frame, because the names of its variables name
the steps.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from parallelsdk.constants import MOST_NESTED
from parallelsdk.exceptions import UserErrorException


@dataclass(slots=True, eq=False)
class Capture:
    """The nodes made so far by one running pipeline function."""

    code: CodeType | None
    depth: int
    nodes: list[Any] = field(default_factory=list)  # Nodes, whose class stands above this file
    _frame: FrameType | None = None

    def add(self, node: object) -> None:
        """Let ``node`` join. The first one also finds the running function's frame."""
        self.nodes.append(node)
        if self._frame is None:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code is not self.code:
                frame = frame.f_back
            self._frame = frame

    def local_variables(self) -> dict[str, object]:
        """The function's variables, to be asked once after it has returned.

        A frame that somebody holds keeps its variables beyond the return; this is so in every
        CPython.
        """
        if self._frame is None:
            return {}
        found = dict(self._frame.f_locals)
        self._frame = None  # it holds the nodes, which would live as long as it does
        return found


_open: ContextVar[Capture | None] = ContextVar("open_pipeline", default=None)


def open_pipeline() -> Capture | None:
    """The capture that a new node joins, None outside of every pipeline function."""
    return _open.get()


@contextmanager
def capture(code: CodeType | None) -> Iterator[Capture]:
    """Open a pipeline whose function has ``code``. Raises UserErrorException when nested too
    deeply.
    """
    outer = _open.get()
    depth = 1 if outer is None else outer.depth + 1
    if depth > MOST_NESTED:
        raise UserErrorException(
            f"Pipelines are nested to a depth of more than {MOST_NESTED}; does one "
            "call itself without end?"
        )
    token = _open.set(Capture(code, depth))
    try:
        yield _open.get()  # type: ignore[misc]  # set in the line above
    finally:
        _open.reset(token)
