"""How much runs at a time: what this machine has, and what a step takes of it."""

from __future__ import annotations

import os

from parallelsdk.planning.plan import CommandPlan, StepPlan


def core_count() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def processes_of(step: StepPlan) -> int:
    """How many processes the step works with at a time."""
    return 1 if isinstance(step, CommandPlan) else step.instance_count * step.slots_per_instance
