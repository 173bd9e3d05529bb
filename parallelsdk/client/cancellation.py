"""Ending a job before its time: ask its driver, and kill the driver if it does not listen."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from parallelsdk.client.poller import Poller, over
from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.store import JobWatch, is_running, read_job, take_lock

GRACE_SECONDS = 7.0  # for a driver that was asked; it needs well below one second
_START_SECONDS = 5.0  # for a driver that is starting to say its process id
_POLL_SECONDS = 0.05


def begin_cancel(folder: JobFolder) -> Poller[None]:
    """Cancel the job; waiting for the answer is waiting until it has ended.

    A job that has ended stays as it is. Raises JobException when its log is damaged.
    """
    record = read_job(folder)
    if record.ended:
        return over(None)
    if record.status != JobStatus.CANCEL_REQUESTED:
        EventLog(folder.events).append("cancel_requested")
    cancellation = _Cancellation(folder)
    cancellation.ask()
    return Poller(cancellation.advance, lambda: None)


def kill(folder: JobFolder) -> None:
    """End the job now, without asking its driver; whatever is committed stays."""
    cancellation = _Cancellation(folder)
    deadline = time.monotonic() + _START_SECONDS
    while is_running(folder) and time.monotonic() < deadline:
        cancellation.kill()
        time.sleep(_POLL_SECONDS)
    cancellation.advance()


class _Cancellation:
    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._watch = JobWatch(folder)  # reads on from where it was, however long the log is
        self._asked: float | None = None  # when the driver was

    def ask(self) -> None:
        """Tell the driver, as soon as its process is known."""
        deadline = time.monotonic() + _START_SECONDS
        while is_running(self._folder):
            if self._signal(signal.SIGTERM):
                self._asked = time.monotonic()
                return
            if time.monotonic() > deadline:
                return
            time.sleep(_POLL_SECONDS)
        self._settle()

    def kill(self) -> None:
        """Kill the driver; its reaper ends the workers."""
        self._signal(signal.SIGKILL)

    def advance(self) -> bool:
        """Whether the job has ended. A driver that ignores the request too long is killed."""
        if not is_running(self._folder):
            self._settle()
        elif self._asked is None:
            self.ask()
        elif time.monotonic() - self._asked > GRACE_SECONDS:
            self.kill()
        return self._watch.read().ended

    def _signal(self, number: signal.Signals) -> bool:
        """Send a signal to the driver; False when it has not said its process id yet."""
        pid = self._watch.read_log().driver
        # The lock says that the driver lives, so its process id belongs to no other process.
        if pid is None or not is_running(self._folder):
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return True

    def _settle(self) -> None:
        """Write the end of a job without a driver: killed above, or never started."""
        lock = take_lock(self._folder)
        if lock is None:
            return
        try:
            # The record says NotResponding of a job without a driver; what was written decides.
            written = self._watch.read_log()
            if written.ended:
                return
            events = EventLog(self._folder.events)
            for step in written.steps:
                if step.status == JobStatus.RUNNING:
                    events.append("step_finished", step=step.name, status=JobStatus.CANCELED)
            events.append("job_finished", status=JobStatus.CANCELED, error="The job was canceled.")
        finally:
            os.close(lock)
