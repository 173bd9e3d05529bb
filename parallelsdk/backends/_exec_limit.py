"""What fits into a new process: the kernel's limits on arguments and environment, checked before.

Apart, because the answer of a failed exec does not always come back: loky's children end with code
255 and say nothing. What the kernel says ("Argument list too long") names no culprit either.
"""

from __future__ import annotations

import errno
import os
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from parallelsdk._units import format_bytes

# Linux, include/uapi/linux/binfmts.h: 32 pages for one string; fs/exec.c: for all of them a quarter
# of the limit of the stack, but at least 128 KiB and at most three quarters of 8 MiB.
_STRING_PAGES: Final = 32
_LEAST: Final = 128 * 1024
_MOST: Final = 6 * 1024**2
_POINTER: Final = 8  # bytes; argv and envp count as well
_NAMED: Final = 3  # so many of the largest variables are named


class TooLargeToStart(OSError):
    """Arguments or environment of a new process are larger than the kernel takes."""

    def __init__(self, text: str) -> None:
        super().__init__(errno.E2BIG, text)

    def __str__(self) -> str:
        return str(self.strerror)


def check_exec(
    arguments: Sequence[str], environment: Mapping[str, str], *, reserve: int = 0
) -> None:
    """Raise TooLargeToStart, naming the largest variables, when exec would refuse these.

    ``reserve`` bytes are kept free, for what the new process will add for its own children.
    """
    sizes = {name: _size(name) + _size(value) for name, value in environment.items()}
    one = _string_limit()
    if one is not None:
        long = [name for name, size in sizes.items() if size > one]
        if long:
            raise TooLargeToStart(
                f"A process cannot be started with {_named(sizes, long)} in its environment; one "
                f"may have {format_bytes(one)}. Write the value to a file and pass its path."
            )
        for argument in arguments:
            if _size(argument) > one:
                raise TooLargeToStart(
                    f"A process cannot be started with the argument {argument[:60]!r}..., which "
                    f"has {format_bytes(_size(argument))}; it may have {format_bytes(one)}."
                )
    words = [_size(argument) for argument in arguments]
    total = sum(words) + sum(sizes.values()) + _POINTER * (len(words) + len(sizes) + 2) + reserve
    if total > _total_limit():
        raise TooLargeToStart(
            "A process cannot be started with an environment of "
            f"{format_bytes(sum(sizes.values()))} and arguments of {format_bytes(sum(words))}; "
            f"together they may have {format_bytes(_total_limit())}. The largest variables: "
            f"{_named(sizes, sizes)}. Unset what the job does not need."
        )


def _size(text: str) -> int:
    """The bytes of a string and its end, or of a name and its ``=``."""
    return len(os.fsencode(text)) + 1


def _string_limit() -> int | None:
    return _STRING_PAGES * resource.getpagesize() if sys.platform == "linux" else None


def _total_limit() -> int:
    if sys.platform != "linux":
        return os.sysconf("SC_ARG_MAX")
    stack, _ = resource.getrlimit(resource.RLIMIT_STACK)
    quarter = _MOST if stack == resource.RLIM_INFINITY else stack // 4
    return max(_LEAST, min(quarter, _MOST))


def _named(sizes: Mapping[str, int], names: Iterable[str]) -> str:
    largest = sorted(names, key=lambda name: sizes[name], reverse=True)[:_NAMED]
    return ", ".join(f"{name} ({format_bytes(sizes[name])})" for name in largest)
