"""What the attributes of ``MLClient`` have in common: a pointer for what Azure alone offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from parallelsdk.exceptions import UnexpectedAttributeError
from parallelsdk.rules.absent import ABSENT_OF_OPERATIONS, out_of_scope


class Operations:
    """Methods for one kind of things in a workspace."""

    if not TYPE_CHECKING:  # type checkers know what is not there, and say so

        def __getattr__(self, name: str) -> NoReturn:
            owner = type(self).__name__
            if name in ABSENT_OF_OPERATIONS.get(owner, ()):
                raise UnexpectedAttributeError(out_of_scope(f"{owner}.{name}") + ".")
            told = f"{owner!r} object has no attribute {name!r}"
            raise AttributeError(told, name=name, obj=self)
