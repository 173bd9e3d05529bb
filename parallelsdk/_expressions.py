"""The language of ``${{ }}`` and ``$[[ ]]``: find placeholders in a text, fill them, split around
them.

Pure text: what a placeholder means is the caller's business. ``${{inputs.x}}`` is a reference,
``$[[ --flag ${{inputs.x}} ]]`` is a fragment that vanishes when a reference in it is not set.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\$\{\{\s*([^{}]*[^{}\s])\s*\}\}")
_OPTIONAL: Final = re.compile(r"\$\[\[(.*?)\]\]", re.DOTALL)
_MARK: Final = re.compile("\0([0-9]+)\0")


@dataclass(frozen=True, slots=True)
class Expression:
    """One placeholder: ``path`` is what stands between the braces, split at the dots."""

    path: tuple[str, ...]
    text: str


def expressions(text: str) -> list[Expression]:
    """All placeholders of ``text``, in order."""
    return [_expression(match) for match in _PLACEHOLDER.finditer(text)]


def whole(text: str) -> Expression | None:
    """The placeholder that ``text`` consists of, or None when it holds anything else."""
    match = _PLACEHOLDER.fullmatch(text.strip())
    return _expression(match) if match else None


def split_parts(text: str) -> list[str | Expression]:
    """``text`` as literal texts and placeholders in order, without empty texts."""
    parts: list[str | Expression] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [text[end : match.start()], _expression(match)]
        end = match.end()
    parts.append(text[end:])
    return [part for part in parts if part != ""]


def fill(text: str, resolve: Callable[[Expression], str]) -> str:
    """``text`` with every placeholder replaced by what ``resolve`` answers, once, not again."""
    return _PLACEHOLDER.sub(lambda match: resolve(_expression(match)), text)


def drop_optional(text: str, is_set: Callable[[Expression], bool]) -> str:
    """``text`` with each ``$[[ ]]`` opened when all references in it are set, and removed
    otherwise.
    """

    def keep(match: re.Match[str]) -> str:
        inside = match[1]
        return inside if all(is_set(item) for item in expressions(inside)) else ""

    return _OPTIONAL.sub(keep, text)


def split_words(text: str) -> list[list[str | Expression]]:
    """``text`` cut into words as a shell cuts it, each word as literal texts and placeholders.

    A placeholder never splits, quotes or ends a word, whatever stands inside its braces. Raises
    ValueError on an unbalanced quote or a NUL character.
    """
    if "\0" in text:
        raise ValueError("a NUL character cannot be part of an argument")
    found: list[Expression] = []

    def mark(match: re.Match[str]) -> str:
        found.append(_expression(match))
        return f"\0{len(found) - 1}\0"

    try:
        words = shlex.split(_PLACEHOLDER.sub(mark, text))
    except ValueError as error:
        raise ValueError(f"unbalanced quote or a lone backslash at the end: {text!r}") from error
    return [_unmark(word, found) for word in words]


def _unmark(word: str, found: list[Expression]) -> list[str | Expression]:
    pieces = _MARK.split(word)  # text, number, text, number, ..., text
    parts: list[str | Expression] = [
        found[int(piece)] if position % 2 else piece for position, piece in enumerate(pieces)
    ]
    return [part for part in parts if part != ""] or [""]


def _expression(match: re.Match[str]) -> Expression:
    return Expression(tuple(part.strip() for part in match[1].split(".")), match[0])
