"""The driver: one detached process per job, from the lock taken to the last event written.

Started by ``launch`` with the job's folder and the descriptor of its lock as arguments.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from parallelsdk._streams import plug_closed_streams
from parallelsdk.backends._reaper import Reaper
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.runtime.open_files import raise_limit
from parallelsdk.runtime.pipeline import PipelineRun
from parallelsdk.runtime.step_result import StepResult
from parallelsdk.runtime.stop import CancelSignal
from parallelsdk.runtime.stored_plan import plan_to_run

# Kept free on the disk, so that a job that has filled it can still say so.
_LAST_WORDS_BYTES = 64 * 1024
_OTHERS_WRITE = 0o022


def drive(folder: JobFolder, *, open_files: int = 0) -> StepResult:
    """Run the job in ``folder`` to its end, in this process, and write how it ended.

    ``open_files`` is the limit that what it starts is to find; 0: that of this process.
    """
    events = EventLog(folder.events)
    began = time.monotonic()
    canceled = CancelSignal()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, canceled.note)
    # Whoever knows the process id may send a signal, so the handlers come first.
    events.append("job_started", pid=os.getpid())
    reserve = folder.path / "driver.reserve"
    _reserve(reserve)
    reaper = None
    try:
        reaper = Reaper()
        run = PipelineRun(plan_to_run(folder), folder, reaper, canceled, open_files=open_files)
        result = run.run()
    except Exception as error:
        traceback.print_exc()
        message = f"The driver failed: {type(error).__name__}: {error}"
        result = StepResult("Failed", message, str(folder.driver_log))
    finally:
        if reaper is not None:
            reaper.close()
    reserve.unlink(missing_ok=True)
    events.append(
        "job_finished",
        status=result.status,
        seconds=round(time.monotonic() - began, 3),
        error=result.error,
        log=result.log,
    )
    return result


def _reserve(path: Path) -> None:
    """Write the room for the last words, real bytes of it; without them it is tried anyway."""
    with contextlib.suppress(OSError):
        path.write_bytes(bytes(_LAST_WORDS_BYTES))


def main() -> None:
    """Entry point of the driver process."""
    plug_closed_streams()
    folder = JobFolder(Path(sys.argv[1]))
    # What a job writes is its owner's alone to change, whatever the umask of who submitted it.
    os.umask(os.umask(_OTHERS_WRITE) | _OTHERS_WRITE)
    # The lock lives as long as this process: no child may hold it on.
    os.set_inheritable(int(sys.argv[2]), False)
    drive(folder, open_files=raise_limit())
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written and no child is left. The interpreter's own farewell, in which it waits
    # for loky's threads, would only hold the lock for longer.
    os._exit(0)


if __name__ == "__main__":
    main()
