"""A command's shell line with its values kept out of the shell's hands.

Each placeholder becomes a variable reference, quoted for the place where it stands, and the values
travel in the environment. The shell expands a variable after it has parsed the line, so a value is
one word whatever it holds, and nothing in it is ever run.
"""

from __future__ import annotations

from collections.abc import Callable

from parallelsdk.planning.plan import Reference, Word

VARIABLE = "PARALLELSDK_VALUE_{}"


def shell_line(command: Word, value: Callable[[Reference], str]) -> tuple[str, dict[str, str]]:
    """The line to give to a POSIX shell and the environment variables that it refers to."""
    text = ""
    environment: dict[str, str] = {}
    context = _Context()
    for part in command.parts:
        if isinstance(part, str):
            context.read(part)
            text += part
            continue
        name = VARIABLE.format(len(environment) + 1)
        environment[name] = value(part)
        text += context.reference(name)
    return text, environment


class _Context:
    """In which quotes the end of a shell line stands. Knows quotes, escapes, $( ) and comments."""

    def __init__(self) -> None:
        self._open: list[str] = []  # of: ' " ` ( #
        self._escaped = False
        self._before = " "

    def read(self, text: str) -> None:
        """Go on over ``text``."""
        for character in text:
            self._step(character)
            self._before = character

    def reference(self, name: str) -> str:
        """How a variable is written here so that its value is taken verbatim."""
        inside = self._open[-1] if self._open else ""
        self._before = "x"
        self._escaped = False
        if inside == "'":
            return f"'\"${{{name}}}\"'"
        if inside == '"':
            return f"${{{name}}}"
        return f'"${{{name}}}"'

    def _step(self, character: str) -> None:
        inside = self._open[-1] if self._open else ""
        if self._escaped:
            self._escaped = False
        elif inside == "#":
            if character == "\n":
                self._open.pop()
        elif inside == "'":
            if character == "'":
                self._open.pop()
        elif character == "\\":
            self._escaped = True
        else:
            self._quote(character, inside)

    def _quote(self, character: str, inside: str) -> None:
        if character in '"`' and inside == character:
            self._open.pop()
        elif character in '"`':
            self._open.append(character)
        elif character == "(" and (self._before == "$" or inside in ("(", "")):
            self._open.append("(")
        elif character == ")" and inside == "(":
            self._open.pop()
        elif character == "'" and inside != '"':
            self._open.append("'")
        elif character == "#" and inside != '"' and self._before in " \t\n;&|(":
            self._open.append("#")
