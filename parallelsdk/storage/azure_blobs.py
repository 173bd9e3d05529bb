"""What lies in a container of Azure's blobs, by its names as they are.

Alone, because the listing of fsspec's library gives names without the slash at their end, and takes
a blob for a file that is marked as a folder in other capitals than its own.
"""

from __future__ import annotations

from typing import Any, Final

from parallelsdk.storage.uri import scheme

_SCHEMES: Final = frozenset({"abfs", "abfss", "az", "wasb", "wasbs"})
_MARK: Final = "hdi_isfolder"  # metadata of a blob that stands for a folder


def is_azure(uri: str) -> bool:
    """Whether a URI is one of Azure's blobs."""
    return scheme(uri) in _SCHEMES


def listed_blobs(store: Any, path: str) -> dict[str, dict[str, Any]]:
    """The blob at ``path`` and all below it: size, ETag and time by name, with the container.

    A folder that is marked by metadata is of the type directory.
    """
    from fsspec.asyn import sync

    container, _, name = path.partition("/")
    found: dict[str, dict[str, Any]] = {}

    async def collect() -> None:
        async with store.service_client.get_container_client(container) as client:
            if name:  # the first of all whose names begin so
                listing = client.list_blobs(
                    name_starts_with=name, include=["metadata"], results_per_page=1
                )
                async for blob in listing:
                    if blob.name == name:
                        found[f"{container}/{blob.name}"] = _told(blob)
                    break
            below = f"{name}/" if name else None
            async for blob in client.list_blobs(name_starts_with=below, include=["metadata"]):
                found[f"{container}/{blob.name}"] = _told(blob)

    sync(store.loop, collect)
    return found


def _told(blob: Any) -> dict[str, Any]:
    marks = {str(key).lower(): str(value).lower() for key, value in (blob.metadata or {}).items()}
    return {
        "type": "directory" if marks.get(_MARK) == "true" else "file",
        "size": blob.size,
        "etag": blob.etag,
        "last_modified": blob.last_modified,
    }
