"""``MLClient``: Azure's handle to a workspace, here a folder on this machine."""

from __future__ import annotations

import os
from typing import Any

from parallelsdk.client.compute import ComputeOperations
from parallelsdk.client.config import find_workspace
from parallelsdk.client.jobs import JobOperations


class MLClient:
    """The handle to a local workspace.

    That is ``PARALLELSDK_HOME`` if set, else the nearest ``.parallelsdk`` folder upwards, else a
    new one in the current folder. Credential and Azure ids are accepted, so that code for Azure
    runs, and ignored: nothing is contacted.
    """

    def __init__(
        self,
        credential: object = None,
        subscription_id: str | None = None,
        resource_group_name: str | None = None,
        workspace_name: str | None = None,
        registry_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._workspace = find_workspace(kwargs.get("path"))
        self._jobs = JobOperations(self._workspace)
        self._compute = ComputeOperations()
        self.subscription_id = subscription_id
        self.resource_group_name = resource_group_name
        self.workspace_name = workspace_name or self._workspace.root.parent.name
        self.registry_name = registry_name

    @classmethod
    def from_config(
        cls,
        credential: object = None,
        *,
        path: str | os.PathLike[str] | None = None,
        file_name: str | None = None,
        **kwargs: Any,
    ) -> MLClient:
        """A client for the project in ``path`` (a folder or a file in it), else the current folder.

        No file has to exist: ``file_name``, and what Azure's ``config.json`` says, are ignored.
        """
        return cls(credential, path=path, **kwargs)

    @property
    def jobs(self) -> JobOperations:
        """Submit, follow and read jobs."""
        return self._jobs

    @property
    def compute(self) -> ComputeOperations:
        """The places where steps run."""
        return self._compute

    def __repr__(self) -> str:
        return f"MLClient(workspace={str(self._workspace.root)!r})"
