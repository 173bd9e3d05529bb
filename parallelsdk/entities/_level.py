"""``Level``: one pipeline as its steps see it, to tell what a reference in one of them names."""

from __future__ import annotations

from typing import Any, Protocol

from parallelsdk._expressions import Expression, split_parts
from parallelsdk.entities._fields import Binding
from parallelsdk.entities._findings import unclosed
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._node import Node
from parallelsdk.rules.names import did_you_mean


class Steps(Protocol):
    """What there is to know of a pipeline."""

    inputs: dict[str, Input]
    outputs: dict[str, Output]
    jobs: dict[str, Node]


class Level:
    """One pipeline, as its steps see it: what ``parent.`` can name."""

    def __init__(self, component: Steps) -> None:
        self.component = component

    def problem_of(self, found: Expression) -> str | None:
        """Why a reference in a step's input or setting names nothing, or None."""
        path = found.path
        if path[:2] == ("parent", "inputs") and len(path) > 2:
            return _unknown(".".join(path[2:]), self.component.inputs, "the pipeline has no input")
        if path[:2] == ("parent", "jobs") and len(path) > 4 and path[3] == "outputs":
            return self.problem_of_step(path[2], ".".join(path[4:]))
        if path[0] in ("inputs", "outputs", "jobs"):
            return (
                f"{found.text} names nothing here; did you mean ${{{{parent.{'.'.join(path)}}}}}?"
            )
        return (
            f"{found.text} names nothing; write ${{{{parent.inputs.<name>}}}} "
            "or ${{parent.jobs.<step>.outputs.<name>}}"
        )

    def problem_of_step(self, step: str, output: str) -> str | None:
        """Why ``step`` or its ``output`` does not exist, or None."""
        jobs = self.component.jobs
        if step not in jobs:
            return f"the pipeline has no step {step!r}{did_you_mean(step, jobs)}"
        if jobs[step].component.reference is not None:  # its outputs are not known yet
            return None
        return _unknown(output, jobs[step].component.outputs, f"the step {step!r} has no output")

    def problem_of_output(self, name: str) -> str | None:
        """Why the pipeline has no such output, or None."""
        return _unknown(name, self.component.outputs, "the pipeline has no output")

    def problem_of_order(self, step: str) -> str | None:
        """Why there is no such step to wait for, or None."""
        return _unknown(step, self.component.jobs, "there is no step")

    def problems_in(self, value: Any) -> str | None:
        """The first reference in ``value``, a text or a binding, that names nothing."""
        if not isinstance(value, str | Binding):
            return None
        for part in split_parts(str(value)):
            problem = self.problem_of(part) if isinstance(part, Expression) else unclosed(part)
            if problem:
                return problem
        return None


class AnyLevel(Level):
    """Whatever pipeline a step may stand in: what only that can know is let pass."""

    def __init__(self) -> None:
        """Without a pipeline."""

    def problem_of(self, found: Expression) -> str | None:
        return None if found.path[0] == "parent" else super().problem_of(found)

    def problem_of_output(self, name: str) -> str | None:
        return None

    def problem_of_order(self, step: str) -> str | None:
        return None


def _unknown(name: str, known: Any, what: str) -> str | None:
    return None if name in known else f"{what} {name!r}{did_you_mean(name, known)}"
