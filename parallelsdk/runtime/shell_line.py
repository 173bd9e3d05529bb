"""A command's shell line with its values kept out of the shell's hands: they travel beside it."""

from __future__ import annotations

from collections.abc import Callable

from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.planning.plan import Reference, Word
from parallelsdk.planning.shell import is_whole_number, shell_text

VARIABLE = "PARALLELSDK_VALUE_{}"


def shell_line(command: Word, value: Callable[[Reference], str]) -> tuple[str, dict[str, str]]:
    """The line to give to a POSIX shell and the environment variables that it refers to.

    Raises ValidationException for a placeholder that cannot stand where it does, which planning
    tells of before anything runs.
    """
    found = shell_text(command, VARIABLE, lambda reference: is_whole_number(value(reference)))
    if found.faults:
        told = "; ".join(
            f"${{{{{fault.reference.kind}.{fault.reference.name}}}}} {fault.message}"
            for fault in found.faults
        )
        raise ValidationException(f"The command cannot be run: {told}.", target=ErrorTarget.JOB)
    names = (VARIABLE.format(number) for number in range(1, len(found.references) + 1))
    return found.text, dict(zip(names, map(value, found.references), strict=True))
