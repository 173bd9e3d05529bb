"""What planning reads of a built job: where each input comes from, and where each output goes.

Frozen and free of pydantic's machinery, because this is the writing wing's last word; it stands
alone so that planning depends on these few types and not on how a node stores what the user
assigned.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; a text may hold ``${{parent.inputs.x}}`` inside."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Data:
    """Data at ``path``: an absolute local path, or a URL or ``azureml:`` reference as written."""

    path: str
    type: str
    mode: str | None


@dataclass(frozen=True, slots=True)
class FromParent:
    """The enclosing pipeline's input ``name`` (dotted for groups)."""

    name: str
    mode: str | None


@dataclass(frozen=True, slots=True)
class FromStep:
    """The output ``output`` of the sibling step ``step``."""

    step: str
    output: str
    mode: str | None


InputSource = Value | Data | FromParent | FromStep


@dataclass(frozen=True, slots=True)
class OutputTarget:
    """What was set for one output at this node; None = not set here, the component's declaration
    counts.
    """

    type: str | None
    mode: str | None
    path: str | None
    parent_output: str | None  # the enclosing pipeline's output that this one is
    asset: str | None = None  # the name under which it is registered
    version: str | None = None  # of that asset; None: the next one
    # Where a local path that is known later belongs to.
    folder: str = field(default="", compare=False)
