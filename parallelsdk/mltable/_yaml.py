"""YAML whose every value knows its line, so that an error can say where.

Alone, because this is YAML's door into the room: a safe loader, and bounds on what a document may
expand to (an alias of aliases grows without limit in whoever walks the tree).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from parallelsdk.exceptions import ErrorTarget, ValidationException

_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_VALUES: Final = 100_000
_MOST_DEPTH: Final = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A value and its place: a scalar, a mapping of texts to items, or a list of items."""

    value: Any
    file: str
    line: int

    def problem(self, text: str) -> ValidationException:
        """The error that says ``text`` of this value's place."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ValidationException(f"{place}: {text}", target=ErrorTarget.DATA)

    def mapping(self, what: str, known: frozenset[str]) -> dict[str, Item]:
        """The mapping that this is. Raises when it is none, or has a key outside ``known``."""
        if not isinstance(self.value, dict):
            raise self.problem(f"{what} must be a mapping, not {self.describe()}.")
        for key, item in self.value.items():
            if key not in known:
                names = ", ".join(sorted(known))
                raise item.problem(f"{what} has no key {key!r}; it knows {names}.")
        return dict(self.value)

    def items(self, what: str) -> list[Item]:
        """The list that this is. Raises when it is none."""
        if not isinstance(self.value, list):
            raise self.problem(f"{what} must be a list, not {self.describe()}.")
        return self.value

    def text(self, what: str) -> str:
        """The text that this is. Raises when it is none, or empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.problem(f"{what} must be a text, not {self.describe()}.")
        return self.value

    def boolean(self, what: str) -> bool:
        """The boolean that this is. Raises when it is none."""
        if not isinstance(self.value, bool):
            raise self.problem(f"{what} must be true or false, not {self.describe()}.")
        return self.value

    def integer(self, what: str, least: int) -> int:
        """The whole number that this is. Raises when it is none, or below ``least``."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < least:
            raise self.problem(
                f"{what} must be a whole number from {least} up, not {self.describe()}."
            )
        return self.value

    def texts(self, what: str) -> list[str]:
        """The texts that this is: one, or a list of them."""
        if isinstance(self.value, list):
            return [item.text(what) for item in self.value]
        return [self.text(what)]

    def describe(self) -> str:
        """The value in a message: short, its kind rather than its depth."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        return "nothing" if self.value is None else repr(self.value)[:80]


def read_yaml(data: bytes, name: str) -> Item:
    """The document in ``data``, which is that of the file ``name``.

    Raises ValidationException with file and line.
    """
    if len(data) > _MOST_BYTES:
        raise Item(None, name, 1).problem(f"The file is over {_MOST_BYTES} bytes long.")
    loader = None
    try:
        loader = _Loader(data)
        node = loader.get_single_node()
        if node is None:
            raise Item(None, name, 1).problem("The file is empty.")
        return _Walk(loader, name).item(node, 0)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark else 1
        raise Item(None, name, line).problem(f"This is not valid YAML: {text}.") from error
    except (RecursionError, ValueError) as error:
        raise Item(None, name, 1).problem(f"This is not valid YAML: {error}.") from error
    finally:
        if loader is not None:
            loader.dispose()


def item_of(value: Any, name: str) -> Item:
    """A value of Python as an item, for documents that are no files."""
    if isinstance(value, Mapping):
        return Item({str(k): item_of(v, name) for k, v in value.items()}, name, 0)
    if isinstance(value, list | tuple):
        return Item([item_of(v, name) for v in value], name, 0)
    return Item(value, name, 0)


def plain(item: Item) -> Any:
    """The value of an item without places."""
    if isinstance(item.value, Mapping):
        return {key: plain(value) for key, value in item.value.items()}
    if isinstance(item.value, list):
        return [plain(value) for value in item.value]
    return item.value


def write_yaml(value: Any) -> str:
    """Plain values as a YAML document, keys sorted."""
    return yaml.safe_dump(value, sort_keys=True, allow_unicode=True)


class _Loader(yaml.SafeLoader):
    """Stops at a number of nodes: a few megabytes of them would take minutes to compose."""

    left = _MOST_VALUES

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.left -= 1
        if self.left < 0:
            raise yaml.YAMLError(f"it holds more than {_MOST_VALUES} values")
        return super().compose_node(parent, index)


class _Walk:
    """From YAML's nodes to items, counted so that aliases cannot explode."""

    def __init__(self, loader: yaml.SafeLoader, file: str) -> None:
        self._loader = loader
        self._file = file
        self._left = _MOST_VALUES

    def item(self, node: yaml.Node, depth: int) -> Item:
        line = node.start_mark.line + 1
        self._left -= 1
        if self._left < 0 or depth > _MOST_DEPTH:
            raise Item(None, self._file, line).problem("The document expands without bound.")
        if isinstance(node, yaml.MappingNode):
            return Item(self._mapping(node, depth), self._file, line)
        if isinstance(node, yaml.SequenceNode):
            values = [self.item(child, depth + 1) for child in node.value]
            return Item(values, self._file, line)
        scalar: Any = self._loader.construct_object(node)
        return Item(scalar, self._file, line)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Mapping[str, Item]:
        result: dict[str, Item] = {}
        for key_node, value_node in node.value:
            key = self.item(key_node, depth + 1)
            if not isinstance(key.value, str):
                raise key.problem(f"A key must be a text, not {key.describe()}.")
            if key.value in result:
                raise key.problem(f"The key {key.value!r} stands here a second time.")
            value = self.item(value_node, depth + 1)
            # A value that is left out has no place of its own; that of its key is what helps.
            result[key.value] = Item(value.value, self._file, max(key.line, value.line))
        return result
