"""No orphans: killing process trees, and a reaper that outlives the driver.

A process that the driver starts is watched by the reaper, a tiny process in a session of its own
that holds a pipe to the driver. When the driver dies, however it dies, the pipe ends and the reaper
kills the groups that are left, and whatever else bears the driver's mark: every process inherits
it in its environment, also one that has left its group and its session and lost its parents.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import psutil

MARK = "PARALLELSDK_PROCESS_OF"  # the variable whose value is the mark
_KILL_SECONDS = 5.0  # a process in an uninterruptible system call is not waited for longer


def kill_tree(pid: int) -> None:
    """Kill the process, its group and all its descendants; returns when the process is gone."""
    victims = []
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        victims = [*process.children(recursive=True), process]
    if _may_lead_a_group(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
    for victim in victims:
        _wait_until_dead(victim)


def _may_lead_a_group(pid: int) -> bool:
    """A dead leader's group lives on in its children; a young process may have none yet."""
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return True


def _wait_until_dead(process: psutil.Process) -> None:
    """Wait until the kernel has ended the process; whoever started it collects its status."""
    pause = threading.Event()
    for _ in range(int(_KILL_SECONDS / 0.005)):
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        pause.wait(0.005)


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

    def watch(self, pid: int) -> None:
        """Kill the group that ``pid`` leads when this process dies."""
        self._say("+", pid)

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
