"""Warnings that name the line of the user's that they are about."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Final

_OURS: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")


def warn_caller(message: str) -> None:
    """Warn whoever called us."""
    warnings.warn(message, stacklevel=_level_of_caller())


def _level_of_caller() -> int:
    """The ``stacklevel`` of the first frame that is not ours, for whoever calls this."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        level, frame = level + 1, frame.f_back
    return level
