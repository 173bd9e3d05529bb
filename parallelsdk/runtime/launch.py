"""Starts a driver that outlives the terminal, the notebook or the test that asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from parallelsdk.backends._reaper import MARK
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import PRIVATE_FILE, JobFolder
from parallelsdk.jobstore.store import JobWatch, take_lock

_FAREWELL_SECONDS = 5.0


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
    has the lock hands it in, and closes it. Raises JobException when a driver has it already.
    """
    handed = lock
    lock = _lock(folder) if handed is None else handed
    if lock is None:
        raise JobException(f"The job {folder.name} is running already.")
    try:
        if before is not None:
            before()
        EventLog(folder.events).append("job_launched", accept_changes=accept_changes)
        folder.logs.mkdir(exist_ok=True)
        # A job that is started by a step of another one is no part of it, and outlives it.
        environment = {key: value for key, value in os.environ.items() if key != MARK}
        folder.driver_log.touch(PRIVATE_FILE)
        with folder.driver_log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "parallelsdk.runtime.driver", str(folder.path), str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder.path,
                env={**environment, "PYTHONPATH": _import_path()},
                pass_fds=(lock,),
                start_new_session=True,
            )
    finally:
        if handed is None:
            os.close(lock)
    # Somebody has to collect an ended driver, or it stays as a zombie as long as a notebook lives.
    threading.Thread(target=process.wait, name=f"driver of {folder.name}", daemon=True).start()
    return process.pid


def _lock(folder: JobFolder) -> int | None:
    """The job's lock; waited for if its driver has said its last word and is about to end."""
    deadline, watch = time.monotonic() + _FAREWELL_SECONDS, JobWatch(folder)
    while (lock := take_lock(folder)) is None:
        if time.monotonic() > deadline or not watch.read().ended:
            return None
        time.sleep(0.01)
    return lock


def _import_path() -> str:
    """Where the driver finds this package. Nothing else of this process's path goes along: the
    folder of the user's own script above all must not be importable in workers by accident."""
    package = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
