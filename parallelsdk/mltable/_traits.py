"""What an MLTable says of its columns and of itself, beside the data."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from parallelsdk.exceptions import UserErrorException


class Traits:
    """``timestamp_column`` and ``index_columns`` of a table, which keep them from being dropped."""

    def __init__(self, content: MutableMapping[str, Any]) -> None:
        self._content = content

    @property
    def timestamp_column(self) -> str:
        """The column of times. UserErrorException when none is named."""
        found: str = self._get("timestamp_column")
        return found

    @timestamp_column.setter
    def timestamp_column(self, name: str) -> None:
        if not isinstance(name, str):
            raise UserErrorException(f"timestamp_column: must be a text, found {name!r:.80}")
        self._set("timestamp_column", name)

    @property
    def index_columns(self) -> list[str]:
        """The columns that tell rows apart. UserErrorException when none are named."""
        return list(self._get("index_columns"))

    @index_columns.setter
    def index_columns(self, names: list[str]) -> None:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UserErrorException(f"index_columns: must be a list of texts, found {names!r:.80}")
        self._set("index_columns", list(names))

    def _get(self, name: str) -> Any:
        found = (self._content.get("traits") or {}).get(name)
        if found is None:
            raise UserErrorException(f"The table has no {name}. Set traits.{name} first.")
        return found

    def _set(self, name: str, value: Any) -> None:
        self._content["traits"] = {**(self._content.get("traits") or {}), name: value}


class Metadata:
    """Names and values that the author of a table gives it; nothing here reads them."""

    def __init__(self, content: MutableMapping[str, Any]) -> None:
        self._content = content

    def has(self, key: str) -> bool:
        """Whether there is a value of that name."""
        return _name(key) in (self._content.get("metadata") or {})

    def get(self, key: str) -> Any:
        """The value of that name, None when there is none."""
        return (self._content.get("metadata") or {}).get(_name(key))

    def add(self, key: str, value: Any) -> None:
        """Set a value, in place of the one of that name."""
        self._content["metadata"] = {**(self._content.get("metadata") or {}), _name(key): value}


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise UserErrorException(f"The name of metadata must be a text, found {key!r:.80}")
    return key
