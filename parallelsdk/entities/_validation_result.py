"""``ValidationResult``: what was found wrong or odd, and where it is written."""

from __future__ import annotations

import json
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
