"""What a cell's text means in each type: the one place that turns text into values.

Alone, because inference and lenient conversion must agree: a text that decides a type must also
convert to it. Each ``as_*`` gives None for a text that is none of its kind.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

TRUE_WORDS: Final = ("true", "True", "TRUE", "t", "T", "1", "Y")
FALSE_WORDS: Final = ("false", "False", "FALSE", "f", "F", "0", "N")

_BOOLS: Final = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
_INT: Final = re.compile(r"[+-]?[0-9]+")
_FLOAT: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE
)
_TIME: Final = r"(?:[ T](\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9})\d*)?)?)?)?"
_ZONE: Final = r"(?:\s?(Z|UTC|[+-]\d{2}:?\d{2}))?"
_YMD: Final = re.compile(rf"(\d{{4}})([-/])(\d{{1,2}})\2(\d{{1,2}}){_TIME}{_ZONE}")
_SHORT: Final = re.compile(
    r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([AaPp][Mm]))?)?"
)
_NAMED: Final = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})")
MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_EPOCH: Final = datetime(1970, 1, 1)
_NS_MIN: Final = -(2**63) + 1  # the least value is pandas' NaT
_NS_MAX: Final = 2**63 - 1


def as_bool(text: str) -> bool | None:
    """True and false in the reader's words, exact in their case; blanks around do not matter."""
    return _BOOLS.get(text.strip(" \t"))


def as_int(text: str) -> int | None:
    """A whole number that fits 64 bits; one that is written as a float counts, 2.5 does not."""
    text = text.strip(" \t")
    if _INT.fullmatch(text):
        value = int(text) if len(text) < 100 else 2**63
        return value if -(2**63) <= value < 2**63 else None
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number.is_integer() and abs(number) < 2**53:
            return int(number)
    return None


def is_int(text: str) -> bool:
    """Whether the text decides for a column of whole numbers: digits, and they fit 64 bits."""
    return _INT.fullmatch(text.strip(" \t")) is not None and as_int(text) is not None


def as_float(text: str) -> float | None:
    """A number, ``inf``, ``infinity`` or ``nan``."""
    text = text.strip(" \t")
    return float(text) if _FLOAT.fullmatch(text) else None


def as_nanoseconds(text: str, order: str) -> int | None:
    """A date or a date and time, as UTC nanoseconds since 1970; None also outside 1677 to 2262.

    Year first, or a named month, in any column; day or month first as ``order`` (dmy, mdy) says.
    """
    text = text.strip(" \t")
    try:
        found = _YMD.fullmatch(text)
        if found:
            return _from_ymd(found)
        named = _NAMED.fullmatch(text)
        if named:
            day, month, year = named.groups()
            return nanoseconds(datetime(int(year), MONTHS.index(month.lower()) + 1, int(day)))
        short = _SHORT.fullmatch(text)
        if short and order in ("dmy", "mdy"):
            return _from_short(short, order)
    except (ValueError, OverflowError):
        return None
    return None


def date_orders(text: str) -> frozenset[str] | None:
    """The orders in which the text is a date, None when it is none in any.

    All three stand for a text that says its order itself.
    """
    if text != text.rstrip():
        return None
    found = _YMD.fullmatch(text)
    if (found and not found.group(5)) or (found and found.group(7)):
        return frozenset({"ymd", "dmy", "mdy"}) if _is_day(text, "ymd") else None
    if _NAMED.fullmatch(text):
        return frozenset({"ymd", "dmy", "mdy"}) if _is_day(text, "ymd") else None
    if _SHORT.fullmatch(text):
        return frozenset(order for order in ("dmy", "mdy") if _is_day(text, order)) or None
    return None


def as_truncated_int(text: str) -> int | None:
    """A whole number, or the whole part of a decimal one, when it fits 64 bits."""
    whole = as_int(text)
    if whole is not None:
        return whole
    number = as_float(text)
    if number is None or not math.isfinite(number) or abs(number) >= 2**63:
        return None
    return int(number)


def _is_day(text: str, order: str) -> bool:
    return as_nanoseconds(text, order) is not None


def _from_ymd(found: re.Match[str]) -> int | None:
    year, _, month, day, hour, minute, second, fraction, zone = found.groups()
    if zone and not hour:
        return None
    moment = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
    )
    if zone and zone not in ("Z", "UTC"):
        sign = -1 if zone[0] == "-" else 1
        shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment = moment.replace(tzinfo=timezone(sign * shift)).astimezone(UTC)
    return nanoseconds(moment.replace(tzinfo=None), int((fraction or "0").ljust(9, "0")))


def _from_short(found: re.Match[str], order: str) -> int | None:
    first, separator, second, year, hour, minute, seconds, half = found.groups()
    if half and separator != "/":
        return None
    day, month = (first, second) if order == "dmy" else (second, first)
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    return nanoseconds(
        datetime(int(year), int(month), int(day), hours, int(minute or 0), int(seconds or 0))
    )


def nanoseconds(moment: datetime, fraction: int = 0) -> int | None:
    """A naive UTC moment as nanoseconds since 1970; None when 64 bits do not hold it."""
    since = moment - _EPOCH
    value = (since.days * 86_400 + since.seconds) * 1_000_000_000 + fraction
    return value if _NS_MIN <= value <= _NS_MAX else None
