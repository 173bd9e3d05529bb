"""Compute names: every name answers, because the machine at hand stands in for it.

A pipeline keeps Azure's names of clusters. Until a name is attached to something else, it means
this machine, so scripts that ask for a cluster first run unchanged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from parallelsdk._units import format_bytes
from parallelsdk.client.operations import Operations
from parallelsdk.client.poller import Poller, over
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.jobstore.computes import ComputeStore
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.planning.problems import Problem
from parallelsdk.runtime.capacity import core_count

THIS_MACHINE: Final = "local"
_TARGET: Final = re.compile(r"local|(dask|ray)://\S*")


@dataclass(frozen=True)
class Compute:
    """A place where steps run: ``target`` is local, ``dask://...`` or ``ray://...``.

    Prints as a few lines of YAML. Cores and memory are those of this machine, None elsewhere.
    """

    name: str
    target: str = THIS_MACHINE
    cores: int | None = None
    memory_bytes: int | None = None
    description: str = ""
    provisioning_state: str = "Succeeded"  # Azure's word for "ready"

    @property
    def type(self) -> str:
        """local, dask or ray."""
        return self.target.partition(":")[0]

    @property
    def size(self) -> str:
        """Cores and memory, for people."""
        if self.cores is None:
            return ""
        plural = "" if self.cores == 1 else "s"
        memory = f", {format_bytes(self.memory_bytes)} of memory" if self.memory_bytes else ""
        return f"{self.cores} core{plural}{memory}"

    def __str__(self) -> str:
        lines = [
            f"name: {self.name}",
            f"type: {self.type}",
            f"target: {self.target}",
            f"size: {self.size}",
            f"description: {self.description}",
        ]
        return "\n".join(lines)


class ComputeOperations(Operations):
    """What ``MLClient.compute`` offers."""

    def __init__(self, workspace: Workspace) -> None:
        self._store = ComputeStore(workspace)

    def get(self, name: str) -> Compute:
        """The compute of that name; a name that nobody attached means this machine."""
        name = _checked_name(name)
        return _compute(name, self._store.targets().get(name))

    def list(self, *, compute_type: str | None = None) -> Iterator[Compute]:
        """Every compute that is known: this machine, and the names that were attached."""
        known = {THIS_MACHINE: None, **self._store.targets()}
        return (_compute(name, target) for name, target in known.items())

    def begin_create_or_update(self, compute: object) -> Poller[Compute]:
        """Remember a name. What has no ``target``, such as a cluster of Azure, is this machine."""
        name = getattr(compute, "name", None)
        return over(self.attach(name, getattr(compute, "target", THIS_MACHINE)))  # type: ignore[arg-type]

    def attach(self, name: str, target: str) -> Compute:
        """Let ``name`` stand for ``target``: local, ``dask://host:port`` or ``ray://host:port``."""
        name = _checked_name(name)
        if not isinstance(target, str) or not _TARGET.fullmatch(target):
            raise ValidationException(
                f"{target!r} is no target of a compute. Write local, dask://host:port or "
                "ray://host:port.",
                target=ErrorTarget.COMPUTE,
            )
        if name == THIS_MACHINE and target != THIS_MACHINE:
            raise ValidationException(
                "The name local always means this machine. Attach another name.",
                target=ErrorTarget.COMPUTE,
            )
        self._store.attach(name, target)
        return self.get(name)


def find_compute_problems(workspace: Workspace, job: PipelineJob) -> list[Problem]:
    """The places of the job that name a compute whose engine is not there."""
    targets = ComputeStore(workspace).targets()
    elsewhere = {name: target for name, target in targets.items() if target != THIS_MACHINE}
    if not elsewhere:
        return []
    named = {"compute": job.compute, "settings.default_compute": job.settings.default_compute}
    named.update(_named_by_steps(job.component, ""))
    return [
        Problem(path, job.locate(path), _no_engine(name, elsewhere[name]))
        for path, value in named.items()
        if (name := str(value).removeprefix("azureml:")) in elsewhere
    ]


def _named_by_steps(pipeline: PipelineComponent, prefix: str) -> Iterator[tuple[str, Any]]:
    for step, node in pipeline.jobs.items():
        path = f"{prefix}jobs.{step}"
        yield f"{path}.compute", node.compute
        if isinstance(node.component, PipelineComponent):
            yield from _named_by_steps(node.component, f"{path}.component.")


def _no_engine(name: str, target: str) -> str:
    return (
        f"{name} is attached to {target}, and this version has no engine for that yet: steps run "
        "on this machine. Name another compute, or attach this name to local"
    )


def _compute(name: str, target: str | None) -> Compute:
    if target is not None and target != THIS_MACHINE:
        text = "attached; this version has no engine for it yet"
        return Compute(name, target, description=text)
    text = "this machine"
    if name != THIS_MACHINE:
        text = f"this machine, which stands in for {name}"
    return Compute(name, THIS_MACHINE, core_count(), _memory_bytes(), text)


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ValidationException(
            f"{name!r} is no name of a compute. Give a text such as 'cpu-cluster'.",
            target=ErrorTarget.COMPUTE,
        )
    return name.removeprefix("azureml:")


def _memory_bytes() -> int:
    """The machine's memory; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
