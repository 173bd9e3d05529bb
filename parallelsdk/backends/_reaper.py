"""No orphans: a reaper that outlives the driver.

A process that the driver starts is watched by the reaper, a tiny process in a session of its own
that holds a pipe to the driver. When the driver dies, however it dies, the pipe ends and the reaper
kills the groups that are left, and whatever else bears the driver's mark: every process inherits
it in its environment, also one that has left its group and its session and lost its parents.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path

from parallelsdk.backends._process_tree import ProcessTree

MARK = "PARALLELSDK_PROCESS_OF"  # the variable whose value is the mark


class Reaper:
    """The driver's end of the pipe. Safe to use from several threads."""

    def __init__(self) -> None:
        mark = uuid.uuid4().hex
        # For every process that is started to be watched.
        self.environment = {MARK: mark}
        script = Path(__file__).with_name("_reaper_process.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script), f"{MARK}={mark}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        self._lock = threading.Lock()

    def watch(self, pid: int) -> ProcessTree:
        """Kill the process and its group when this process dies; what it takes to do it before."""
        tree = ProcessTree(pid, (MARK, self.environment[MARK]))
        self._say("+", pid)
        return tree

    def forget(self, pid: int) -> None:
        """``pid`` is gone; its number may soon be somebody else's."""
        self._say("-", pid)

    def close(self) -> None:
        """Let the reaper kill what is still watched, and end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _say(self, word: str, pid: int) -> None:
        assert self._process.stdin is not None
        with self._lock, contextlib.suppress(BrokenPipeError):
            os.write(self._process.stdin.fileno(), f"{word}{pid}\n".encode())
