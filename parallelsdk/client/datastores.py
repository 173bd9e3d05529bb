"""Datastores as the client offers them; where they lie, the workspace says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from parallelsdk.client.job_uri import is_job_uri, locate_output
from parallelsdk.client.operations import Operations
from parallelsdk.exceptions import MlException
from parallelsdk.jobstore.layout import Workspace, check_name
from parallelsdk.jobstore.locations import Locations
from parallelsdk.planning.plan import PipelinePlan, StepPlan
from parallelsdk.storage.uri import is_local

DEFAULT_DATASTORE: Final = "workspaceblobstore"
Unresolved = dict[tuple[str, str], str]


@dataclasses.dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore: its name, and the folder or URL that stands for it."""

    name: str
    path: str
    type: str = "local"
    description: str = ""


class DatastoreOperations(Operations):
    """What ``MLClient.datastores`` offers. Every name answers, as computes do."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def get(self, name: str, *, include_secrets: bool = False) -> Datastore:
        """The datastore of that name; its folder need not exist yet. There are no secrets."""
        check_name(name, "datastore")
        locations = Locations(self._workspace)
        path = locations.store(name)
        told = (
            f"set in {self._workspace.config}" if name in locations.mapped else "in the workspace"
        )
        return Datastore(name, path, "local" if is_local(path) else "remote", told)

    def get_default(self, *, include_secrets: bool = False) -> Datastore:
        """The datastore that ``${{default_datastore}}`` means unless a job says otherwise."""
        return self.get(DEFAULT_DATASTORE)

    def list(self, *, include_secrets: bool = False) -> Iterator[Datastore]:
        """The default one, those of the configuration, and those that have a folder."""
        stores = self._workspace.root / "datastores"
        made = [path.name for path in stores.iterdir()] if stores.is_dir() else []
        names = {DEFAULT_DATASTORE, *Locations(self._workspace).mapped, *made}
        return (self.get(name) for name in sorted(names))


def with_located_data(plan: PipelinePlan, workspace: Workspace) -> tuple[PipelinePlan, Unresolved]:
    """The plan with a path or another URL for every ``azureml:`` URI, and what has none.

    The latter maps a step and a place in it, such as ``inputs.port``, to a sentence.
    """
    problems: Unresolved = {}
    locations = Locations(workspace)
    steps = tuple(_located(step, workspace, locations, problems) for step in plan.steps)
    return dataclasses.replace(plan, steps=steps), problems


def _located(
    step: StepPlan, workspace: Workspace, locations: Locations, problems: Unresolved
) -> StepPlan:
    def resolve(uri: str | None, place: str) -> str | None:
        try:
            if uri is not None and is_job_uri(uri):
                return locate_output(workspace, uri)
            return None if uri is None else locations.resolve(uri)
        except MlException as error:
            problems[step.name, place] = error.message
            return uri

    inputs = tuple(
        dataclasses.replace(port, uri=resolve(port.uri, f"inputs.{port.name}"))
        for port in step.inputs
    )
    outputs = tuple(
        dataclasses.replace(port, destination=resolve(port.destination, f"outputs.{port.name}"))
        for port in step.outputs
    )
    return dataclasses.replace(step, inputs=inputs, outputs=outputs)
