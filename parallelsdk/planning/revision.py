"""A plan with other thresholds, retries and time-outs, for a job that goes on.

Pure. Only what decides when to give up can change: everything else is what the committed results
were made with, and a job must not end with results of two kinds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.planning.plan import (
    CommandPlan,
    ParallelPlan,
    PipelinePlan,
    StepPlan,
)
from parallelsdk.planning.settings import progress_timeout
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.settings import CHANGEABLE, MADE, ONLY, SETTINGS

ORIGIN: Final = "resume"
_OF_A_COMMAND: Final = {"timeout": CHANGEABLE["timeout"]}
_AS_WRITTEN: Final = ("retry_settings.", "limits.")  # what stands before a name in a pipeline
_FIXED: Final[Mapping[str, str]] = {
    **{setting.name: setting.fixed for setting in SETTINGS.values() if setting.fixed},
    **dict.fromkeys(
        (
            *("input_data", "entry_script", "program_arguments", "inputs", "outputs", "command"),
            "environment_variables",
        ),
        MADE,
    ),
    **dict.fromkeys(("resources", "task", "environment", "compute"), ONLY),
    "code": f"{MADE}. With --new-code the job goes on with the code as it is now",
}


def revise(plan: PipelinePlan, changes: Mapping[str, object]) -> PipelinePlan:
    """The plan with ``changes``, which map "step.setting" to a whole number.

    A changed setting of a parallel step has the origin "resume". Raises ValidationException that
    lists everything that cannot be changed so.
    """
    problems: list[str] = []
    wanted: dict[str, dict[str, int]] = {}
    for path, value in changes.items():
        found = _read(plan, path, value)
        if isinstance(found, str):
            problems.append(f"{path}: {found}")
        else:
            step, name, number = found
            wanted.setdefault(step, {})[name] = number
    if problems:
        raise ValidationException(
            f'The job "{plan.name}" cannot go on with these settings:'
            + "".join(f"\n  {problem}" for problem in problems),
            target=ErrorTarget.PIPELINE,
        )
    steps = tuple(_revised(step, wanted.get(step.name, {})) for step in plan.steps)
    return dataclasses.replace(plan, steps=steps)


def _read(plan: PipelinePlan, path: str, value: object) -> tuple[str, str, int] | str:
    """Step, setting and value; or, as a sentence, why not."""
    step = _step(plan, path)
    if step is None:
        names = [step.name for step in plan.steps]
        step_name = path.partition(".")[0]
        return f'there is no step "{step_name}"{did_you_mean(step_name, names)}'
    written = path.removeprefix(step.name).removeprefix(".")
    name = written
    for prefix in _AS_WRITTEN:
        name = name.removeprefix(prefix)
    known = CHANGEABLE if isinstance(step, ParallelPlan) else _OF_A_COMMAND
    knob = known.get(name)
    if knob is None:
        if name in CHANGEABLE:
            return f"a command step has no such setting{did_you_mean(name, known)}"
        reason = _FIXED.get(name) or _FIXED.get(written.partition(".")[0])
        if reason is not None:
            return f"cannot be changed: {reason}"
        return f"is no setting that can be changed{did_you_mean(name, known)}"
    number = knob.read(value)
    if number is None or isinstance(number, str):
        return f"is {value!r}; it must be {knob.allowed}"
    return step.name, name, number


def _step(plan: PipelinePlan, path: str) -> StepPlan | None:
    """The step that ``path`` begins with; of a pipeline in a pipeline that is "outer.inner"."""
    fitting = [step for step in plan.steps if path.startswith(f"{step.name}.")]
    return max(fitting, key=lambda step: len(step.name), default=None)


def _revised(step: StepPlan, changes: Mapping[str, int]) -> StepPlan:
    if not changes:
        return step
    if isinstance(step, CommandPlan):
        return dataclasses.replace(step, timeout=changes["timeout"])
    origins = {**step.settings.origins, **dict.fromkeys(changes, ORIGIN)}
    settings = dataclasses.replace(step.settings, **dict(changes), origins=origins)  # type: ignore[arg-type]
    if origins.get("progress_update_timeout") == "derived":
        derived = progress_timeout(
            settings.max_retries, settings.timeout, settings.task_overhead_timeout
        )
        settings = dataclasses.replace(settings, progress_update_timeout=derived)
    return dataclasses.replace(step, settings=settings)
