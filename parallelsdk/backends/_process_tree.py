"""A process that was started here, with all that it starts: killed as a whole, and nobody else.

Numbers of processes are used again. So the process is taken by its identity, number and time of
its start, from the moment when it is surely there; and those that it leaves behind in its group are
known by the mark that all of them inherit in their environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

import psutil

_KILL_SECONDS = 5.0  # a process in an uninterruptible system call is not waited for longer
_LOOK_SECONDS = 0.005


class ProcessTree:
    """The process ``pid`` and its children. Make it before anybody may collect its exit code."""

    def __init__(self, pid: int, mark: tuple[str, str]) -> None:
        """``mark`` is the name and the value of the variable that all of them inherit."""
        self._pid = pid
        self._mark = mark
        self._leader: psutil.Process | None = None
        with contextlib.suppress(psutil.NoSuchProcess):
            self._leader = psutil.Process(pid)

    def kill(self) -> None:
        """Kill the process, its group and all its descendants; returns when they are gone."""
        victims = self._family() or self._left_behind()
        # While the leader is there, nobody else can have its number, nor its group.
        if self._is_there() and _leads_a_group(self._pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        for victim in victims:
            with contextlib.suppress(psutil.Error):
                victim.kill()
        for victim in victims:
            _wait_until_dead(victim)

    def wait_for_rest(self, seconds: float) -> None:
        """Give those whom an ended process has left behind in its group so long to end, too."""
        deadline, pause = time.monotonic() + seconds, threading.Event()
        while self._left_behind() and time.monotonic() < deadline:
            pause.wait(4 * _LOOK_SECONDS)

    def _is_there(self) -> bool:
        return self._leader is not None and self._leader.is_running()

    def _family(self) -> list[psutil.Process]:
        if self._leader is None:
            return []
        try:
            return [*self._leader.children(recursive=True), self._leader]
        except psutil.NoSuchProcess:
            return []

    def _left_behind(self) -> list[psutil.Process]:
        """The members of the group that bear the mark, but the leader."""
        found = []
        for pid in psutil.pids():
            with contextlib.suppress(OSError, psutil.Error):
                if pid != self._pid and os.getpgid(pid) == self._pid:
                    process = psutil.Process(pid)
                    if not _is_dead(process) and self._bears_mark(process):
                        found.append(process)
        return found

    def _bears_mark(self, process: psutil.Process) -> bool:
        name, value = self._mark
        return process.environ().get(name) == value


def _leads_a_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def _is_dead(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait_until_dead(process: psutil.Process) -> None:
    """Wait until the kernel has ended the process; whoever started it collects its status."""
    pause = threading.Event()
    for _ in range(int(_KILL_SECONDS / _LOOK_SECONDS)):
        if _is_dead(process):
            return
        pause.wait(_LOOK_SECONDS)
