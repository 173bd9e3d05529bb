"""What an entity that came out of a workspace knows of it: its id, ``azureml:name:version``."""

from __future__ import annotations

from parallelsdk.entities._system_data import SystemData


class Registered:
    """Mixed into components and assets. ``id`` is None until the client has registered it."""

    _id: str | None = None
    _creation_context: SystemData | None = None

    @property
    def creation_context(self) -> SystemData | None:
        """When it was registered."""
        return self._creation_context

    @property
    def id(self) -> str | None:
        """The reference to this very version, which can stand wherever a job names the asset."""
        return self._id

    def registered_as(self, name: str, version: str, created: str) -> None:
        """Let ``id`` name the registered version, which was made at ``created``, in ISO form."""
        self._id = f"azureml:{name}:{version}"
        self._creation_context = SystemData.of(created)
