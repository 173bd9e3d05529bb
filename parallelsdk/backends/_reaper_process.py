"""The reaper's own process: reads process ids from its standard input, kills them at its end.

Runs alone, without the package and without site-packages, so that it starts in a few milliseconds.
"""

import contextlib
import os
import signal
import sys
import time

_ROUNDS = 50  # of looking for marked processes: one that forks while it is killed is found later


def main() -> None:
    """Follow "+pid" and "-pid" lines; at the end of the input kill every pid that is left.

    After them, every process that has the variable of the first argument in its environment.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    watched: dict[int, str] = {}
    for line in sys.stdin.buffer:
        pid = int(line[1:])
        if line[:1] == b"+":
            watched[pid] = _birth(pid)
        else:
            watched.pop(pid, None)
    for pid, birth in watched.items():
        if _birth(pid) != birth:
            continue  # it is gone; who bears its number now is somebody else
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    for _ in range(_ROUNDS):
        if not _kill_marked(os.fsencode(sys.argv[1])):
            return
        time.sleep(0.01)


def _birth(pid: int) -> str:
    """When the process was started, on the clock of the kernel; "" where there is no /proc."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def _kill_marked(variable: bytes) -> int:
    """Kill all that has the variable; how many there were. 0 where there is no /proc."""
    found = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if not name.isdecimal() or int(name) == os.getpid():
            continue
        with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's
            with open(f"/proc/{name}/environ", "rb") as file:
                if variable not in file.read().split(b"\0"):
                    continue
            os.kill(int(name), signal.SIGKILL)
            found += 1
    return found


if __name__ == "__main__":
    main()
