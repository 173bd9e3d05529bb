"""How many files a process may have open: the driver needs some for each worker, user code its own.

The usual soft limit of 1,024 is there for programs that use select(); the hard one is what the
machine allows. Children inherit the limit, so they are given back the one that they would have had.
"""

from __future__ import annotations

import resource
from collections.abc import Sequence
from typing import Final

_MACOS_MOST: Final = 10_240


def raise_limit() -> int:
    """Let this process open as many files as it may; the soft limit that it had before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, _MACOS_MOST):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        except (ValueError, OSError):  # macOS has a lower one than it says
            continue
        break
    return soft


def under_limit(command: Sequence[str], open_files: int, shell: str) -> list[str]:
    """``command``, to be started with that soft limit; 0 leaves it as it is."""
    if not open_files:
        return list(command)
    return [shell, "-c", 'ulimit -S -n "$0"; exec "$@"', str(open_files), *command]
