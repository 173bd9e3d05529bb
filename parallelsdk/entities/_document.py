"""A YAML file as plain values, with the line and column of every dotted path.

YAML enters here. The text is composed into nodes first, so that a wrong value can be answered with
its place, a key that stands twice is an error and no silent loss, and a file of nested aliases
cannot blow up memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final

import yaml

from parallelsdk._warning import warn_caller
from parallelsdk.entities._problems import Problems
from parallelsdk.exceptions import ValidationException
from parallelsdk.rules.paths import path_given

Source = str | os.PathLike[str] | IO[str] | IO[bytes]

_FAST: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")  # libyaml refuses them; a path may hold one
_TAG: Final = "tag:yaml.org,2002:"
_DEPTH: Final = 100
_FREE_NODES: Final = 100_000  # a document below this size may repeat aliases as it likes
_REPEATS: Final = 20  # above it, the expanded document may be this many times the written one


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file; ``file`` is its name as the user gave it, ``folder`` is absolute."""

    value: Any
    file: str
    folder: str
    marks: dict[str, tuple[int, int]] = field(default_factory=dict, repr=False)

    def knows(self, path: str) -> bool:
        """Whether the dotted ``path`` stands in the file."""
        return path in self.marks

    def place(self, path: str) -> str:
        """``"pipeline.yml:47:5"``: file, line and column of ``path`` or its nearest known ancestor.

        A step may hold what its component says. "" without a file.
        """
        if not self.file:
            return ""
        if path not in self.marks and path.replace(".component.", ".") in self.marks:
            path = path.replace(".component.", ".")
        while path and path not in self.marks:
            path = path.rpartition(".")[0]
        line, position = self.marks.get(path, (1, 1))
        return f"{self.file}:{line}:{position}"


def read_yaml(path: str | os.PathLike[str]) -> Any:
    """The plain values of a YAML file of somebody else's, in which of two equal keys the last one
    counts. Raises ValidationException when it is missing or broken.
    """
    return read_document(path, last_counts=True).value


def read_document(
    source: Source,
    relative_origin: str | os.PathLike[str] | None = None,
    *,
    last_counts: bool = False,
) -> Document:
    """The document in a file or stream.

    Relative paths in it belong to the file's folder, or to that of ``relative_origin``, itself a
    file's path. Raises ValidationException for a missing file and for text that is no YAML, with
    line and column.
    """
    text, file = _read_text(source)
    origin = file
    if relative_origin is not None:
        origin = path_given(relative_origin, "relative_origin")
    folder = os.path.dirname(os.path.abspath(origin)) if origin else os.getcwd()
    root = _compose(text, file)
    if root is None:
        return Document(None, file, folder)
    walk = _Walk(file, last_counts=last_counts)
    value = walk.value(root, "", 0)
    walk.problems.raise_all()
    return Document(value, file, folder, walk.marks)


def _read_text(source: Source) -> tuple[str, str]:
    if not isinstance(source, str | os.PathLike) and not hasattr(source, "read"):
        raise ValidationException(
            f"source: must be the path of a file, or an open one, found {source!r:.80}"
        )
    if isinstance(source, str | os.PathLike):
        file = os.fspath(source)
        try:
            with open(file, "rb") as stream:
                raw: str | bytes = stream.read()
        except FileNotFoundError:
            raise ValidationException(
                f"No such file or directory: {file!r}"
                + ("" if os.path.isabs(file) else f" (looked from {os.getcwd()})")
            ) from None
        except OSError as error:
            raise ValidationException(f"{file}: cannot be read: {error.strerror}") from error
        except ValueError as error:  # a zero byte, or what is no text
            raise ValidationException(f"{file!r} is no name of a file: {error}") from None
    else:
        raw, file = source.read(), getattr(source, "name", "")
        file = file if isinstance(file, str) and os.path.exists(file) else ""
    if isinstance(raw, str):
        return raw, file
    try:
        return raw.decode("utf-8-sig"), file
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValidationException(
            f"{file}:{line}: the text is no valid UTF-8; save it as UTF-8"
        ) from None


