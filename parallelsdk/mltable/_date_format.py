"""Date formats such as ``%Y-%m-%d %H:%M``, as convert_column_types takes them.

Alone, because neither the standard library's nor Arrow's parser follows the reference: numbers need
no padding, a fraction has one to nine digits and may be missing with its dot, years from 70 on are
those of 1970, and parts that a format does not have are the first of their kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from parallelsdk.mltable._values import MONTHS, nanoseconds

_FULL_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_COMPOSED: Final = {"F": "%Y-%m-%d", "T": "%H:%M:%S"}
_PARTS: Final = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "b": rf"(?P<b>{'|'.join(MONTHS)})",
    "B": rf"(?P<B>{'|'.join((*_FULL_MONTHS, *MONTHS))})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[ap]m)",
    "z": r"(?P<z>Z|UTC|[+-]\d{2}:?\d{2})",
    "a": r"(?:mon|tue|wed|thu|fri|sat|sun)",
    "A": r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)",
    "%": "%",
}
_DIRECTIVE: Final = re.compile(r"%(.)|(\.(?=%f))|(\s+)|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A format, ready to be matched."""

    _pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> DateFormat:
        """Raises ValueError, saying what is wrong, for a text that is no format of dates."""
        for letter, written in _COMPOSED.items():
            text = text.replace(f"%{letter}", written)
        body: list[str] = []
        seen: set[str] = set()
        optional = False
        for found in _DIRECTIVE.finditer(text):
            letter, dot, blanks, plain = found.groups()
            if dot:
                optional = True
            elif letter == "f":
                body.append(rf"(?:{'[.]' if optional else ''}{_part(letter, seen)})?")
            elif letter is not None:
                body.append(_part(letter, seen))
            else:
                body.append(r"\s+" if blanks else re.escape(plain))
        if not seen & {"Y", "y", "m", "b", "B", "d"}:
            raise ValueError("it has no date, only a time")
        return cls(re.compile("".join(body), re.IGNORECASE))

    def nanoseconds(self, text: str) -> int | None:
        """The text as UTC nanoseconds since 1970; None when it is no such date."""
        found = self._pattern.fullmatch(text.strip())
        if found is None:
            return None
        parts = {key: value for key, value in found.groupdict().items() if value is not None}
        try:
            moment = datetime(
                _year(parts),
                _month(parts),
                int(parts.get("d", 1)),
                _hour(parts),
                int(parts.get("M", 0)),
                int(parts.get("S", 0)),
            )
            if "z" in parts:
                moment = moment.replace(tzinfo=_zone(parts["z"])).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return nanoseconds(moment.replace(tzinfo=None), int(parts.get("f", "0").ljust(9, "0")))


def _part(letter: str, seen: set[str]) -> str:
    if letter not in _PARTS:
        known = ", ".join(f"%{name}" for name in (*_PARTS, *_COMPOSED))
        raise ValueError(f"it has %{letter}; there are {known}")
    if letter in seen:
        raise ValueError(f"%{letter} stands there twice")
    if letter != "%":
        seen.add(letter)
    return _PARTS[letter]


def _year(parts: dict[str, str]) -> int:
    if "Y" in parts:
        return int(parts["Y"])
    if "y" in parts:
        short = int(parts["y"])
        return short + (2000 if short <= 69 else 1900)
    return 1970


def _month(parts: dict[str, str]) -> int:
    name = parts.get("B") or parts.get("b")
    if name is not None:
        return MONTHS.index(name[:3].lower()) + 1
    return int(parts.get("m", 1))


def _hour(parts: dict[str, str]) -> int:
    if "I" not in parts:
        return int(parts.get("H", 0))
    hour = int(parts["I"])
    if not 1 <= hour <= 12:
        raise ValueError("no hour of a clock with twelve")
    return hour % 12 + (12 if parts.get("p", "am").lower() == "pm" else 0)


def _zone(text: str) -> timezone:
    if text.upper() in ("Z", "UTC"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
