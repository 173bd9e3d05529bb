"""What an entity that came out of a workspace knows of it: its id, ``azureml:name:version``."""

from __future__ import annotations


class Registered:
    """Mixed into components and assets. ``id`` is None until the client has registered it."""

    _id: str | None = None

    @property
    def id(self) -> str | None:
        """The reference to this very version, which can stand wherever a job names the asset."""
        return self._id

    def registered_as(self, name: str, version: str) -> None:
        """Let ``id`` name the registered version."""
        self._id = f"azureml:{name}:{version}"
