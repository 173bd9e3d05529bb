"""Pipelines as components: the ``PipelineComponent`` and the node of a pipeline inside another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from parallelsdk.constants import MOST_NESTED, JobType
from parallelsdk.entities._checks import check_step
from parallelsdk.entities._component import Component, told_alone
from parallelsdk.entities._fields import expect_mapping
from parallelsdk.entities._findings import Findings
from parallelsdk.entities._level import AnyLevel, Level
from parallelsdk.entities._node import Node, connect
from parallelsdk.entities._outputs import NodeOutput
from parallelsdk.entities._settings import PipelineJobSettings, pipeline_settings
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.exceptions import BadTypeError
from parallelsdk.rules.identifiers import step_fault
from parallelsdk.rules.vocabulary import COMPONENTS


class PipelineComponent(Component):
    """Steps with common inputs and outputs. Called, it makes a ``Pipeline`` step."""

    kind: ClassVar[str] = JobType.PIPELINE
    words = COMPONENTS[JobType.PIPELINE]
    deterministic_unless_said = None  # it is said of the steps

    jobs: dict[str, Node]

    def __init__(self, *, jobs: Mapping[str, Node] | None = None, **values: Any) -> None:
        super().__init__(**values)
        self.jobs = expect_mapping(jobs, "jobs", "a mapping of step names")
        for name, node in self.jobs.items():
            if not isinstance(node, Node):
                raise BadTypeError(f"jobs.{name}: must be a step, found {node!r:.80}")

    def __call__(self, *args: Any, **inputs: Any) -> Pipeline:
        """A step of this pipeline; see ``connect`` for what is raised."""
        connected: Pipeline = connect(self.new_node(), args, inputs)
        return connected

    def new_node(self) -> Pipeline:
        """A step that joins no pipeline yet."""
        return Pipeline(self)

    def source_of(self, output: str) -> NodeOutput | None:
        """The step's output that is bound to the pipeline's ``output``."""
        for node in self.jobs.values():
            for port in node.outputs.values():
                if port.parent_output == output:
                    found: NodeOutput = port
                    return found
        return None

    def _check(self, findings: Findings) -> None:
        super()._check(findings)
        check_pipeline(self, "", findings)

    def _to_dict(self) -> dict[str, Any]:
        found = super()._to_dict()
        if self.is_deterministic is None:
            del found["is_deterministic"]
        found["jobs"] = {name: node._to_dict() for name, node in self.jobs.items()}
        return found


class Pipeline(Node):
    """A pipeline as one step of another."""

    kind: ClassVar[str] = JobType.PIPELINE
    component_class: ClassVar[type[Component]] = PipelineComponent
    component: PipelineComponent

    def __init__(self, component: PipelineComponent | str, **values: Any) -> None:
        self._pipeline_settings = PipelineJobSettings()
        super().__init__(component, **values)

    @property
    def settings(self) -> PipelineJobSettings:
        """Settings of the job that the step becomes when it is submitted alone."""
        return self._pipeline_settings

    @settings.setter
    def settings(self, value: PipelineJobSettings | Mapping[str, Any] | None) -> None:
        self._pipeline_settings = pipeline_settings(value)

    def _validate(self, raise_error: bool = False) -> ValidationResult:
        """Check the step by itself and the steps in it; report, or with ``raise_error`` raise."""
        findings = Findings()
        check_step(self, "", AnyLevel(), findings)
        for name, fault in self.settings.unknown().items():
            findings.warn(f"settings.{name}", fault)
        if self.component.reference is None:
            check_pipeline(self.component, "", findings)
        return told_alone(findings, self.component.document, raise_error)


def check_pipeline(component: PipelineComponent, prefix: str, findings: Findings) -> None:
    """Add all that is wrong with the steps of ``component``, whose paths begin with ``prefix``."""
    if prefix.count(".component.") >= MOST_NESTED:
        findings.error(f"{prefix}jobs", f"pipelines are nested more than {MOST_NESTED} deep")
        return
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
            check_pipeline(node.component, f"{path}.component.", findings)
