"""Starts a driver that outlives the terminal, the notebook or the test that asked for it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable

from parallelsdk._start import start_command
from parallelsdk.backends._exec_limit import TooLargeToStart, check_exec
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import ErrorTarget, JobException, ValidationException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import PRIVATE_FILE, JobFolder
from parallelsdk.jobstore.store import JobWatch, take_lock
from parallelsdk.runtime.inherited import environment_of_driver

DRIVER = "parallelsdk.runtime.driver"
_FAREWELL_SECONDS = 5.0
_RESERVE_BYTES = 16 * 1024  # of the environment: what the driver's own children get on top


def launch(
    folder: JobFolder,
    *,
    before: Callable[[], None] | None = None,
    accept_changes: bool = False,
    lock: int | None = None,
) -> int:
    """Start the driver of the job in ``folder``, which holds its plan, and return its process id.

    The lock is taken here and handed on, so that from now on the job is seen to run; ``before`` is
    what there is to do under it first. ``accept_changes``: see ``relaunch.resume``. A caller that
    has the lock hands it in, and closes it. Raises JobException when a driver has it already,
    ValidationException when this process's environment is too large to be handed on; then nothing
    was done.
    """
    environment = environment_of_driver()
    command = start_command("-m", DRIVER, str(folder.path))
    try:
        check_exec(command, environment, reserve=_RESERVE_BYTES)
    except TooLargeToStart as error:
        raise ValidationException(str(error), target=ErrorTarget.JOB) from error
    handed = lock
    lock = _lock(folder) if handed is None else handed
    if lock is None:
        raise JobException(f"The job {folder.name} is running already.")
    try:
        if before is not None:
            before()
        EventLog(folder.events).append("job_launched", accept_changes=accept_changes)
        process = _start(folder, [*command, str(lock)], environment, lock)
    finally:
        if handed is None:
            os.close(lock)
    # Somebody has to collect an ended driver, or it stays as a zombie as long as a notebook lives.
    threading.Thread(target=process.wait, name=f"driver of {folder.name}", daemon=True).start()
    return process.pid


def _start(
    folder: JobFolder, command: list[str], environment: dict[str, str], lock: int
) -> subprocess.Popen[bytes]:
    folder.logs.mkdir(exist_ok=True)
    folder.driver_log.touch(PRIVATE_FILE)
    try:
        with folder.driver_log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder.path,
                env=environment,
                pass_fds=(lock,),
                start_new_session=True,
            )
    except OSError as error:  # no memory, no processes: a job that was resumed says so
        message = f"The driver could not be started: {error}"
        EventLog(folder.events).append("job_finished", status=JobStatus.FAILED, error=message)
        raise


def _lock(folder: JobFolder) -> int | None:
    """The job's lock; waited for if its driver has said its last word and is about to end."""
    deadline, watch = time.monotonic() + _FAREWELL_SECONDS, JobWatch(folder)
    while (lock := take_lock(folder)) is None:
        if time.monotonic() > deadline or not watch.read().ended:
            return None
        time.sleep(0.01)
    return lock
