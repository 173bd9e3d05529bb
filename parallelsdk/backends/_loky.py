"""The default backend: one slot, one exec'ed process in a loky executor of its own.

One executor for all would be simpler and wrong: when one process of a pool dies, loky breaks the
pool, and every mini-batch in it would pay for a stranger's crash.
"""

from __future__ import annotations

import signal
import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from loky.backend import get_context
from loky.process_executor import ProcessPoolExecutor, ShutdownExecutorError

from parallelsdk.backends._base import (
    InitFailed,
    LeaseDone,
    Notify,
    WorkerBroke,
    WorkerDied,
    WorkerEvent,
    WorkerLeft,
    WorkerReady,
)
from parallelsdk.backends._reaper import Reaper, kill_tree
from parallelsdk.worker.entry_script import error_text
from parallelsdk.worker.messages import ErrorText, Lease, LeaseReport, WorkerSetup
from parallelsdk.worker.process import enter, initialise, leave, run_lease

# loky replaces a worker that has grown by 300 MB. Ours hold the user's models and must stay.
_LOKY_ENVIRONMENT = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e18"}


class LokyBackend:
    """Workers as processes on this machine."""

    def __init__(self, *, reaper: Reaper) -> None:
        self._reaper = reaper

    def start_worker(self, setup: WorkerSetup, notify: Notify) -> LokyWorker:
        """Start one worker process."""
        return LokyWorker(setup, notify, self._reaper)

    def close(self) -> None:
        """Nothing is held beyond the workers, which their driver ends."""


class LokyWorker:
    """One worker process and the executor that talks to it."""

    def __init__(self, setup: WorkerSetup, notify: Notify, reaper: Reaper) -> None:
        self._key = setup.key
        self._notify = notify
        self._reaper = reaper
        self._lock = threading.Lock()
        self._silent = False
        self._executor = ProcessPoolExecutor(
            max_workers=1,
            timeout=None,
            context=get_context("loky"),
            env={**setup.environment, **_LOKY_ENVIRONMENT, **reaper.environment},
        )
        self._submit(enter, self._on_entered, setup)
        # loky starts its processes within submit() and has no public way to name them.
        self._process = next(iter(self._executor._processes.values()))
        reaper.watch(self._process.pid)
        self._submit(initialise, self._on_initialised)

    @property
    def pid(self) -> int:
        """The worker's process."""
        pid: int = self._process.pid
        return pid

    def lease(self, lease: Lease) -> None:
        """Hand over one more lease."""
        self._submit(run_lease, self._on_lease, lease)

    def leave(self) -> None:
        """Ask the worker to call shutdown()."""
        self._submit(leave, self._on_left)

    def kill(self) -> None:
        """End the process tree now."""
        with self._lock:
            self._silent = True
        kill_tree(self._process.pid)
        self._executor.shutdown(wait=True, kill_workers=True)
        self._reaper.forget(self._process.pid)

    def _submit(self, function: Any, on_done: Any, *arguments: Any) -> None:
        try:
            future = self._executor.submit(function, *arguments)
        except (BrokenProcessPool, ShutdownExecutorError):
            self._died()
            return
        future.add_done_callback(lambda done: self._settle(done, on_done))

    def _settle(self, future: Future[Any], on_done: Any) -> None:
        error = future.exception()
        if error is None:
            on_done(future.result())
        elif isinstance(error, BrokenProcessPool | ShutdownExecutorError):
            self._died()
        else:
            self._say(WorkerBroke(self._key, error_text(error)))

    def _on_entered(self, pid: int) -> None:
        """Nothing to tell: init() has still to run."""

    def _on_initialised(self, error: ErrorText | None) -> None:
        if error is None:
            self._say(WorkerReady(self._key))
        else:
            self._say(InitFailed(self._key, error))

    def _on_lease(self, report: LeaseReport) -> None:
        self._say(LeaseDone(self._key, report))

    def _on_left(self, error: ErrorText | None) -> None:
        self._say(WorkerLeft(self._key, error))

    def _died(self) -> None:
        """Tell it once, however many futures break."""
        self._say(WorkerDied(self._key, self._how_it_ended()), last=True)

    def _say(self, event: WorkerEvent, *, last: bool = False) -> None:
        with self._lock:
            if self._silent:
                return
            self._silent = last
        self._notify(event)

    def _how_it_ended(self) -> str:
        code = self._process.exitcode
        if code is None:
            return "no exit code"
        if code < 0:
            return f"signal {-code} ({signal.Signals(-code).name})"
        return f"exit code {code}"
