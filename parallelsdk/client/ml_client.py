"""``MLClient``: Azure's handle to a workspace, here a folder on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NoReturn

from parallelsdk.client.assets import DataOperations, EnvironmentOperations, ModelOperations
from parallelsdk.client.components import ComponentOperations
from parallelsdk.client.compute import Compute, ComputeOperations
from parallelsdk.client.config import find_workspace
from parallelsdk.client.datastores import DatastoreOperations
from parallelsdk.client.jobs import JobOperations
from parallelsdk.client.keywords import warn_unheeded
from parallelsdk.client.poller import Poller
from parallelsdk.client.workspaces import WorkspaceOperations
from parallelsdk.entities._assets import Data, Environment, Model
from parallelsdk.entities._component import Component
from parallelsdk.exceptions import UnexpectedAttributeError
from parallelsdk.rules.absent import ABSENT_OF_CLIENT, out_of_scope

# What Azure's client reads besides what is declared, and what of ours it does not.
_OF_AZURE: Final = (
    *("authority", "base_url", "cloud", "cloud_metadata", "credential_scopes"),
    *("registry_reference", "show_progress", "workspace_reference", "path"),
)
_IDS: Final = ("subscription_id", "resource_group_name", "workspace_name", "registry_name")


class MLClient:
    """The handle to a local workspace.

    That is ``PARALLELSDK_HOME`` if set, else the nearest ``.parallelsdk`` folder upwards, else one
    in the current folder, made when something is first written to it. Credential and Azure ids are
    accepted, so that code for Azure runs, and ignored: nothing is contacted.
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
        warn_unheeded(MLClient.__init__, kwargs, also=_OF_AZURE)
        self._workspace = find_workspace(kwargs.get("path"))
        self._jobs = JobOperations(self._workspace)
        self._compute = ComputeOperations(self._workspace)
        self._components = ComponentOperations(self._workspace)
        self._environments = EnvironmentOperations(self._workspace)
        self._data = DataOperations(self._workspace)
        self._models = ModelOperations(self._workspace)
        self._datastores = DatastoreOperations(self._workspace)
        self.subscription_id = subscription_id
        self.resource_group_name = resource_group_name
        self.workspace_name = workspace_name or self._workspace.root.parent.name
        self.registry_name = registry_name
        self._workspaces = WorkspaceOperations(
            self._workspace, self.workspace_name, resource_group_name
        )

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
        warn_unheeded(cls.from_config, kwargs, also=(*_IDS, *_OF_AZURE))
        return cls(credential, path=path, **{n: v for n, v in kwargs.items() if n in _IDS})

    @property
    def jobs(self) -> JobOperations:
        """Submit, follow and read jobs."""
        return self._jobs

    @property
    def compute(self) -> ComputeOperations:
        """The places where steps run."""
        return self._compute

    @property
    def components(self) -> ComponentOperations:
        """Registered components."""
        return self._components

    @property
    def environments(self) -> EnvironmentOperations:
        """Registered environments."""
        return self._environments

    @property
    def data(self) -> DataOperations:
        """Registered data assets."""
        return self._data

    @property
    def models(self) -> ModelOperations:
        """Registered models."""
        return self._models

    @property
    def datastores(self) -> DatastoreOperations:
        """Datastores and the folders that stand for them."""
        return self._datastores

    @property
    def workspaces(self) -> WorkspaceOperations:
        """The workspace."""
        return self._workspaces

    def create_or_update(self, entity: Any, **kwargs: Any) -> Any:
        """Submit a job, or register an asset: what ``create_or_update`` of its own kind does."""
        if isinstance(entity, Component):
            return self._components.create_or_update(entity, **kwargs)
        homes: tuple[tuple[type, Any], ...] = (
            (Environment, self._environments),
            (Data, self._data),
            (Model, self._models),
        )
        home = next((home for cls, home in homes if isinstance(entity, cls)), None)
        if home is None:
            return self._jobs.create_or_update(entity, **kwargs)
        warn_unheeded(self.create_or_update, kwargs)  # its own method takes no keywords
        return home.create_or_update(entity)

    def begin_create_or_update(self, entity: object, **kwargs: Any) -> Poller[Compute]:
        """Remember a compute, as ``compute.begin_create_or_update`` does."""
        warn_unheeded(self.begin_create_or_update, kwargs)
        return self._compute.begin_create_or_update(entity)

    if not TYPE_CHECKING:  # type checkers know what is not there, and say so

        def __getattr__(self, name: str) -> NoReturn:
            if name in ABSENT_OF_CLIENT:
                raise UnexpectedAttributeError(out_of_scope(f"MLClient.{name}") + ".")
            told = f"'MLClient' object has no attribute {name!r}"
            raise AttributeError(told, name=name, obj=self)

    def __repr__(self) -> str:
        return f"MLClient(workspace={str(self._workspace.root)!r})"
