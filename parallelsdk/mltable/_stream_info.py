"""The place of a file as a value in a table, under the names of the official reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from parallelsdk.storage.uri import is_local, local_path, scheme

_HANDLERS: Final = {
    "": "Local",
    "file": "Local",
    "azureml": "AmlDatastore",
    "https": "Http",
    "http": "Http",
}


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Where a file lies: ``resource_identifier`` is its absolute path or its URL."""

    handler: str
    resource_identifier: str
    arguments: dict[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, uri: str) -> StreamInfo:
        """The place that a path or URL names."""
        found = _HANDLERS.get(scheme(uri), scheme(uri))
        return cls(found, local_path(uri) if is_local(uri) else uri)

    def __str__(self) -> str:
        return self.resource_identifier
