"""Foreign text made safe to show: names and messages can hold anything, escape codes included."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
# Cc: control characters; Cf: invisible marks that reorder text; Cs: halves of no character
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, *, keep: str = _KEPT) -> str:
    r"""``text`` with control characters, direction marks and invalid bytes written as ``\x1b``.

    Characters in ``keep`` stay; pass ``""`` for a text that must remain one line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in keep or unicodedata.category(character) not in _HIDDEN
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )
