"""Datastores are folders of this machine: ``azureml://`` paths become local ones.

A datastore is the folder of its name below ``datastores/`` in the workspace, unless the workspace's
``config.toml`` maps the name to another folder::

    [datastores]
    images = "/data/images"
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.layout import Workspace, check_name
from parallelsdk.planning.plan import PipelinePlan, StepPlan
from parallelsdk.storage.uri import resolve_azureml, scheme

DEFAULT_DATASTORE: Final = "workspaceblobstore"
Unresolved = dict[tuple[str, str], str]


@dataclasses.dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore: its name, and the folder that stands for it."""

    name: str
    path: str
    type: str = "local"
    description: str = ""


class DatastoreOperations:
    """What ``MLClient.datastores`` offers. Every name answers, as computes do."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def get(self, name: str, **kwargs: Any) -> Datastore:
        """The datastore of that name; its folder need not exist yet."""
        check_name(name, "datastore")
        mapped = mapped_folders(self._workspace)
        where = f"set in {self._workspace.config}" if name in mapped else "in the workspace"
        return Datastore(name, _folder(self._workspace, name, mapped), description=where)

    def get_default(self, **kwargs: Any) -> Datastore:
        """The datastore that ``${{default_datastore}}`` means unless a job says otherwise."""
        return self.get(DEFAULT_DATASTORE)

    def list(self, **kwargs: Any) -> Iterator[Datastore]:
        """The default one, those of the configuration, and those that have a folder."""
        stores = self._workspace.root / "datastores"
        made = [path.name for path in stores.iterdir()] if stores.is_dir() else []
        names = {DEFAULT_DATASTORE, *mapped_folders(self._workspace), *made}
        return (self.get(name) for name in sorted(names))


def mapped_folders(workspace: Workspace) -> dict[str, str]:
    """The datastores that the workspace's configuration maps, with their absolute folders.

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
            f"{workspace.config}: [datastores] must map names to folders, such as "
            'images = "/data/images".'
        )
    root = str(workspace.root)
    return {n: os.path.join(root, os.path.expanduser(folder)) for n, folder in stores.items()}


def _folder(workspace: Workspace, name: str, mapped: Mapping[str, str]) -> str:
    return mapped.get(name) or str(workspace.root / "datastores" / name)


def with_local_datastores(
    plan: PipelinePlan, workspace: Workspace
) -> tuple[PipelinePlan, Unresolved]:
    """The plan with every datastore path as a local one, and what could not be.

    The latter maps a step and a place in it, such as ``inputs.port``, to a sentence.
    """
    problems: Unresolved = {}
    mapped = mapped_folders(workspace)
    steps = tuple(_localised(step, str(workspace.root), mapped, problems) for step in plan.steps)
    return dataclasses.replace(plan, steps=steps), problems


def _localised(
    step: StepPlan, root: str, mapped: Mapping[str, str], problems: Unresolved
) -> StepPlan:
    def local(uri: str | None, place: str) -> str | None:
        if uri is None or scheme(uri) != "azureml":
            return uri
        try:
            return _mapped(resolve_azureml(uri, root), root, mapped)
        except ValidationException as error:
            problems[step.name, place] = error.message
            return uri

    inputs = tuple(
        dataclasses.replace(port, uri=local(port.uri, f"inputs.{port.name}"))
        for port in step.inputs
    )
    outputs = tuple(
        dataclasses.replace(port, destination=local(port.destination, f"outputs.{port.name}"))
        for port in step.outputs
    )
    return dataclasses.replace(step, inputs=inputs, outputs=outputs)


def _mapped(path: str, root: str, mapped: Mapping[str, str]) -> str:
    """``path`` below the workspace's datastores, moved to where its datastore is mapped to."""
    name, _, rest = os.path.relpath(path, os.path.join(root, "datastores")).partition(os.sep)
    return os.path.join(mapped[name], rest).rstrip(os.sep) if name in mapped else path
