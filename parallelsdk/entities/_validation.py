"""Validation of a whole job: everything that can be known wrong without touching data.

Reports and does not raise, as Azure's ``_validate`` does, and finds what Azure notices only in its
cloud: a missing required input, a binding that names nothing, a missing entry script. Cycles are
planning's matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from parallelsdk._expressions import expressions
from parallelsdk.entities._checks import check_asset
from parallelsdk.entities._findings import Findings, check_literal
from parallelsdk.entities._graph import FromParent
from parallelsdk.entities._inputs import NodeInput
from parallelsdk.entities._io import Input
from parallelsdk.entities._node import Node
from parallelsdk.entities._outputs import PipelineOutput
from parallelsdk.entities._parameter import PipelineInput
from parallelsdk.entities._pipeline import Pipeline, PipelineComponent, check_pipeline


def find(
    component: PipelineComponent,
    inputs: Mapping[str, PipelineInput],
    outputs: Mapping[str, PipelineOutput],
) -> Findings:
    """All that is wrong with the steps of a job of ``component``, its inputs and its outputs."""
    findings = Findings()
    check_pipeline(component, "", findings)
    _check_inputs(inputs, _needed_inputs(component), findings)
    for name, output in outputs.items():
        check_asset(output, f"outputs.{name}", findings)
        if output.source is None:
            findings.warn(f"outputs.{name}", "no step writes this output")
    return findings


def _check_inputs(inputs: Mapping[str, PipelineInput], used: set[str], findings: Findings) -> None:
    for name, port in inputs.items():
        declared: Input = port.declared
        if port.data is not None:
            check_literal(port.data, declared, f"inputs.{name}", findings)
        elif name in used and not declared.optional and declared.default is None:
            findings.error(
                f"inputs.{name}", f"Required input {name!r} is not provided; give it a value"
            )


def _needed_inputs(component: PipelineComponent) -> set[str]:
    """The pipeline's inputs that its own steps refer to and cannot do without."""
    mine = []
    for node in component.jobs.values():
        step = {name: value for name, value in node._to_dict().items() if name != "component"}
        needed = {n: v for n, v in step.get("inputs", {}).items() if _is_needed(node, n)}
        mine.append({**step, "inputs": needed})
    found = expressions(json.dumps(mine, default=str))
    return {".".join(item.path[2:]) for item in found if item.path[:2] == ("parent", "inputs")}


def _is_needed(node: Node, name: str) -> bool:
    """Whether the step cannot do without its input ``name``, which is bound."""
    port: NodeInput = node.inputs[name]
    if not isinstance(port.source(), FromParent) or port.declared is None:
        return True
    if port.declared.optional or port.declared.default is not None:
        return False
    return not isinstance(node, Pipeline) or name in _needed_inputs(node.component)
