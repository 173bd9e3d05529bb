"""Which files of a code folder are not code: built-in names and the user's ignore file.

Alone, because the pattern language is a small thing of its own: that of ``.gitignore``, read from
``.amlignore`` when there is one, else from ``.gitignore``, in the folder's root only.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from parallelsdk.exceptions import ErrorTarget, ValidationException

NEVER_CODE: Final = frozenset({"__pycache__", ".git", ".parallelsdk", ".ipynb_checkpoints"})


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    folders_only: bool
    keeps: bool  # the line began with "!"


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules of one code folder; the last rule that matches decides."""

    rules: tuple[_Rule, ...] = ()

    @classmethod
    def of_folder(cls, folder: str) -> IgnoreRules:
        """The rules of the folder's ``.amlignore``, or of its ``.gitignore``, or none."""
        path = ignore_file(folder)
        if path is None:
            return cls()
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return cls.parse(file.read(), path)

    @classmethod
    def parse(cls, text: str, path: str = "") -> IgnoreRules:
        """The rules written in ``text``, that of the file ``path``; blank lines and ``#`` comments
        are none. Raises ValidationException, with the line, for a pattern that is none.
        """
        rules = []
        for number, line in enumerate(text.splitlines(), 1):
            line = line.rstrip()
            if line and not line.startswith("#"):
                try:
                    rules.append(_rule(line))
                except re.error as error:
                    raise ValidationException(
                        f"{path}:{number}: {line!r} is no pattern of files: {error}",
                        target=ErrorTarget.CODE,
                    ) from error
        return cls(tuple(rules))

    def leaves_out(self, relative: str) -> bool:
        """Whether the file at ``relative`` (with ``/``), or a folder that it is in, is left out."""
        parts = relative.split("/")
        folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        return self.excludes(relative, is_folder=False) or any(
            self.excludes(folder, is_folder=True) for folder in folders
        )

    def excludes(self, relative: str, *, is_folder: bool) -> bool:
        """Whether the file or folder at ``relative`` (with ``/``) is left out."""
        if relative.rpartition("/")[2] in NEVER_CODE:
            return True
        excluded = False
        for rule in self.rules:
            if (is_folder or not rule.folders_only) and rule.pattern.fullmatch(relative):
                excluded = not rule.keeps
        return excluded


def ignore_file(folder: str) -> str | None:
    """The file whose rules count in ``folder``: its ``.amlignore``, else its ``.gitignore``."""
    paths = (os.path.join(folder, name) for name in (".amlignore", ".gitignore"))
    return next(filter(os.path.isfile, paths), None)


def _rule(line: str) -> _Rule:
    keeps = line.startswith("!")
    text = line[1:] if keeps else line
    if text.startswith("\\"):
        text = text[1:]
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    body = _translate(text.lstrip("/"))
    pattern = re.compile(body if anchored else f"(?:.*/)?{body}", re.DOTALL)
    return _Rule(pattern, folders_only, keeps)


def _translate(text: str) -> str:
    pieces = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    result = ""
    for piece in re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|\[[^]]+\]|.", text, re.DOTALL):
        if piece in pieces:
            result += pieces[piece]
        elif piece.startswith("[") and len(piece) > 2:
            result += "[" + ("^" + piece[2:-1] if piece[1] == "!" else piece[1:-1]) + "]"
        else:
            result += re.escape(piece)
    return result
