"""A plan with other thresholds, retries and time-outs, for a job that goes on.

Pure. Only what decides when to give up can change: everything else is what the committed results
were made with, and a job must not end with results of two kinds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from parallelsdk.constants import MAX_TIMEOUT, MOST_RETRIES
from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.planning.arguments import KNOBS, Knob, knob_value
from parallelsdk.planning.plan import (
    CommandPlan,
    ParallelPlan,
    PipelinePlan,
    StepPlan,
)
from parallelsdk.planning.settings import progress_timeout
from parallelsdk.rules.names import did_you_mean

ORIGIN: Final = "resume"
_TIMEOUT: Final = Knob("timeout", "integer", 1, MAX_TIMEOUT)
CHANGEABLE: Final[Mapping[str, Knob]] = {
    knob.name: knob
    for knob in (
        Knob("mini_batch_error_threshold", "integer", -1),
        KNOBS["error_threshold"],
        KNOBS["allowed_failed_percent"],
        Knob("max_retries", "integer", 0, MOST_RETRIES),
        _TIMEOUT,
        KNOBS["task_overhead_timeout"],
        KNOBS["progress_update_timeout"],
        KNOBS["first_task_creation_timeout"],
    )
}
_OF_A_COMMAND: Final[Mapping[str, Knob]] = {"timeout": _TIMEOUT}
_AS_WRITTEN: Final = ("retry_settings.", "limits.")  # what stands before a name in a pipeline
_ONLY: Final = "only thresholds, max_retries and time-outs can change when a job goes on"
_CUT: Final = "it says how the input was cut, and what is committed follows that cut"
_MADE: Final = "what is committed was made with it"
_CODE: Final = f"{_MADE}. With --new-code the job goes on with the code as it is now"
_FIXED: Final[Mapping[str, str]] = {
    "code": _CODE,
    **dict.fromkeys(
        ("mini_batch_size", "mini_batch_rows", "mini_batch_bytes", "partition_keys", "input_data"),
        _CUT,
    ),
    **dict.fromkeys(
        (
            *("entry_script", "program_arguments", "inputs", "outputs", "command"),
            *("environment_variables", "append_row_to", "append_row_file_name"),
            *("append_row_dataframe_header", "short_return", "dtype_backend"),
        ),
        _MADE,
    ),
    **dict.fromkeys(
        (
            *("instance_count", "max_concurrency_per_instance", "logging_level"),
            *("copy_logs_to_parent", "resource_monitor_interval", "profiling_module"),
            *("resources", "task", "environment", "compute"),
        ),
        _ONLY,
    ),
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
    number = None if isinstance(value, bool) else knob_value(knob, str(value))
    if not isinstance(number, int):
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
