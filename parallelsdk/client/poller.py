"""What ``begin_...`` methods answer with: something that ends some time, and can be waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.05


class Poller(Generic[T]):
    """Azure's names for waiting. ``look`` says whether it is over, ``answer`` what came of it."""

    def __init__(self, look: Callable[[], bool], answer: Callable[[], T]) -> None:
        self._look = look
        self._answer = answer

    def done(self) -> bool:
        """Whether it is over."""
        return self._look()

    def status(self) -> str:
        """``Succeeded`` or ``InProgress``."""
        return "Succeeded" if self.done() else "InProgress"

    def wait(self, timeout: float | None = None) -> None:
        """Return when it is over, at the latest after ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.done():
            if deadline is not None and time.monotonic() > deadline:
                return
            time.sleep(_POLL_SECONDS)

    def result(self, timeout: float | None = None) -> T:
        """Wait, then answer. Raises TimeoutError when it is not over after ``timeout`` seconds."""
        self.wait(timeout)
        if not self.done():
            raise TimeoutError(f"It is not over after {timeout} s; it goes on.")
        return self._answer()


def over(answer: T) -> Poller[T]:
    """A poller for what was done at once."""
    return Poller(lambda: True, lambda: answer)
