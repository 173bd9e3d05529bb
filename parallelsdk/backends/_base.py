"""The protocol between a driver and a backend: start a worker, lease to it, end it.

A backend knows processes and machines. It knows nothing of retries, thresholds or results: it says
what happened, and the driver's scheduler decides. Workers are called by the key of their setup.
Every call returns at once, but for ``kill``, which returns when the process and its children are
gone; what happens later is told through ``notify``, from any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from parallelsdk.worker.messages import ErrorText, Lease, LeaseReport, WorkerSetup


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The worker has loaded the entry script, and its init() has returned."""

    worker: str


@dataclass(frozen=True, slots=True)
class InitFailed:
    """The entry script could not be loaded or its init() raised; the process lives."""

    worker: str
    error: ErrorText


@dataclass(frozen=True, slots=True)
class LeaseDone:
    """A lease was worked off."""

    worker: str
    report: LeaseReport


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """The process is gone, unasked. ``how`` is for people: "signal 9 (SIGKILL)"."""

    worker: str
    how: str
    was_killed: bool = False  # by SIGKILL, which is also how the kernel ends who takes its memory


@dataclass(frozen=True, slots=True)
class WorkerBroke:
    """Our own code failed in the worker: it cannot go on, and is to be ended.

    ``concerns_all``: another worker would fail in the same way, because the disk is full.
    """

    worker: str
    error: ErrorText
    concerns_all: bool = False


@dataclass(frozen=True, slots=True)
class WorkerLeft:
    """The worker has called shutdown(), which may have failed; its end is told next."""

    worker: str
    error: ErrorText | None


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """A worker that was to leave has ended as a script does. ``how`` is "" for exit code 0."""

    worker: str
    how: str = ""


WorkerEvent = (
    WorkerReady | InitFailed | LeaseDone | WorkerDied | WorkerBroke | WorkerLeft | WorkerEnded
)
Notify = Callable[[WorkerEvent], None]


class WorkerHandle(Protocol):
    """One worker, from its start to its end."""

    @property
    def pid(self) -> int | None:
        """Its process on this machine, if it has one here."""

    def lease(self, lease: Lease) -> None:
        """Hand over one more lease; they are worked off in order."""

    def leave(self) -> None:
        """Ask the worker to call shutdown() when its leases are done, and to end by itself."""

    def kill(self) -> None:
        """End the process and all its children now; afterwards nothing more is told of it."""


class Backend(Protocol):
    """A technology that lends workers."""

    def start_worker(self, setup: WorkerSetup, notify: Notify) -> WorkerHandle:
        """Start one worker; WorkerReady, InitFailed, WorkerBroke or WorkerDied follows.

        Call it from a thread that outlives the worker: on Linux the worker dies with that thread.
        Raises OSError when the machine has no room for one more: descriptors, memory, processes.
        Then nothing of it is left.
        """

    def close(self) -> None:
        """Give everything back that the backend itself holds."""
