"""The reaper's own process: reads process ids from its standard input, kills them at its end.

Runs alone, without the package and without site-packages, so that it starts in a few milliseconds.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Follow "+pid" and "-pid" lines; at the end of the input kill every pid that is left."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin.buffer:
        pid = int(line[1:])
        if line[:1] == b"+":
            watched.add(pid)
        else:
            watched.discard(pid)
    for pid in watched:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
