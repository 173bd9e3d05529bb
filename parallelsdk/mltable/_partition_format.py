"""The partition format: columns that are read from a file's path.

Alone, because planning groups files by it and readers add its columns. The format must fit the end
of the path, at the latest place where it fits; Azure's reader takes the first place anywhere in the
absolute path, so that a parent folder's name decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_FIELD: Final = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}|\*|.", re.DOTALL)
_DATE_PART: Final = re.compile(r"yyyy|MM|dd|HH|mm|ss|.", re.DOTALL)
_DATE_PARTS: Final = ("yyyy", "MM", "dd", "HH", "mm", "ss")
_DATE_DEFAULTS: Final = (1, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PartitionFormat:
    """A partition format, ready to be matched. ``keys`` in order, the date's key last."""

    text: str
    keys: tuple[str, ...]
    date_key: str | None
    _pattern: re.Pattern[str]
    _order: tuple[str, ...]  # the key of each group

    @classmethod
    def parse(cls, text: str) -> PartitionFormat:
        """Raises ValueError, saying what is wrong, for a text that is no partition format."""
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
            raise ValueError("a brace in it has no counterpart")
        groups: list[str] = []
        dates: list[str] = []
        body = "".join(_translate(text.lstrip("/"), groups, dates))
        if not groups:
            raise ValueError("it holds no {key}")
        if len(dates) > 1:
            raise ValueError("it holds two dates; there can be one")
        # "a/{x}/" says nothing of the file's name, anything else reaches to the end of the path.
        rest = ".*" if text.endswith("/") else ""
        pattern = re.compile(f"(?:.*/)?{body}{rest}", re.DOTALL)
        plain = [key for key in groups if key not in dates]
        return cls(text, (*plain, *dates), dates[0] if dates else None, pattern, tuple(groups))

    def values(self, path: str) -> dict[str, str] | None:
        """The text of each key in ``path``, in the order of ``keys``; None where none fits."""
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        texts = dict(zip(self._order, found.groups(), strict=True))
        return {key: texts[key] for key in self.keys}

    def date(self, text: str) -> datetime | None:
        """The date that the text of the date's key stands for; None when there is no such day."""
        spec = _date_spec(self.text)
        parts = dict.fromkeys(_DATE_PARTS, 0) | dict(zip(_DATE_PARTS, _DATE_DEFAULTS, strict=True))
        place = 0
        for token in _DATE_PART.findall(spec):
            if token in parts:
                parts[token] = int(text[place : place + len(token)])
            place += len(token)
        try:
            return datetime(*parts.values())  # type: ignore[arg-type]
        except ValueError:
            return None


def _translate(text: str, groups: list[str], dates: list[str]) -> Iterator[str]:
    for found in _FIELD.finditer(text):
        key, spec = found.group(1), found.group(2)
        if key is None:
            yield ".*?" if found.group() == "*" else re.escape(found.group())
        elif spec is not None:
            if not spec.startswith("yyyy"):
                raise ValueError(f"the date of {key!r} must begin with yyyy")
            if key in groups:
                raise ValueError(f"the key {key!r} stands there twice")
            groups.append(key)
            dates.append(key)
            parts = _DATE_PART.findall(spec)
            body = "".join(
                rf"\d{{{len(part)}}}" if part in _DATE_PARTS else re.escape(part) for part in parts
            )
            yield f"({body})"
        elif key in groups:
            yield r"[^/\\]+"
        else:
            groups.append(key)
            yield r"([^/\\]+)"


def _date_spec(text: str) -> str:
    return next(found.group(2) for found in _FIELD.finditer(text) if found.group(2) is not None)
