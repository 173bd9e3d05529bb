"""The work that every peer does, in a module of its own so that worker processes can import it."""

from __future__ import annotations

import time


def identity(mini_batch: list[str]) -> list[str]:
    """A run() that costs nothing."""
    return mini_batch


def stamp(mini_batch: list[str]) -> list[str]:
    """A run() that tells when it was called, in seconds since the epoch."""
    return [repr(time.time()) for _ in mini_batch]
