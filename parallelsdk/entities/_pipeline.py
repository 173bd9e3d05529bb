"""Pipelines as components: the ``PipelineComponent`` and the node of a pipeline inside another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from parallelsdk.constants import JobType
from parallelsdk.entities._component import Component
from parallelsdk.entities._node import Node, connect
from parallelsdk.entities._outputs import NodeOutput
from parallelsdk.rules.vocabulary import COMPONENTS


class PipelineComponent(Component):
    """Steps with common inputs and outputs. Called, it makes a ``Pipeline`` step."""

    kind: ClassVar[str] = JobType.PIPELINE
    words = COMPONENTS[JobType.PIPELINE]

    jobs: dict[str, Node]

    def __init__(self, *, jobs: Mapping[str, Node] | None = None, **values: Any) -> None:
        super().__init__(**values)
        self.jobs = dict(jobs or {})

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

    def _to_dict(self) -> dict[str, Any]:
        found = super()._to_dict()
        if self.is_deterministic is None:
            del found["is_deterministic"]  # said of the steps, not of a pipeline
        found["jobs"] = {name: node._to_dict() for name, node in self.jobs.items()}
        return found


class Pipeline(Node):
    """A pipeline as one step of another."""

    kind: ClassVar[str] = JobType.PIPELINE
    component_class: ClassVar[type[Component]] = PipelineComponent
    component: PipelineComponent

    def _own_dict(self) -> dict[str, Any]:
        outputs = {
            name: port.printed() or {"type": port.type} for name, port in self.outputs.items()
        }
        return {"outputs": outputs, "component": self.component.printed()}
