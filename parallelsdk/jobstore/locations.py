"""Where the data lie that an ``azureml:`` URI names: datastores and registered assets.

A datastore is the folder of its name below ``datastores/`` in the workspace, unless the workspace's
``config.toml`` maps the name to another folder, or to a URL that fsspec knows::

    [datastores]
    images = "/data/images"
    logs = "s3://bucket/logs"
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping

from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.asset_reference import look_up, parse_reference
from parallelsdk.jobstore.assets import AssetKind, AssetStore
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.storage.uri import is_local, parse_datastore_path, scheme


class Locations:
    """The places of one workspace; its configuration is read once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.mapped = mapped_stores(workspace)

    def resolve(self, uri: str) -> str:
        """The local path or the URL of another scheme behind ``uri``; others stay as they are.

        Raises ValidationException, or AssetException for an asset that is not there.
        """
        if scheme(uri) != "azureml":
            return uri
        if "datastores/" not in uri:
            reference = parse_reference(uri)
            if reference is not None:
                record = look_up(AssetStore(self._workspace), AssetKind.DATA, reference)
                return self.resolve(str(record.content["path"]))  # it may lie in a datastore
        name, path = parse_datastore_path(uri)
        root = self.store(name)
        if not path:
            return root
        return os.path.join(root, path) if is_local(root) else f"{root.rstrip('/')}/{path}"

    def store(self, name: str) -> str:
        """The folder, or the URL, of a datastore; it need not exist."""
        return self.mapped.get(name) or str(self._workspace.root / "datastores" / name)


def mapped_stores(workspace: Workspace) -> Mapping[str, str]:
    """The datastores that the workspace's configuration maps: absolute folders, or URLs.

    A relative folder belongs to the workspace's own. Raises ValidationException for a
    configuration that cannot be read.
    """
    try:
        found = tomllib.loads(workspace.config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ValidationException(f"{workspace.config} cannot be read: {error}") from error
    stores = found.get("datastores", {})
    if not isinstance(stores, dict) or not all(isinstance(v, str) for v in stores.values()):
        raise ValidationException(
            f"{workspace.config}: [datastores] must map names to folders or URLs, such as "
            'images = "/data/images".'
        )
    root = str(workspace.root)
    return {
        name: os.path.join(root, os.path.expanduser(place)) if is_local(place) else place
        for name, place in stores.items()
    }
