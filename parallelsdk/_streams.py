"""Closed standard streams made harmless: whoever starts us may have closed 0, 1 and 2.

``<&-`` and ``>&-`` are the idiom of daemons, cron and ssh. What is opened next then gets the free
number, a lock perhaps, and is closed or written to by the next one who believes in streams.
"""

from __future__ import annotations

import os
import sys
from typing import Final, Literal, TextIO

STREAMS: Final = 3  # the descriptors below this are standard input, output and error


def plug_closed_streams() -> None:
    """Open the null device in the place of each standard stream that is closed.

    For a process of ours, as its first act. Children inherit what is plugged. ``sys.stdin``,
    ``stdout`` and ``stderr``, which Python leaves out for closed descriptors, are there afterwards.
    """
    for number in range(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            _plug(number)
    if sys.stdin is None:
        sys.stdin = _open(0, "r")
    if sys.stdout is None:
        sys.stdout = _open(1, "w")
    if sys.stderr is None:
        sys.stderr = _open(2, "w")


def _plug(number: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null == number:
        os.set_inheritable(number, True)
    else:
        os.dup2(null, number)
        os.close(null)


def _open(number: int, mode: Literal["r", "w"]) -> TextIO:
    return open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)
