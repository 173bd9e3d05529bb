"""How a job is asked to end: by a signal, and from there by ``Stop``, which tells the steps why."""

from __future__ import annotations

import threading

CANCELED = "The job was canceled."


class Stop(threading.Event):
    """Set once; the first reason counts."""

    reason = CANCELED

    def ask(self, reason: str) -> None:
        """Ask all who look here to end."""
        if not self.is_set():
            self.reason = reason
            self.set()


class CancelSignal:
    """Whether a signal has asked this process to cancel its job.

    A handler runs between any two steps of the main thread, also while that holds the lock of an
    event, a queue or a log. So it takes none: it sets this, and whoever waits looks here.
    """

    def __init__(self) -> None:
        self._has_come = False

    def note(self, *_: object) -> None:
        """The handler."""
        self._has_come = True

    def is_set(self) -> bool:
        """Whether it has come."""
        return self._has_come
