"""How much runs at a time: what this machine has, and what a step takes of it."""

from __future__ import annotations

import dataclasses
import os
from typing import Final

from parallelsdk.exceptions import ValidationException
from parallelsdk.planning.plan import CommandPlan, ParallelPlan, StepPlan

MOST_WORKERS: Final = "PARALLELSDK_MOST_WORKERS"


def core_count() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def most_workers() -> int:
    """The worker processes that a step of this machine gets at most: as many as there are cores,
    unless ``PARALLELSDK_MOST_WORKERS`` says otherwise. ValidationException for one that is none.
    """
    text = os.environ.get(MOST_WORKERS)
    if not text:
        return core_count()
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise ValidationException(f"{MOST_WORKERS} is {text!r}; it must be a whole number from 1.")
    return int(text)


def fitting(step: ParallelPlan, most: int) -> ParallelPlan:
    """The step with so few instances and workers that they are not more than ``most``."""
    if processes_of(step) <= most:
        return step
    instances = min(step.instance_count, most)
    slots = min(step.slots_per_instance, max(1, most // instances))
    return dataclasses.replace(step, instance_count=instances, slots_per_instance=slots)


def processes_of(step: StepPlan) -> int:
    """How many processes the step works with at a time."""
    return 1 if isinstance(step, CommandPlan) else step.instance_count * step.slots_per_instance
