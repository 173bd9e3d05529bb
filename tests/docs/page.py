"""The code blocks of a Markdown page, each with the comment that says what to do with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CODE = ("python", "py", "sh", "bash", "console", "yaml", "yml")

_FENCE = re.compile(r"^( *)(`{3,})\{?([\w+-]*)\}?.*$")
_MARK = re.compile(r"^ *<!-- (run|file|shown)(?:: *(.*?))? *-->$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block. ``action`` is run, file or shown, or None when no comment stands before it."""

    place: str  # README.md:47
    language: str
    text: str
    action: str | None
    detail: str


def code_blocks(path: Path, shown_as: str) -> list[Block]:
    """All blocks of the page in a language that could be executed, in order."""
    blocks: list[Block] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        opened = _FENCE.match(lines[number])
        if opened is None:
            number += 1
            continue
        indent, ticks, language = opened.groups()
        end = number + 1
        while lines[end].strip() != ticks:
            end += 1
        if language in CODE:
            body = [line.removeprefix(indent) for line in lines[number + 1 : end]]
            action, detail = _mark(lines, number)
            place = f"{shown_as}:{number + 1}"
            blocks.append(Block(place, language, "\n".join(body) + "\n", action, detail))
        number = end + 1
    return blocks


def _mark(lines: list[str], fence: int) -> tuple[str | None, str]:
    """The comment on the nearest line above that is not empty."""
    above = fence - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    found = _MARK.match(lines[above]) if above >= 0 else None
    return (found[1], found[2] or "") if found else (None, "")
