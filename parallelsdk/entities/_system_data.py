"""What the workspace adds to what it stores: when it was made, and where to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SystemData:
    """When something was stored (UTC), and by whom, which is not known here."""

    created_at: datetime | None = None
    created_by: str | None = None
    created_by_type: str | None = None
    last_modified_at: datetime | None = None
    last_modified_by: str | None = None
    last_modified_by_type: str | None = None

    @classmethod
    def of(cls, created: str | None) -> SystemData:
        """Of a time in ISO form."""
        return cls(None if created is None else datetime.fromisoformat(created))


@dataclass(frozen=True, slots=True)
class JobService:
    """A place where a job can be looked at, or reached."""

    endpoint: str | None = None
    type: str | None = None
    status: str | None = None
    port: int | None = None
    nodes: str | None = None
    properties: dict[str, str] | None = None