def _compose(text: str, file: str) -> yaml.Node | None:
    loader = yaml.SafeLoader if _SURROGATE.search(text) else _FAST
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=loader)
        return node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file or 'line'}:{mark.line + 1}:{mark.column + 1}" if mark else file
        raise ValidationException(f"{place}: this is no valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ValidationException(f"{file or 'text'}: this is no valid YAML: {error}") from None
    except RecursionError:
        raise ValidationException(f"{file or 'text'}: the YAML is nested too deeply") from None


class _Walk:
    """One pass over the composed nodes: values, marks and problems."""

    def __init__(self, file: str, *, last_counts: bool) -> None:
        self.file = file
        self._last_counts = last_counts  # of two equal keys; else they are a problem
        self.marks: dict[str, tuple[int, int]] = {}
        self.problems = Problems()
        self._written: set[int] = set()
        self._expanded = 0

    def value(self, node: yaml.Node, path: str, depth: int) -> Any:
        self._expanded += 1
        self._written.add(id(node))
        if depth > _DEPTH:
            self._give_up(node, "nested too deeply, or an alias that holds itself")
        if self._expanded > _FREE_NODES and self._expanded > _REPEATS * len(self._written):
            self._give_up(node, "its aliases expand to far more than what is written")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._member(item, item, _join(path, str(position)), depth)
                for position, item in enumerate(node.value)
            ]
        return self._scalar(node, path)

    def _member(self, mark_of: yaml.Node, node: yaml.Node, path: str, depth: int) -> Any:
        self.marks[path] = (mark_of.start_mark.line + 1, mark_of.start_mark.column + 1)
        return self.value(node, path, depth + 1)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problem(key, path, "a key must be a text")
                continue
            if key.tag == _TAG + "merge":
                for name, value in self._merged(item, path, depth):
                    found.setdefault(name, value)
                continue
            name, line = key.value, key.start_mark.line + 1
            if "\0" in name:
                self._problem(key, path, "a NUL character is part of no name; remove it")
                continue
            if name in lines:
                told = f"this key stands twice, also in line {lines[name]}"
                if self._last_counts:
                    place = f"{self.file}:{line}: {_join(path, name)}"
                    warn_caller(f"{place}: {told}; the last one counts")
                else:
                    self._problem(key, _join(path, name), told)
            lines[name] = line
            found[name] = self._member(key, item, _join(path, name), depth)
        return found

    def _merged(self, node: yaml.Node, path: str, depth: int) -> Iterator[tuple[str, Any]]:
        for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(part, yaml.MappingNode):
                yield from self.value(part, path, depth + 1).items()
            else:
                self._problem(part, path, "'<<' merges mappings only")

    def _scalar(self, node: yaml.Node, path: str) -> Any:
        tag = node.tag.removeprefix(_TAG)
        if "\0" in node.value:
            self._problem(node, path, "a NUL character is part of no text here; remove it")
            return None
        if tag in ("str", "timestamp"):  # a date stays the text that was written
            return node.value
        if tag not in ("int", "float", "bool", "null"):
            self._problem(node, path, f"the tag {node.tag!r} is not supported here; remove it")
            return None
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except ValueError as error:
            self._problem(node, path, f"{node.value[:40]!r} cannot be read as {tag}: {error}")
            return None

    def _problem(self, node: yaml.Node, path: str, message: str) -> None:
        mark = node.start_mark
        self.problems.add(
            f"{self.file}:{mark.line + 1}:{mark.column + 1}" if self.file else "", path, message
        )

    def _give_up(self, node: yaml.Node, message: str) -> None:
        self._problem(node, "", f"the YAML is refused: {message}")
        self.problems.raise_all()


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
