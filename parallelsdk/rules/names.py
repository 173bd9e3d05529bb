"""Which names are known at a place, what an unknown one may have meant, and where it belongs."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

_MOST_LISTED = 12


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was probably meant to be, whatever its case, or begins."""
    form, by_form = _form(str(word)), {_form(name): name for name in known}
    found = difflib.get_close_matches(form, by_form, 1, 0.6)
    if not found:
        found = [name for name in by_form if name.startswith(f"{form}_")]
    return by_form[found[0]] if len(found) == 1 else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """The end of a message on an unknown word: the nearest known one, or all if they are few."""
    names = list(known)
    near = nearest(word, names)
    if near is not None:
        return f"; did you mean {near!r}?"
    if not names:
        return "; there are none"
    return "; known are " + ", ".join(names) if len(names) <= _MOST_LISTED else ""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that have a meaning in one kind of mapping; None: every name has.

    ``elsewhere`` maps names that people write here to where they belong, in words.
    """

    known: frozenset[str] | None
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def fault(self, name: str) -> str | None:
        """What is wrong with ``name`` here, as the end of a message; None if it is known."""
        if self.known is None or name in self.known:
            return None
        return "means nothing here" + self._hint(name, self.known)

    def faults(self, names: Collection[str]) -> dict[str, str]:
        """The same for several names, of those that are not known."""
        return {name: fault for name in names if (fault := self.fault(name)) is not None}

    def _hint(self, name: str, known: frozenset[str]) -> str:
        if name in self.elsewhere:
            return f"; it belongs to {self.elsewhere[name]}"
        here = nearest(name, known)
        if here is not None:
            return f"; did you mean {here!r}?"
        there = nearest(name, self.elsewhere)
        if there is not None:
            return f"; did you mean {there!r}, which belongs to {self.elsewhere[there]}?"
        return did_you_mean(name, sorted(known)) or "; remove it"


ANY = Names(None)


def _form(word: str) -> str:
    return word.lower().replace("-", "_")
