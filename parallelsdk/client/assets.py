"""``MLClient.environments``, ``data`` and ``models``, and what all kinds of assets share."""

from __future__ import annotations

import builtins
import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from parallelsdk.client.download import copies_of, copy_all
from parallelsdk.client.job_uri import is_job_uri, locate_output
from parallelsdk.client.keywords import warn_unheeded
from parallelsdk.client.listing import is_shown
from parallelsdk.client.operations import Operations
from parallelsdk.constants import AssetTypes, ListViewType
from parallelsdk.entities._assets import Data, Environment, Model
from parallelsdk.entities._component import Component
from parallelsdk.exceptions import AssetException, UserErrorException, ValidationException
from parallelsdk.jobstore.asset_reference import LATEST, AssetReference, look_up
from parallelsdk.jobstore.assets import AssetKind, AssetRecord, AssetStore
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.paths import path_given
from parallelsdk.rules.ports import DATA_ASSET_TYPES, DATA_TYPES
from parallelsdk.storage.uri import is_local, local_path

E = TypeVar("E", Environment, Data, Model, Component)
CURATED: Final = "azureml-"  # how the names of environments begin that Azure provides
CURATED_VERSION: Final = "1"
LABELS: Final = ("description", "display_name", "tags", "properties")  # may change later


class AssetOperations(Operations, Generic[E]):
    """Register, find, list and archive the assets of one kind."""

    kind: ClassVar[str] = ""
    needs_version: ClassVar[bool] = True  # Azure's ``get`` refuses to guess, except for components

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = AssetStore(workspace)

    def _register(self, asset: E) -> E:
        """Register the asset and return it as registered.

        Without a version it gets the next one. A version that is there already must have the same
        content, then its description, tags and the like are renewed; AssetException otherwise.
        """
        self._check(asset)
        content, labels = self._split(asset)
        name = asset.name or self._new_name(content)
        return self._entity(self._store.register(self.kind, name, asset.version, content, labels))

    def get(self, name: str, version: str | None = None, label: str | None = None) -> E:
        """That version, or the one that the label names (``latest``). AssetException if there is
        none, with the nearest name.
        """
        _expect_name(name)
        version = None if version is None else str(version)
        if version is not None and label is not None:
            raise ValidationException("Give either version or label, not both.")
        if version is None and label is None and self.needs_version:
            raise ValidationException(
                f"Which version of {name!r}? Give version, or label={LATEST!r}."
            )
        return self._entity(look_up(self._store, self.kind, AssetReference(name, version, label)))

    def list(
        self, name: str | None = None, *, list_view_type: str = ListViewType.ACTIVE_ONLY
    ) -> Iterator[E]:
        """All versions of the asset ``name``, or the newest version of each asset; newest first."""
        if name is not None:
            _expect_name(name)
        records = self._store.versions(self.kind, name) if name else self._store.all(self.kind)
        shown = [record for record in records if is_shown(record.archived, list_view_type)]
        if name is None:
            shown = builtins.list({record.name: record for record in reversed(shown)}.values())
            shown.sort(key=lambda record: record.created, reverse=True)
        return (self._entity(record) for record in shown)

    def archive(
        self, name: str, version: str | None = None, label: str | None = None, **kwargs: Any
    ) -> None:
        """Hide a version, or all of them, in lists. What is archived can still be used."""
        warn_unheeded(self.archive, kwargs)
        self._set_archived(name, version, label, archived=True)

    def restore(
        self, name: str, version: str | None = None, label: str | None = None, **kwargs: Any
    ) -> None:
        """Show an archived version, or all of them, again."""
        warn_unheeded(self.restore, kwargs)
        self._set_archived(name, version, label, archived=False)

    def _set_archived(
        self, name: str, version: str | None, label: str | None, *, archived: bool
    ) -> None:
        if version is not None or label is not None:
            version = self.get(name, version, label).version
        if not self._store.set_archived(self.kind, name, version, archived=archived):
            look_up(self._store, self.kind, AssetReference(name, version))  # says what is missing

    def _split(self, asset: E) -> tuple[dict[str, Any], dict[str, Any]]:
        """What never changes of the asset, and its labels."""
        values = json.loads(json.dumps(asset._to_dict(), default=str))
        labels = {name: values.pop(name) for name in LABELS if name in values}
        return {n: v for n, v in values.items() if n not in ("name", "version", "$schema")}, labels

    def _entity(self, record: AssetRecord) -> E:
        values = {**record.content, **record.labels}
        made = self._made({**values, "name": record.name, "version": record.version})
        made.registered_as(record.name, record.version, record.created)
        return made

    def _check(self, asset: E) -> None:
        """Raise for what cannot be registered."""

    def _made(self, values: dict[str, Any]) -> E:
        """The entity with these fields."""
        raise NotImplementedError

    def _new_name(self, content: dict[str, Any]) -> str:
        """A name for an asset without one."""
        raise ValidationException(f"The {self.kind} has no name. Give it one.")


