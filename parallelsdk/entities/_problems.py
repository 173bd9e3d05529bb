"""Problems are collected and told all at once: one line each, with place, path and what to do."""

from __future__ import annotations

import re

from parallelsdk.exceptions import ErrorTarget, ValidationException

_PLACE = re.compile(r"(.*):(\d+):(\d+)")


class Problems:
    """A growing list of lines ``pipeline.yml:47:5: jobs.score.mini_batch_size: what is wrong``."""

    def __init__(self) -> None:
        self._found: dict[
            str, tuple[int, int, int]
        ] = {}  # the line, and where it stands in the list
        self._files: list[str] = []

    def add(self, place: str, path: str, message: str) -> None:
        """One more problem; an empty ``place`` or ``path`` is left out."""
        match = _PLACE.fullmatch(place)
        file, line, column = match.groups() if match else (place, "0", "0")
        if file not in self._files:
            self._files.append(file)
        text = ": ".join(piece for piece in (place, path, message) if piece)
        self._found.setdefault(text, (self._files.index(file), int(line), int(column)))

    def raise_all(self) -> None:
        """Raise one ValidationException that lists all problems by line, if there are any."""
        if self._found:
            lines = sorted(self._found, key=lambda text: self._found[text])
            raise ValidationException("\n".join(lines), target=ErrorTarget.PIPELINE)
