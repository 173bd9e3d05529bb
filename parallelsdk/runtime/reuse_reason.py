"""Why a step cannot be reused, in words: what differs from the most similar earlier run of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from parallelsdk.jobstore.layout import JobFolder, StepFolder
from parallelsdk.jobstore.records import NO_EARLIER_RUN, StepRecord
from parallelsdk.planning.plan import StepPlan
from parallelsdk.runtime.fingerprint import INHERITED, INPUT, MODULES, Fingerprint
from parallelsdk.runtime.fingerprint_lists import changed_input, changed_module, changed_variables


@dataclass(frozen=True, slots=True)
class Earlier:
    """A step of another job in the workspace that has a fingerprint."""

    job: JobFolder
    step: StepRecord

    @property
    def name(self) -> str:
        """``<job>/<step>``."""
        return f"{self.job.name}/{self.step.name}"

    @property
    def folder(self) -> StepFolder:
        """Where it lies."""
        return self.job.step(self.step.name)


def explain(step: StepPlan, now: Fingerprint, earlier: Iterable[Earlier]) -> str:
    """What differs from the most similar earlier step of the same name, in words."""

    def alike(other: Earlier) -> int:
        return sum(other.step.reuse.parts.get(k) == v for k, v in now.parts.items())

    best = max(earlier, key=alike, default=None)  # the first of several is the newest
    if best is None:
        return NO_EARLIER_RUN
    before = best.step.reuse.parts
    parts = [part for part in (*now.parts, *before) if before.get(part) != now.parts.get(part)]
    told = (_change(step, part, now, best) for part in dict.fromkeys(parts))
    return ", ".join(told) or NO_EARLIER_RUN


def _change(step: StepPlan, part: str, now: Fingerprint, best: Earlier) -> str:
    logs = best.folder.logs
    if part == INHERITED:
        return ", ".join(changed_variables(now, logs)) or f"{part} changed"
    if part == MODULES:
        module = changed_module(now, logs)
        return f"{part} changed{f': file {module}' if module else ''}"
    name = part.removeprefix(INPUT)
    port = next((port for port in step.inputs if port.name == name), None)
    if part == name or port is None or port.uri is None:
        return f"{part} changed"
    if port.producer is not None:
        return f"input data changed: {name}, because the step {port.producer} ran again"
    file = changed_input(step, name, logs)
    return f"input data changed: {f'file {file}' if file else name}"
