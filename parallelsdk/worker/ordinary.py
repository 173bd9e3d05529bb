"""What loky has made of a worker's process is undone before user code comes.

User code is written for a process that somebody started with ``python score.py``. loky's processes
start children the way that loky does, bear its name, share the trackers of their parent and, in the
end, stop children before threads. Nothing of that may reach user code.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from multiprocessing import process, util
from typing import Any, Final, NoReturn

PATH_VARIABLE: Final = "PYTHONPATH"
_FIRST: Final = 1_000_000  # of all finalizers


def become_ordinary() -> None:
    """Make this process to multiprocessing what a script's is; call it in the working folder."""
    multiprocessing.set_start_method(None, force=True)
    this: Any = multiprocessing.current_process()
    this._name, this._identity, this._parent_pid, this._popen = "MainProcess", (), None, None
    inner: Any = process
    inner._parent_process = None
    inner.ORIGINAL_DIR = os.getcwd()
    _forget_tracker()
    _distrust_loky()


def _distrust_loky() -> None:
    """Keep loky from looking at the size of this process, and from a farewell before its time.

    It looks between two tasks, with functions that user code may have replaced; should it stumble
    over one, or over a closed pipe, the process would wait for user code's threads at its end while
    the driver waits for the process.
    """
    executor: Any = sys.modules.get("loky.process_executor")
    if executor is not None:
        executor._MEMORY_LEAK_CHECK_DELAY = float("inf")
    # Which of the two comes first depends on the version of Python.
    util.Finalize(None, _stop_short, (os.getpid(),), exitpriority=_FIRST)
    hooks: Any = threading
    hooks._register_atexit(_stop_short, os.getpid())


def _stop_short(pid: int) -> None:
    if not _leaving and os.getpid() == pid:  # children inherit the hook
        with contextlib.suppress(Exception):
            traceback.print_exc()
        os._exit(1)


# Whether this process was told to leave: then its end is that of a script.
_leaving = False


def set_import_path(base: Sequence[str], folder: str) -> None:
    """Give this process the path of a fresh one: what PYTHONPATH says, and then ``base``.

    Relative folders in PYTHONPATH lie below ``folder``, for this process and for its children.
    """
    said = os.environ.get(PATH_VARIABLE)
    places = [os.path.join(folder, place) for place in said.split(os.pathsep)] if said else []
    if said:
        os.environ[PATH_VARIABLE] = os.pathsep.join(places)
    sys.path[:] = list(dict.fromkeys([*places, *base]))


def _forget_tracker() -> None:
    """Let go of the driver's tracker of shared memory: this process gets its own when it needs one.

    What the process leaves behind is then cleared away at its end, not at that of the driver.
    """
    from multiprocessing import resource_tracker

    tracker: Any = resource_tracker._resource_tracker
    if tracker._fd is not None:
        with contextlib.suppress(OSError):
            os.close(tracker._fd)
    tracker._fd = tracker._pid = None


def leave_as_a_script_does() -> None:
    """Let the end that follows be that of a script: threads, then ``atexit`` in its order.

    Before Python 3.13, a process of multiprocessing looks after its children first of all, and so
    would wait for those of an executor that only the hooks of ``threading`` end.
    """
    global _leaving
    _leaving = True
    inner: Any = util
    at_exit = inner._exit_function

    def skip_once(*args: Any, **kwargs: Any) -> None:
        inner._exit_function = at_exit  # which atexit calls in its turn

    inner._exit_function = skip_once


def end_forked(error: BaseException | None) -> NoReturn:
    """End a forked child of user code that came back to us, by ``error`` if it raised.

    Its parent is the worker. What lies in buffers was there before the fork and is the parent's to
    write, so there is no farewell.
    """
    code = 0
    with contextlib.suppress(Exception):
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif error is not None:
            code = 1
            traceback.print_exception(error)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code)
