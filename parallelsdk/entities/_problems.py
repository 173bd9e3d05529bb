"""Problems are collected and told all at once: one line each, with place, path and what to do."""

from __future__ import annotations

import re

from parallelsdk.exceptions import (
    BadDefaultError,
    BadFileError,
    BadValueError,
    ErrorTarget,
    UserErrorException,
    ValidationException,
)

_INTO_STEP = re.compile(r"jobs\.[^.]+\.(component\.)?")
_PLACE = re.compile(r"(.*):(\d+):(\d+)")


class Problems:
    """A growing list of lines ``pipeline.yml:47:5: jobs.score.mini_batch_size: what is wrong``."""

    def __init__(self) -> None:
        self._found: dict[
            str, tuple[int, int, int]
        ] = {}  # the line, and where it stands in the list
        self._files: list[str] = []
        self._causes: list[BaseException] = []
        self._paths: list[str] = []

    def add(self, place: str, path: str, message: str, cause: BaseException | None = None) -> None:
        """One more problem; an empty ``place`` or ``path`` is left out.

        ``cause`` is what was raised for the value alone; who catches that also catches the whole.
        """
        if cause is not None:
            self._causes.append(cause)
        self._paths.append(path)
        match = _PLACE.fullmatch(place)
        file, line, column = match.groups() if match else (place, "0", "0")
        if file not in self._files:
            self._files.append(file)
        text = ": ".join(piece for piece in (place, path, message) if piece)
        self._found.setdefault(text, (self._files.index(file), int(line), int(column)))

    def __bool__(self) -> bool:
        return bool(self._found)

    def touch(self, path: str) -> bool:
        """Whether something at ``path``, above it or below it is told already.

        A path that leads into a step counts from there, too: that is how its component's file,
        whose problems stand here as well, calls the same place.
        """
        inner = _INTO_STEP.sub("", path)
        return any(
            known in (path, inner)
            or _above(known, path)
            or _above(path, known)
            or _above(known, inner)
            or _above(inner, known)
            for known in self._paths
        )

    def raise_all(self) -> None:
        """Raise one ValidationException that lists all problems by line, if there are any."""
        if self._found:
            lines = sorted(self._found, key=lambda text: self._found[text])
            raise self._class()("\n".join(lines), target=ErrorTarget.PIPELINE)

    def _class(self) -> type[ValidationException]:
        value = any(isinstance(cause, ValueError) for cause in self._causes)
        default = any(isinstance(cause, UserErrorException) for cause in self._causes)
        if value and default:
            return BadFileError
        if default:
            return BadDefaultError
        return BadValueError if value else ValidationException


def _above(path: str, other: str) -> bool:
    return not path or other.startswith(path + ".")
