"""``Stop``: asks the steps of a job to end, and tells them why."""

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
