"""``Place``: where the reader stands in a document, so that every complaint knows its line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from parallelsdk._expressions import whole
from parallelsdk._warning import warn_caller
from parallelsdk.entities._document import Document
from parallelsdk.entities._fields import Checked, Field
from parallelsdk.entities._problems import Problems
from parallelsdk.exceptions import MlException
from parallelsdk.rules.names import Names

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Place:
    """A dotted path in a document, and the list to which problems go."""

    document: Document
    problems: Problems
    path: str = ""

    @property
    def folder(self) -> str:
        """The folder to which relative paths in the document belong."""
        return self.document.folder

    def at(self, name: str) -> Place:
        """One step further down."""
        return replace(self, path=f"{self.path}.{name}" if self.path else name)

    def refuse(self, message: str, cause: BaseException | None = None) -> None:
        """A problem here; ``cause`` is the error that told it."""
        self.problems.add(self.document.place(self.path), self.path, message, cause)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turn what the entities raise into a problem here."""
        try:
            yield
        except (MlException, ValueError, TypeError) as error:
            name, _, rest = str(error).partition(": ")
            self.refuse(rest if rest and self.path.endswith(name) else str(error), error)

    def mapping(self, value: Any, what: str = "a mapping") -> dict[str, Any]:
        """``value`` if it is a mapping, {} for None; anything else is a problem, and {}."""
        if isinstance(value, Mapping):
            return dict(value)
        if value is not None:
            self.refuse(f"must be {what}, found {value!r}")
        return {}

    def names(self, values: Mapping[str, Any], known: Names) -> None:
        """Every name of ``values`` that means nothing here is a problem of its own."""
        for name, fault in known.faults(values).items():
            self.at(name).refuse(fault)

    def fields(
        self, target: Any, fields: Mapping[str, Field[Any]], values: Mapping[str, Any]
    ) -> None:
        """Set the declared fields of ``target`` that ``values`` holds, each bad one a problem of
        its own.
        """
        for name, field in fields.items():
            value = values.get(name)
            if value is None:
                continue
            here = self.at(name)
            if field.part is not None and isinstance(value, Mapping):
                target.__dict__[name] = here.part(field.part, value)
                continue
            try:
                target.__dict__[name] = field.check(here.whole_number(value, field))
            except ValueError as error:
                here.refuse(str(error), error)

    def whole_number(self, value: Any, field: Field[Any]) -> Any:
        """The whole number that Azure's files may also write as a text, or with a point."""
        if field.form.types[:1] != (int,) or isinstance(value, bool):
            return value
        if isinstance(value, str) and field.form.types == (int,) and _NUMBER.fullmatch(value):
            return int(value)
        if isinstance(value, float) and math.isfinite(value):
            if value != int(value):
                where = self.document.place(self.path)
                warn_caller(f"{where}: {self.path}: {value} counts as {int(value)}, as in Azure")
            return int(value)
        return value

    def part(self, cls: type[Checked], values: Mapping[str, Any]) -> Any:
        """An object of ``cls`` from its mapping; unknown keys stay where the class keeps them."""
        made = cls()
        self.fields(made, cls._fields, values)
        if cls.keeps_unknown:
            made.keep({k: v for k, v in values.items() if k not in cls._fields})
        elif cls.open_in_files:
            made.passed_over(cls.names().faults(values))
        else:
            self.names(values, cls.names())
        return made


def unbound(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without those that are bound to a pipeline input, which only a node may hold."""
    return {name: value for name, value in values.items() if not _from_parent(value)}


def _from_parent(value: object) -> bool:
    found = whole(value) if isinstance(value, str) else None
    return found is not None and found.path[0] == "parent"
