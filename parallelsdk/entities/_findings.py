"""What validation collects, and the check of a value against its declaration."""

from __future__ import annotations

from typing import Any

from parallelsdk.constants import LITERAL_TYPES
from parallelsdk.entities._fields import Binding
from parallelsdk.entities._io import Input
from parallelsdk.rules import literals


class Findings:
    """Errors and warnings by dotted path, in the order in which they were found."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}
        self.warnings: dict[str, str] = {}

    def error(self, path: str, message: str | None) -> None:
        """One more error; None is no error."""
        path = path.lstrip(".")
        if message and message not in self.errors.get(path, ""):
            self.errors[path] = "; ".join(filter(None, [self.errors.get(path), message]))

    def warn(self, path: str, message: str) -> None:
        """One more warning."""
        self.warnings.setdefault(path, message)


def unclosed(text: str) -> str | None:
    """Why a text between placeholders is suspicious, or None."""
    return "a '${{' is empty or not closed by '}}'" if "${{" in text else None


def check_literal(value: Any, declared: Input, path: str, findings: Findings) -> None:
    """Say what is wrong, or odd, with a literal that is given at ``path``."""
    findings.error(path, check_value(value, declared))
    if note := literals.coercion(value, declared.type):
        findings.warn(path, note)


def check_value(value: Any, declared: Input) -> str | None:
    """Why a given value does not fit its declaration, or None. Texts with placeholders are let
    through.
    """
    if isinstance(value, Binding) or declared.type is None:
        return None
    if isinstance(value, Input):
        if declared.type in LITERAL_TYPES:
            return f"is of type {declared.type}, found data at {value.path!r}"
        return None
    if declared.type not in LITERAL_TYPES:
        return f"is of type {declared.type}, found the literal {value!r}; give data with a path"
    if isinstance(value, str) and "${{" in value:
        return None
    return declared.fault_of(value)
