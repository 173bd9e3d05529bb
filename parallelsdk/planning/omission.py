"""A step without some of its inputs: what it can do when the step that makes them has failed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from parallelsdk.planning.arguments import Ports, read_arguments, read_command
from parallelsdk.planning.plan import CommandPlan, InputPlan, ParallelPlan, StepPlan


def leave_out(step: StepPlan, names: Collection[str]) -> StepPlan | None:
    """``step`` as if nobody had given it the inputs ``names``; None if it cannot do without.

    It cannot do without an input that is required, that is split into mini-batches, or that its
    text uses outside of a ``$[[ ]]``.
    """
    left_out = [port for port in step.inputs if port.name in names]
    if not all(port.optional for port in left_out):
        return None
    inputs = tuple(
        dataclasses.replace(port, uri=None, producer=None) if port in left_out else port
        for port in step.inputs
    )
    if isinstance(step, CommandPlan):
        command, problems = read_command(step.text, _ports(step, inputs))
        return None if problems else dataclasses.replace(step, inputs=inputs, command=command)
    return None if step.major_input in names else _parallel(step, inputs)


def _parallel(step: ParallelPlan, inputs: tuple[InputPlan, ...]) -> ParallelPlan | None:
    read = read_arguments(step.text, _ports(step, inputs))
    if read.problems:
        return None
    return dataclasses.replace(step, inputs=inputs, arguments=read.words)


def _ports(step: StepPlan, inputs: tuple[InputPlan, ...]) -> Ports:
    return Ports(
        literals={port.name: port.literal for port in inputs if port.literal is not None},
        data=frozenset(port.name for port in inputs if port.uri is not None),
        missing=frozenset(
            port.name for port in inputs if port.uri is None and port.literal is None
        ),
        outputs=frozenset(output.name for output in step.outputs),
    )
