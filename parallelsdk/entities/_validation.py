"""Validation of a whole job: everything that can be known wrong without touching data.

Reports and does not raise, as Azure's ``_validate`` does, and finds what Azure notices only in its
cloud: a missing required input, a binding that names nothing, a missing entry script. Cycles are
planning's matter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parallelsdk._expressions import expressions
from parallelsdk.entities._checks import check_step
from parallelsdk.entities._findings import Findings, Level, check_literal
from parallelsdk.entities._io import Input
from parallelsdk.entities._outputs import PipelineOutput
from parallelsdk.entities._parameter import PipelineInput
from parallelsdk.entities._pipeline import Pipeline, PipelineComponent
from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.rules.identifiers import step_fault


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What was found: ``error_messages`` and ``warnings`` map dotted paths to what is wrong."""

    error_messages: dict[str, str]
    warnings: dict[str, str]
    places: dict[str, str]  # path -> "pipeline.yml:47:5", where the job came from a file

    @property
    def passed(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not self.error_messages

    def try_raise(self) -> None:
        """Raise one ValidationException that lists all errors with their places, or return."""
        if self.error_messages:
            lines = [self._line(path, text) for path, text in self.error_messages.items()]
            raise ValidationException("\n".join(lines), target=ErrorTarget.PIPELINE)

    def _line(self, path: str, message: str) -> str:
        place = self.places.get(path, "")
        return f"{place}: {path}: {message}" if place else f"{path}: {message}"

    def _to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"result": "Succeeded" if self.passed else "Failed"}
        for key, messages in (("errors", self.error_messages), ("warnings", self.warnings)):
            if messages:
                found[key] = [
                    {"message": text, "path": path, "location": self.places.get(path, "")}
                    for path, text in messages.items()
                ]
        return found

    def __str__(self) -> str:
        return json.dumps(self._to_dict(), indent=2)


def validate(
    component: PipelineComponent,
    inputs: Mapping[str, PipelineInput],
    outputs: Mapping[str, PipelineOutput],
    locate: Callable[[str], str],
    odd_names: Mapping[str, str],
) -> ValidationResult:
    """All that is wrong with a job of ``component``; ``locate`` tells where a path is written.

    ``odd_names`` maps paths beside the steps, whose last name means nothing, to what that is.
    """
    findings = Findings()
    for path, fault in odd_names.items():
        findings.warn(path, fault)
    _check_pipeline(component, "", findings)
    _check_inputs(inputs, _used_inputs(component), findings)
    for name, output in outputs.items():
        if output.source is None:
            findings.warn(f"outputs.{name}", "no step writes this output")
    places = {path: locate(path) for path in (*findings.errors, *findings.warnings)}
    return ValidationResult(findings.errors, findings.warnings, places)


def _check_inputs(inputs: Mapping[str, PipelineInput], used: set[str], findings: Findings) -> None:
    for name, port in inputs.items():
        declared: Input = port.declared
        if port.data is not None:
            check_literal(port.data, declared, f"inputs.{name}", findings)
        elif name in used and not declared.optional and declared.default is None:
            findings.error(
                f"inputs.{name}", f"Required input {name!r} is not provided; give it a value"
            )


def _used_inputs(component: PipelineComponent) -> set[str]:
    """The pipeline's inputs that its own steps refer to."""
    steps = [node._to_dict() for node in component.jobs.values()]
    mine = [{name: value for name, value in step.items() if name != "component"} for step in steps]
    found = expressions(json.dumps(mine, default=str))
    return {".".join(item.path[2:]) for item in found if item.path[:2] == ("parent", "inputs")}


def _check_pipeline(component: PipelineComponent, prefix: str, findings: Findings) -> None:
    if not component.jobs:
        findings.error(f"{prefix}jobs", "the pipeline has no steps; add at least one")
    level = Level(component)
    taken: dict[str, str] = {}
    for name, node in component.jobs.items():
        path = f"{prefix}jobs.{name}"
        findings.error(path, step_fault(name))
        check_step(node, path, level, findings)
        for output, port in node.outputs.items():
            bound = port.parent_output
            if bound is not None and bound in taken:
                findings.error(
                    f"{path}.outputs.{output}",
                    f"the pipeline's output {bound!r} is already written by {taken[bound]}",
                )
            elif bound is not None:
                taken[bound] = f"{name}.outputs.{output}"
        if isinstance(node, Pipeline) and node.component.reference is None:
            _check_pipeline(node.component, f"{path}.component.", findings)
