"""The names of computes that somebody attached, and what each stands for.

A name that is not here means this machine; that rule is the client's.
"""

from __future__ import annotations

from datetime import UTC, datetime

from parallelsdk.jobstore._index import reading, writing
from parallelsdk.jobstore.layout import Workspace


class ComputeStore:
    """The attached names of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def attach(self, name: str, target: str) -> None:
        """Let ``name`` stand for ``target``, whatever it stood for before."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with writing(self._workspace) as connection:
            connection.execute(
                "INSERT INTO computes VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET target = excluded.target",
                (name, target, now),
            )

    def targets(self) -> dict[str, str]:
        """Every attached name with its target, in alphabetical order."""
        with reading(self._workspace) as connection:
            if connection is None:
                return {}
            return dict(connection.execute("SELECT name, target FROM computes ORDER BY name"))
