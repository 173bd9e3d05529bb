"""A step without some of its optional inputs: what is left when the step that makes them failed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from parallelsdk.planning.arguments import Ports, read_arguments, read_command
from parallelsdk.planning.plan import CommandPlan, InputPlan, StepPlan


def leave_out(step: StepPlan, names: Collection[str]) -> StepPlan | None:
    """``step`` as if nobody had given it the inputs ``names``; None when it needs one of them.

    It needs what it splits, what is not declared optional, and what its command or its arguments
    use outside of ``$[[ ]]``.
    """
    if any(port.name in names and not port.optional for port in step.inputs):
        return None
    inputs = tuple(
        InputPlan(port.name, port.type, optional=True) if port.name in names else port
        for port in step.inputs
    )
    ports = Ports(
        literals={port.name: port.literal for port in inputs if port.literal is not None},
        data=frozenset(port.name for port in inputs if port.uri is not None),
        missing=frozenset(
            port.name for port in inputs if port.literal is None and port.uri is None
        ),
        outputs=frozenset(output.name for output in step.outputs),
    )
    if isinstance(step, CommandPlan):
        command, problems = read_command(step.text, ports)
        return None if problems else dataclasses.replace(step, inputs=inputs, command=command)
    arguments = read_arguments(step.text, ports)
    if arguments.problems or step.major_input in ports.missing:
        return None
    return dataclasses.replace(step, inputs=inputs, arguments=arguments.words)
