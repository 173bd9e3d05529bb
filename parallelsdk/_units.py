"""Human sizes, times and counts: ``"10kb"`` to a number, and numbers to text that people read."""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(r"\s*([0-9]{1,18})\s*(kb|mb|gb)?\s*", re.IGNORECASE | re.ASCII)
_MOST: Final = 10**18  # of files or, before the unit, of bytes
_MOST_CHARACTERS: Final = 300  # of an error that is told in one line
_FACTORS: Final = {"": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}  # binary, as Azure counts them


class ByteSize(int):
    """A number of bytes that was written with a unit; ``written`` is such a text again."""

    __slots__ = ()

    @property
    def written(self) -> str:
        """The same number with the largest unit that leaves it whole, such as ``10kb``."""
        unit = next(unit for unit in ("gb", "mb", "kb", "") if self % _FACTORS[unit] == 0)
        return f"{self // _FACTORS[unit]}{unit}"


def parse_mini_batch_size(value: str | int) -> int:
    """A mini-batch size as a number: files of a file list, or bytes of a table.

    Digits, alone or followed by kb, mb or gb in any case, which make it a ByteSize; 0 means "not
    set". Raises ValueError for anything else.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is no size; write a whole number of files such as '10', "
            "or a size such as '10kb', '100mb' or '1gb'"
        )
    number = min(int(match[1]) * _FACTORS[(match[2] or "").lower()], _MOST)
    return ByteSize(number) if match[2] else number


def format_bytes(count: int) -> str:
    """``count`` bytes for people: ``"0 B"``, ``"1.5 KB"``, ``"2 GB"``; binary units."""
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if abs(round(size, 1)) < 1024:
            return f"{size:.1f}".removesuffix(".0") + f" {unit}"
        size /= 1024
    return f"{size:.1f}".removesuffix(".0") + " TB"


def format_seconds(seconds: float) -> str:
    """A duration for people: ``"0.25 s"``, ``"12.3 s"``, ``"3 min 5 s"``, ``"2 h 5 min"``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 item``, ``2 items``; ``many`` where an s is not enough."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def mini_batches(number: int) -> str:
    """``1 mini-batch``, ``2 mini-batches``."""
    return counted(number, "mini-batch", "mini-batches")


def short_line(text: str) -> str:
    """The first line of an error, and no more than a screen has room for."""
    line = first_line(text)
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 3]}..."


def first_line(text: str) -> str:
    """The first line of an error or the like; dots say that there is more."""
    first, *more = text.strip().splitlines() or [""]
    return f"{first} ..." if more else first
