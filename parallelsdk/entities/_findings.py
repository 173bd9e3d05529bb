"""What validation collects, and what it knows of one pipeline level."""

from __future__ import annotations

from typing import Any

from parallelsdk._expressions import Expression, split_parts
from parallelsdk.constants import LITERAL_TYPES
from parallelsdk.entities._fields import Binding
from parallelsdk.entities._io import Input
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.rules import literals
from parallelsdk.rules.names import did_you_mean


class Findings:
    """Errors and warnings by dotted path, in the order in which they were found."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}
        self.warnings: dict[str, str] = {}

    def error(self, path: str, message: str | None) -> None:
        """One more error; None is no error."""
        if message and message not in self.errors.get(path, ""):
            self.errors[path] = "; ".join(filter(None, [self.errors.get(path), message]))

    def warn(self, path: str, message: str) -> None:
        """One more warning."""
        self.warnings.setdefault(path, message)


class Level:
    """One pipeline, as its steps see it: what ``parent.`` can name."""

    def __init__(self, component: PipelineComponent) -> None:
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

    def problems_in(self, value: Any) -> str | None:
        """The first reference in ``value``, a text or a binding, that names nothing."""
        if not isinstance(value, str | Binding):
            return None
        for part in split_parts(str(value)):
            problem = self.problem_of(part) if isinstance(part, Expression) else unclosed(part)
            if problem:
                return problem
        return None


def unclosed(text: str) -> str | None:
    """Why a text between placeholders is suspicious, or None."""
    return "a '${{' is empty or not closed by '}}'" if "${{" in text else None


def _unknown(name: str, known: Any, what: str) -> str | None:
    return None if name in known else f"{what} {name!r}{did_you_mean(name, known)}"


def check_literal(value: Any, declared: Input, path: str, findings: Findings) -> None:
    """Say what is wrong, or odd, with a literal that is given at ``path``."""
    findings.error(path, check_value(value, declared))
    if note := literals.coercion(value, declared.type):
        findings.warn(path, note)


def check_value(value: Any, declared: Input) -> str | None:
    """Why a given value does not fit its declaration, or None. Texts with placeholders are let
    through.
    """
    if isinstance(value, Binding) or declared.type is None:
        return None
    if isinstance(value, Input):
        if declared.type in LITERAL_TYPES:
            return f"is of type {declared.type}, found data at {value.path!r}"
        return None
    if declared.type not in LITERAL_TYPES:
        return f"is of type {declared.type}, found the literal {value!r}; give data with a path"
    if isinstance(value, str) and "${{" in value:
        return None
    return declared.fault_of(value)
