"""What a table of the suite consists of, and short ways to make one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# What is in a file: its bytes, or something that writes it (or a folder of files).
Content = bytes | str | Callable[[Path], None]
Step = str | dict[str, Any]
SIGNS = {
    "**": "stars", "*": "star", "?": "any", "!=": "unequal", "!": "not", "==": "equals",
    ">=": "least", "<=": "most", "<>": "unequal", ">": "above", "<": "below", "+": "plus",
    "-": "minus", "//": "floor", "/": "slash", "%": "modulo", "&": "and", "=": "is", ".": "dot",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is not written yet. ``unordered`` says that the order of rows means nothing."""

    name: str
    mltable: str
    files: Mapping[str, Content]
    differs: str | None = None
    unordered: bool = False

    def write(self, folder: Path) -> None:
        """Write the MLTable file and its data."""
        for name, content in {"MLTable": self.mltable, **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                path.write_bytes(content.encode())
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                content(path)


def table(
    name: str,
    files: Mapping[str, Content],
    *steps: Step,
    paths: Iterable[dict[str, str]] | None = None,
    unordered: bool = False,
) -> Table:
    """A table of ``files``, each of them in ``paths`` unless given, with these steps."""
    listed = [{"file": f"./{file}"} for file in files] if paths is None else list(paths)
    document: dict[str, Any] = {"type": "mltable", "paths": listed}
    if steps:
        document["transformations"] = list(steps)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return Table(name, text, files, unordered=unordered)


def delimited(
    name: str,
    content: Content | Mapping[str, Content],
    *steps: Step,
    paths: Iterable[dict[str, str]] | None = None,
    unordered: bool = False,
    **options: Any,
) -> Table:
    """A table of delimited text: one file or several, ``read_delimited`` and then the steps."""
    files = content if isinstance(content, Mapping) else {"a.csv": content}
    reader: Step = {"read_delimited": options} if options else "read_delimited"
    return table(name, files, reader, *steps, paths=paths, unordered=unordered)


def lines(*rows: str) -> str:
    """The rows, each with a line break."""
    return "".join(f"{row}\n" for row in rows)


def spoken(text: str) -> str:
    """``text`` as part of a table's name, which has no dots because formats look for them."""
    for sign, word in SIGNS.items():
        text = text.replace(sign, f" {word} ")
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")
