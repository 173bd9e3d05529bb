"""The profile of what user code does in one worker, for ``pstats``.

Alone, because only here a profiler is known: without one the calls below are plain calls. Time
between the calls, in which the worker loads and commits, is not in the profile.
"""

from __future__ import annotations

import importlib
import os
import pstats
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

_REST_SECONDS = 1.0  # between two writes, so that a worker that is killed leaves a profile too


class Profile:
    """No profile: user code is called as it is."""

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """What ``function`` returns."""
        return function(*args)

    def write(self) -> None:
        """Put what was measured so far into the file."""

    def write_if_old(self) -> None:
        """The same, unless that was done a moment ago."""


class FileProfile(Profile):
    """A profile in a file, by the standard library's module of that name."""

    def __init__(self, module: str, path: Path) -> None:
        self._make: Callable[[], Any] = importlib.import_module(module).Profile
        # A profiler in Python cannot go on after a call; one in C adds up, at no cost per call.
        self._goes_on = module == "cProfile"
        self._profiler = self._make()
        self._stats: pstats.Stats | None = None
        self._path = path
        self._written = monotonic()
        self._called = False

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """What ``function`` returns, measured."""
        self._called = True
        if self._goes_on:
            return self._profiler.runcall(function, *args)
        profiler = self._make()
        try:
            return profiler.runcall(function, *args)
        finally:
            self._add(profiler)

    def _add(self, profiler: Any) -> None:
        if self._stats is None:
            self._stats = pstats.Stats(profiler)
        else:
            self._stats.add(profiler)

    def write(self) -> None:
        """Replace the file, complete or not at all."""
        if not self._called:
            return
        partial = self._path.with_name(f".{self._path.name}.partial")
        (self._stats or self._profiler).dump_stats(str(partial))
        os.replace(partial, self._path)
        self._written = monotonic()

    def write_if_old(self) -> None:
        """Write, unless that was done within the last second."""
        if monotonic() - self._written >= _REST_SECONDS:
            self.write()


def open_profile(module: str | None, life: Path) -> Profile:
    """The profile by ``module``, in ``processNNN.profile`` beside the log of the worker's life."""
    if module is None:
        return Profile()
    return FileProfile(module, life.with_suffix(".profile"))
