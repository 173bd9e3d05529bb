"""Faults for the processes of a test: on PYTHONPATH, and nothing without its variable.

``GUARANTEE_CRASH_AT=n``   the driver is killed at its n-th write, fsync, open for writing, rename,
                           unlink or mkdir: even n before the call, odd n after it; a write of an
                           odd n is left half done.
``GUARANTEE_MERGE_CRASH=n`` the same, counted from the begin of the merge of a step's results.
``GUARANTEE_COUNT=path``   the driver counts these calls, one byte each, in the file.
``GUARANTEE_CLIENT_CRASH_AT=n``, ``GUARANTEE_CLIENT_COUNT=path``   the same for ``job create``.
``GUARANTEE_RENAME=text``  the driver is killed before its first rename to a path with that text.
``GUARANTEE_SHUTDOWN=s``   the driver waits s seconds for shutdown().
``GUARANTEE_CLOCK=1``      the wall clock of driver and workers jumps an hour to and fro.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any


def _crash_points(at: int, count: str | None) -> None:
    write, fsync = os.write, os.fsync
    lock, seen = threading.Lock(), 0
    tally = os.open(count, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if count else -1

    def here() -> bool:
        """Whether this call is the one to die at."""
        nonlocal seen
        with lock:
            seen += 1
            if tally >= 0:
                write(tally, b"x")
            return seen == at

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        changes = event in ("os.rename", "os.remove", "os.mkdir", "os.truncate", "os.rmdir")
        if (writes or changes) and here():
            die()

    def counted_write(fd: int, data: Any) -> int:
        if here():
            write(fd, bytes(data)[: len(data) // 2] if at % 2 else b"")
            die()
        return write(fd, data)

    def counted_fsync(fd: int) -> None:
        dies = here()
        if not dies or at % 2:
            fsync(fd)
        if dies:
            die()

    os.write, os.fsync = counted_write, counted_fsync  # type: ignore[assignment]
    sys.addaudithook(audit)


def _die_before_rename(text: str) -> None:
    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.rename" and text in os.fsdecode(arguments[1]):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)


def _jumping_clock() -> None:
    real, calls = time.time, [0]

    def jump() -> float:
        calls[0] += 1
        return real() + (3600 if calls[0] % 2 else -3600)

    time.time = jump


if os.environ.get("GUARANTEE_CLOCK"):
    _jumping_clock()
if "parallelsdk.runtime.driver" in sys.orig_argv:
    if os.environ.get("GUARANTEE_SHUTDOWN"):
        from parallelsdk.runtime import step_driver

        step_driver.SHUTDOWN_SECONDS = float(os.environ["GUARANTEE_SHUTDOWN"])
    if os.environ.get("GUARANTEE_RENAME"):
        _die_before_rename(os.environ["GUARANTEE_RENAME"])
    if "GUARANTEE_CRASH_AT" in os.environ or "GUARANTEE_COUNT" in os.environ:
        _crash_points(
            int(os.environ.get("GUARANTEE_CRASH_AT", "0")), os.environ.get("GUARANTEE_COUNT")
        )
    if "GUARANTEE_MERGE_CRASH" in os.environ:
        from parallelsdk.runtime import parallel_step

        merge = parallel_step.merge

        def dying_merge(*arguments: Any, **options: Any) -> Any:
            _crash_points(int(os.environ["GUARANTEE_MERGE_CRASH"]), None)
            return merge(*arguments, **options)

        parallel_step.merge = dying_merge
if sys.orig_argv[3:5] == ["job", "create"] and (
    "GUARANTEE_CLIENT_CRASH_AT" in os.environ or "GUARANTEE_CLIENT_COUNT" in os.environ
):
    _crash_points(
        int(os.environ.get("GUARANTEE_CLIENT_CRASH_AT", "0")),
        os.environ.get("GUARANTEE_CLIENT_COUNT"),
    )
