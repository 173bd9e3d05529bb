"""The assets of a workspace: components, environments, data and models, each with its versions.

An asset's ``content`` never changes once it is registered; its ``labels`` (description, tags and
the like) may. Both are plain values; what they mean is the client's matter.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from parallelsdk.exceptions import AssetException
from parallelsdk.jobstore._index import damaged, reading, writing
from parallelsdk.jobstore.layout import Workspace, check_name
from parallelsdk.jobstore.places import Places
from parallelsdk.rules.literals import is_text

_COLUMNS: Final = "kind, name, version, content, labels, created, archived, checksum"
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class AssetKind:
    """The kinds of assets, by the names of their tables of contents."""

    COMPONENT: Final = "component"
    ENVIRONMENT: Final = "environment"
    DATA: Final = "data"
    MODEL: Final = "model"


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """One version of an asset, as it is registered."""

    kind: str
    name: str
    version: str
    content: Mapping[str, Any]
    labels: Mapping[str, Any]
    created: str  # UTC, in ISO form
    archived: bool


class AssetStore:
    """The assets of one workspace. Every call sees what other processes have done before it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._places = Places(workspace.root)  # the index holds from wherever the workspace lies

    def register(
        self,
        kind: str,
        name: str,
        version: str | None,
        content: Mapping[str, Any],
        labels: Mapping[str, Any],
    ) -> AssetRecord:
        """Register an asset, without ``version`` as the one after the last; the stored record.

        Again with the same content: only the labels are renewed. Raises AssetException when that
        version has other content, ValidationException for what is no name.
        """
        check_name(name, kind)
        if version is not None:
            check_name(version, f"{kind} version")
        with writing(self._workspace) as connection:
            versions = self._select(connection, "kind = ? AND name = ?", kind, name)
            wanted = version or _next([record.version for record in versions])
            old = next((record for record in versions if record.version == wanted), None)
            if old is not None and _canonical(old.content) != _canonical(content):
                raise _taken(old, content)
            created = datetime.now(UTC).isoformat(timespec="milliseconds")
            record = AssetRecord(
                kind,
                name,
                wanted,
                content,
                labels,
                old.created if old else created,
                old.archived if old else False,
            )
            _write(connection, record, self._places)
        return record

    def find(self, kind: str, name: str, version: str) -> AssetRecord | None:
        """That version, archived or not."""
        found = self._read("kind = ? AND name = ? AND version = ?", kind, name, version)
        return found[0] if found else None

    def versions(self, kind: str, name: str) -> list[AssetRecord]:
        """All versions of an asset, the newest first."""
        return self._read("kind = ? AND name = ?", kind, name)

    def all(self, kind: str) -> list[AssetRecord]:
        """All versions of all assets of a kind, the newest first."""
        return self._read("kind = ?", kind)

    def set_archived(self, kind: str, name: str, version: str | None, *, archived: bool) -> int:
        """Archive or restore a version, or all of them; how many there are of those."""
        with writing(self._workspace) as connection:
            records = [
                record
                for record in self._select(connection, "kind = ? AND name = ?", kind, name)
                if version is None or record.version == version
            ]
            for record in records:
                _write(
                    connection,
                    AssetRecord(
                        *(kind, name, record.version, record.content, record.labels),
                        *(record.created, archived),
                    ),
                    self._places,
                )
        return len(records)

    def _read(self, where: str, *values: str) -> list[AssetRecord]:
        if not all(map(is_text, values)):
            return []  # what is no text names nothing
        with reading(self._workspace) as connection:
            return [] if connection is None else self._select(connection, where, *values)

    def _select(
        self, connection: sqlite3.Connection, where: str, *values: str
    ) -> list[AssetRecord]:
        query = f"SELECT {_COLUMNS} FROM assets WHERE {where} ORDER BY id DESC"
        return [self._record(row) for row in connection.execute(query, values)]

    def _record(self, row: tuple[Any, ...]) -> AssetRecord:
        *fields, checksum = row
        kind, name, version, content, labels, created, archived = fields
        if checksum != _checksum(fields):
            raise damaged(self._workspace.index, f"the checksum of {kind} {name}:{version} differs")
        found = self._places.found_in(json.loads(content), deep=True)
        return AssetRecord(kind, name, version, found, json.loads(labels), created, bool(archived))


def _write(connection: sqlite3.Connection, record: AssetRecord, places: Places) -> None:
    content = places.stored_in(record.content, deep=True)
    fields = [
        *(record.kind, record.name, record.version),
        *(json.dumps(content), json.dumps(record.labels)),
        *(record.created, int(record.archived)),
    ]
    connection.execute(
        f"INSERT INTO assets ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, name, version) DO UPDATE SET labels = excluded.labels,"
        " archived = excluded.archived, checksum = excluded.checksum, content = excluded.content",
        [*fields, _checksum(fields)],
    )


def _checksum(fields: list[Any]) -> int:
    return zlib.crc32(json.dumps(fields).encode())


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True)


def _next(versions: list[str]) -> str:
    """Azure's rule: one more than the highest version that is a number."""
    return str(max((int(v) for v in versions if _NUMBER.fullmatch(v)), default=0) + 1)


def _taken(old: AssetRecord, content: Mapping[str, Any]) -> AssetException:
    fields = sorted(
        name for name in {*old.content, *content} if old.content.get(name) != content.get(name)
    )
    return AssetException(
        f"The {old.kind} {old.name}:{old.version} is registered with other content (it differs in "
        f"{', '.join(fields) or 'the order of fields'}), and a registered version never changes. "
        "Give another version, or leave it out to get the next one."
    )
