"""Compute names: every name answers, because the machine at hand stands in for it.

A pipeline keeps Azure's names of clusters. Until a name is attached to something else, it means
this machine, so scripts that ask for a cluster first run unchanged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from parallelsdk._units import format_bytes
from parallelsdk.exceptions import ErrorTarget, ValidationException

THIS_MACHINE = "local"


@dataclass(frozen=True)
class Compute:
    """A place where steps run. Prints as a few lines of YAML."""

    name: str
    type: str
    cores: int
    memory_bytes: int
    description: str = ""
    provisioning_state: str = "Succeeded"  # Azure's word for "ready"

    @property
    def size(self) -> str:
        """Cores and memory, for people."""
        plural = "" if self.cores == 1 else "s"
        memory = f", {format_bytes(self.memory_bytes)} of memory" if self.memory_bytes else ""
        return f"{self.cores} core{plural}{memory}"

    def __str__(self) -> str:
        lines = [
            f"name: {self.name}",
            f"type: {self.type}",
            f"size: {self.size}",
            f"description: {self.description}",
        ]
        return "\n".join(lines)


class ComputeOperations:
    """What ``MLClient.compute`` offers."""

    def get(self, name: str) -> Compute:
        """The compute of that name; a name that nobody attached means this machine."""
        if not isinstance(name, str) or not name.strip():
            raise ValidationException(
                f"{name!r} is no name of a compute. Give a text such as 'cpu-cluster'.",
                target=ErrorTarget.COMPUTE,
            )
        name = name.removeprefix("azureml:")
        text = "this machine"
        if name != THIS_MACHINE:
            text = f"this machine, which stands in for {name}"
        return Compute(name, "local", core_count(), _memory_bytes(), text)

    def list(self) -> Iterator[Compute]:
        """Every compute that is known: this machine."""
        yield self.get(THIS_MACHINE)


def core_count() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def _memory_bytes() -> int:
    """The machine's memory; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
