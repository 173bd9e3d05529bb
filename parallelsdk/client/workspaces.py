"""``MLClient.workspaces``: the one workspace that there is, under whatever name it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parallelsdk.client.keywords import warn_unheeded
from parallelsdk.client.operations import Operations
from parallelsdk.jobstore.layout import Workspace


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """A workspace with the attributes that scripts for Azure print."""

    name: str
    path: str
    resource_group: str | None = None
    location: str = "local"
    display_name: str | None = None
    description: str = "a folder of this machine"
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The folder."""
        return self.path

    @property
    def mlflow_tracking_uri(self) -> str:
        """Where mlflow may keep its runs: a folder of the workspace, which mlflow makes."""
        return f"{Path(self.path).as_uri()}/mlruns"


class WorkspaceOperations(Operations):
    """What ``MLClient.workspaces`` offers."""

    def __init__(self, workspace: Workspace, name: str, resource_group: str | None) -> None:
        self._workspace = workspace
        self._name = name
        self._resource_group = resource_group

    def get(self, name: str | None = None, **kwargs: Any) -> WorkspaceInfo:
        """The workspace; any name means it."""
        warn_unheeded(self.get, kwargs, also=("resource_group",))
        name = name or self._name
        return WorkspaceInfo(name, str(self._workspace.root), self._resource_group, "local", name)

    def list(
        self, *, scope: str = "resource_group", filtered_kinds: str | list[str] | None = None
    ) -> Iterator[WorkspaceInfo]:
        """The workspace, alone, whatever is asked for."""
        yield self.get()