def _expect_name(name: object) -> None:
    if not isinstance(name, str):
        raise ValidationException(f"name: must be a text, found {name!r:.80}")


class EnvironmentOperations(AssetOperations[Environment]):
    """What ``MLClient.environments`` offers. Nothing is built: an environment is remembered."""

    kind = AssetKind.ENVIRONMENT

    def get(self, name: str, version: str | None = None, label: str | None = None) -> Environment:
        """That version, or the one that the label names. An environment that Azure provides
        (``AzureML-...``) answers without being registered, because nothing is built from one.
        """
        _expect_name(name)
        if name.lower().startswith(CURATED) and not self._store.versions(self.kind, name):
            return Environment(name=name, version=str(version or CURATED_VERSION), image=name)
        return super().get(name, version, label)

    def create_or_update(self, environment: Environment) -> Environment:
        """Register an environment and return it as registered.

        Without a version it gets the next one. The same version again must have the same content,
        then its labels are renewed; AssetException otherwise.
        """
        return self._register(environment)

    def _check(self, asset: Environment) -> None:
        expect(asset, Environment)

    def _made(self, values: dict[str, Any]) -> Environment:
        return Environment(**values)


class DataOperations(AssetOperations[Data]):
    """What ``MLClient.data`` offers. Data stay where they are; the asset remembers the place."""

    kind = AssetKind.DATA

    def create_or_update(self, data: Data) -> Data:
        """Register a data asset and return it as registered.

        Without a version it gets the next one. The same version again must have the same content,
        then its labels are renewed; AssetException otherwise.
        """
        return self._register(data)

    def _check(self, asset: Data) -> None:
        expect(asset, Data)
        _check_type(asset, DATA_ASSET_TYPES)
        _check_path(asset, self._workspace)
        _check_shape(asset)

    def _made(self, values: dict[str, Any]) -> Data:
        return Data(**values)

    def _new_name(self, content: dict[str, Any]) -> str:
        return str(uuid.uuid4())


class ModelOperations(AssetOperations[Model]):
    """What ``MLClient.models`` offers. Models stay where they are, like data."""

    kind = AssetKind.MODEL

    def create_or_update(self, model: Model) -> Model:
        """Register a model and return it as registered.

        Without a version it gets the next one. The same version again must have the same content,
        then its labels are renewed; AssetException otherwise.
        """
        return self._register(model)

    def download(
        self, name: str, version: str, download_path: str | os.PathLike[str] = "."
    ) -> None:
        """Copy a model to ``download_path/<name>/``. AssetException for one that lies in a store,
        or where a file would be replaced.
        """
        goal = path_given(download_path, "download_path")
        path = str(self.get(name, version).path)
        if is_job_uri(path):
            path = locate_output(self._workspace, path)
        if not is_local(path):
            raise AssetException(f"The model {name}:{version} lies at {path}; fetch it from there.")
        copy_all(list(copies_of(local_path(path), name)), goal)

    def _check(self, asset: Model) -> None:
        expect(asset, Model)
        _check_type(asset, DATA_TYPES)
        _check_path(asset, self._workspace)

    def _made(self, values: dict[str, Any]) -> Model:
        return Model(**values)

    def _new_name(self, content: dict[str, Any]) -> str:
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def expect(asset: object, cls: type) -> None:
    """Raise UserErrorException unless ``asset`` is a ``cls``."""
    if not isinstance(asset, cls):
        raise UserErrorException(
            f"Expected an object of the class {cls.__name__}, found {type(asset).__name__}."
        )


def _check_type(asset: Data | Model, types: Sequence[str]) -> None:
    if asset.type is not None and asset.type not in types:
        raise ValidationException(
            f"{asset.name or 'The asset'} has the type {asset.type!r}, which no such asset has"
            f"{did_you_mean(asset.type, types)}"
        )


def _check_shape(asset: Data) -> None:
    """What lies at a local path must be what the type says."""
    path = local_path(asset.path) if asset.path is not None and is_local(asset.path) else ""
    if not os.path.isdir(path):
        return
    if asset.type == AssetTypes.URI_FILE:
        raise ValidationException(f"{asset.path!r} is a folder, and the type is uri_file.")
    if asset.type == AssetTypes.MLTABLE and not os.path.isfile(os.path.join(path, "MLTable")):
        raise ValidationException(f"{asset.path!r} holds no file MLTable, and the type is mltable.")


def _check_path(asset: Data | Model, workspace: Workspace) -> None:
    if asset.path is None:
        raise ValidationException(f"{asset.name or 'The asset'} has no path. Give it one.")
    if is_job_uri(asset.path):
        path = locate_output(workspace, asset.path)
        if is_local(path) and not os.path.exists(local_path(path)):
            raise ValidationException(f"There is nothing at {asset.path!r}, which is {path}.")
        return
    if is_local(asset.path) and not os.path.exists(local_path(asset.path)):
        raise ValidationException(f"There is nothing at {asset.path!r}.")
