"""The default backend: one slot, one exec'ed process in a loky executor of its own.

One executor for all would be simpler and wrong: when one process of a pool dies, loky breaks the
pool, and every mini-batch in it would pay for a stranger's crash.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from loky.backend import fork_exec, get_context, resource_tracker
from loky.process_executor import ProcessPoolExecutor, ShutdownExecutorError

from parallelsdk._start import IS_HIDDEN, through_start
from parallelsdk.backends._base import (
    InitFailed,
    LeaseDone,
    Notify,
    WorkerBroke,
    WorkerDied,
    WorkerEnded,
    WorkerEvent,
    WorkerLeft,
    WorkerReady,
)
from parallelsdk.backends._exec_limit import check_exec
from parallelsdk.backends._process_tree import ProcessTree
from parallelsdk.backends._reaper import Reaper
from parallelsdk.worker.errors import error_text
from parallelsdk.worker.messages import ErrorText, Lease, LeaseReport, WorkerSetup
from parallelsdk.worker.process import enter, initialise, leave, run_lease

_CHECK_SECONDS = 0.25  # between two looks whether processes are still there
_END_SECONDS = 0.005  # between two looks whether a process that leaves has ended
_REST_SECONDS = 1.0  # for what a process that has ended has left behind to end, too
_SPARE_DESCRIPTORS = 24  # beside the 7 that each worker takes
# Nothing that another worker, or another mini-batch, would be spared.
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def _checked(start: Callable[..., int]) -> Callable[..., int]:
    """loky's way to start a worker, made a start of ours, and refused when it cannot work.

    loky names no command of its own for its workers, and does not hear of an exec that fails.
    """

    def start_ours(
        command: Sequence[str], keep_fds: Sequence[int], env: Mapping[str, str] | None = None
    ) -> int:
        ours = through_start(command)
        check_exec(ours, {**os.environ, **(env or {})})
        return start(ours, keep_fds, env=env)

    return start_ours


fork_exec.fork_exec = _checked(fork_exec.fork_exec)
if IS_HIDDEN:  # a plain Python does not find loky either, which its tracker has to import
    _spawn = resource_tracker.spawnv_passfds
    resource_tracker.spawnv_passfds = lambda path, arguments, passfds: _spawn(
        path, through_start(arguments), passfds
    )


class LokyBackend:
    """Workers as processes on this machine."""

    def __init__(self, *, reaper: Reaper) -> None:
        self._reaper = reaper
        self._workers: list[LokyWorker] = []
        self._closing = threading.Event()
        self._checker = threading.Thread(target=self._check, name="worker check", daemon=True)

    def start_worker(self, setup: WorkerSetup, notify: Notify) -> LokyWorker:
        """Start one worker process."""
        worker = LokyWorker(setup, notify, self._reaper)
        self._workers = [*(w for w in self._workers if not w.is_over), worker]
        if not self._checker.is_alive():
            self._checker.start()
        return worker

    def close(self) -> None:
        """Nothing is held beyond the workers, which their driver ends."""
        self._closing.set()

    def _check(self) -> None:
        """Tell of dead workers of which loky hears nothing.

        It waits for the end of a pipe, which children that user code has forked hold open, too.
        """
        while not self._closing.wait(_CHECK_SECONDS):
            for worker in self._workers:
                worker.check()


class LokyWorker:
    """One worker process and the executor that talks to it."""

    def __init__(self, setup: WorkerSetup, notify: Notify, reaper: Reaper) -> None:
        self._key = setup.key
        self._notify = notify
        self._reaper = reaper
        self._lock = threading.Lock()
        self._silent = False
        self._leaving = False
        self._seen_dead = False
        self._executor, self._process, self._tree = _start(setup, reaper)
        self._submit(enter, self._on_entered, setup)
        self._submit(initialise, self._on_initialised)

    @property
    def pid(self) -> int:
        """The worker's process."""
        pid: int = self._process.pid
        return pid

    @property
    def is_over(self) -> bool:
        """Whether nothing more is told of this worker."""
        return self._silent

    def lease(self, lease: Lease) -> None:
        """Hand over one more lease."""
        self._submit(run_lease, self._on_lease, lease)

    def leave(self) -> None:
        """Ask the worker to call shutdown() and to end by itself."""
        self._submit(leave, self._on_left)

    def kill(self) -> None:
        """End the process tree now."""
        with self._lock:
            self._silent = True
        self._tree.kill()
        manager = self._executor._executor_manager_thread
        # Its own wait has no limit, and keeps all other executors from being shut down meanwhile.
        self._executor.shutdown(wait=False, kill_workers=True)
        if manager is not None:
            manager.join(_REST_SECONDS)
        self._reaper.forget(self._process.pid)

    def check(self) -> None:
        """Say that the process is dead, unless the executor does so within the time of a check."""
        if self._process.exitcode is None or self._leaving:
            return
        if self._seen_dead:
            self._died()
        self._seen_dead = True

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
            is_disk = isinstance(error, OSError) and error.errno in _OF_THE_DISK
            self._say(WorkerBroke(self._key, error_text(error), is_disk))

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
        self._leaving = True
        self._say(WorkerLeft(self._key, error))
        # Not here: this is a thread of the executor, which waits for the end of the process.
        threading.Thread(target=self._see_off, name=f"end of {self._key}", daemon=True).start()

    def _see_off(self) -> None:
        """Let the process end as a script does, and tell when it has."""
        self._executor.shutdown(wait=False)
        pause = threading.Event()
        while self._process.exitcode is None and not self._silent:
            pause.wait(_END_SECONDS)
        self._tree.wait_for_rest(_REST_SECONDS)
        how = self._how_it_ended()
        self._say(WorkerEnded(self._key, "" if how == "exit code 0" else how), last=True)

    def _died(self) -> None:
        """Tell it once, however many futures break."""
        was_killed = self._process.exitcode == -signal.SIGKILL
        self._say(WorkerDied(self._key, self._how_it_ended(), was_killed), last=True)

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


def _start(setup: WorkerSetup, reaper: Reaper) -> tuple[ProcessPoolExecutor, Any, ProcessTree]:
    """An executor with its process. Raises OSError, and then nothing is left of them."""
    executor = None
    try:
        _check_spare_descriptors()
        executor = ProcessPoolExecutor(
            max_workers=1,
            timeout=None,
            context=get_context("loky"),
            env={**setup.environment, **reaper.environment},
        )
        # The process starts within the first submit(). loky has no public way to name it.
        executor.submit(os.getpid)
        process = next(iter(executor._processes.values()))
        return executor, process, reaper.watch(process.pid)
    except Exception as error:
        if executor is not None:
            for process in executor._processes.values():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                process.join()
        raise _want_of_room(error) from error


def _check_spare_descriptors() -> None:
    """Leave some to this process itself, which opens logs and the files of workers that died."""
    spare = []
    try:
        for _ in range(_SPARE_DESCRIPTORS):
            spare.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    finally:
        for handle in spare:
            os.close(handle)


def _want_of_room(error: BaseException) -> OSError:
    """What the machine said: loky's own handling of it may have failed, too."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__context__
    # A thread that cannot be started is a RuntimeError.
    return cause if cause is not None else OSError(errno.EAGAIN, str(error))
