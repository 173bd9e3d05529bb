"""What is wrong with a job, collected: a user mends a file once, not once for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parallelsdk.exceptions import ErrorTarget, ValidationException


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the dotted path of what holds it, where that is written, and what to do."""

    path: str  # such as "jobs.score.inputs.data"
    place: str  # such as "pipeline.yml:12:5"; empty for jobs built in Python
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.path, self.message) if part)


class Problems:
    """Problems and warnings in the order of their discovery, each once."""

    def __init__(self, locate: Callable[[str], str]) -> None:
        self._locate = locate
        self._found: dict[Problem, None] = {}
        self._warnings: dict[Problem, None] = {}

    def add(self, path: str, message: str) -> None:
        """Note a problem of the part of the job at ``path``."""
        self._found[Problem(path, self._locate(path), message)] = None

    def warn(self, path: str, message: str) -> None:
        """Note something odd that does not stand in the way."""
        self._warnings[Problem(path, self._locate(path), message)] = None

    @property
    def found(self) -> list[Problem]:
        """The problems so far."""
        return list(self._found)

    @property
    def warnings(self) -> list[Problem]:
        """The warnings so far."""
        return list(self._warnings)


def title_of(display_name: str | None, file: str | None, name: str | None) -> str:
    """A job in a message: by what its author calls it, and by no name that it was only to get."""
    if display_name:
        return f'The pipeline "{display_name}"'
    return file or (f'The job "{name}"' if name else "The job")


def refusal(job: str, problems: list[str]) -> ValidationException:
    """The exception that lists all ``problems`` of the job that is called ``job``."""
    if len(problems) == 1 and problems[0].startswith(f"{job}:"):
        text = problems[0]  # the file is named already
    elif len(problems) == 1:
        text = f"{job} cannot run: {problems[0]}"
    else:
        lines = "".join(f"\n  {problem}" for problem in problems)
        text = f"{job} cannot run; {len(problems)} problems were found:{lines}"
    return ValidationException(text, target=ErrorTarget.PIPELINE)
