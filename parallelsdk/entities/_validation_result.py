"""``ValidationResult``: what was found wrong or odd, and where it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parallelsdk.exceptions import ErrorTarget, ValidationException


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What was found: ``error_messages`` and ``warnings`` map dotted paths to what is wrong."""

    error_messages: dict[str, str]
    warnings: dict[str, str]
    places: dict[str, str]  # path -> "pipeline.yml:47:5", where the job came from a file

    @property
    def passed(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not self.error_messages

    @classmethod
    def of(
        cls,
        errors: Mapping[str, str],
        warnings: Mapping[str, str],
        locate: Callable[[str], str],
        called: Callable[[str], str] = str,
    ) -> ValidationResult:
        """What was found by path; ``locate`` tells where a path is written, or "", and ``called``
        what its author calls it.
        """
        places = {called(path): locate(path) for path in (*errors, *warnings)}
        return cls(_called(errors, called), _called(warnings, called), places)

    def try_raise(self) -> None:
        """Raise one ValidationException that lists all errors with their places, or return."""
        if self.error_messages:
            lines = [self._line(path, text) for path, text in self.error_messages.items()]
            raise ValidationException("\n".join(lines), target=ErrorTarget.PIPELINE)

    def _line(self, path: str, message: str) -> str:
        place = self.places.get(path, "")
        return f"{place}: {path}: {message}" if place else f"{path}: {message}"

    def _to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"result": "Succeeded" if self.passed else "Failed"}
        for key, messages in (("errors", self.error_messages), ("warnings", self.warnings)):
            if messages:
                found[key] = [
                    {"message": text, "path": path, "location": self.places.get(path, "")}
                    for path, text in messages.items()
                ]
        return found

    def __str__(self) -> str:
        return json.dumps(self._to_dict(), indent=2)


def _called(found: Mapping[str, str], called: Callable[[str], str]) -> dict[str, str]:
    return {called(path): text for path, text in found.items()}
