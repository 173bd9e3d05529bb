"""What may change when a job goes on, and what may not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.planning.plan import CommandPlan, ParallelPlan, PipelinePlan
from parallelsdk.planning.revision import revise
from tests.client.job_folders import two_step_plan

PLAN = two_step_plan(JobFolder(Path("/jobs/one")))


def score(plan: PipelinePlan) -> ParallelPlan:
    step = plan.step("score")
    assert isinstance(step, ParallelPlan)
    return step


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("mini_batch_error_threshold", "mini_batch_error_threshold", 5),
        ("error_threshold", "error_threshold", -1),
        ("allowed_failed_percent", "allowed_failed_percent", 0),
        ("max_retries", "max_retries", 0),
        ("retry_settings.max_retries", "max_retries", 7),
        ("retry_settings.timeout", "timeout", 259200),
        ("timeout", "timeout", 1),
        ("task_overhead_timeout", "task_overhead_timeout", 5),
        ("progress_update_timeout", "progress_update_timeout", 5),
        ("first_task_creation_timeout", "first_task_creation_timeout", 5),
    ],
)
def test_a_threshold_or_time_out_changes_with_its_origin(name: str, field: str, value: int) -> None:
    for given in (value, str(value)):
        settings = score(revise(PLAN, {f"score.{name}": given})).settings
        assert getattr(settings, field) == value
        assert settings.origins == {field: "resume"}
    assert revise(PLAN, {f"score.{name}": value}).step("prepare") == PLAN.step("prepare")


def test_a_derived_time_out_follows_the_settings_that_it_comes_from() -> None:
    settings = dataclasses.replace(
        score(PLAN).settings, origins={"progress_update_timeout": "derived"}
    )
    step = dataclasses.replace(score(PLAN), settings=settings)
    derived = dataclasses.replace(PLAN, steps=(step,))
    changed = score(revise(derived, {"score.timeout": 1000, "score.max_retries": 1})).settings
    assert changed.progress_update_timeout == 2 * 1000 + 600
    assert changed.origins["progress_update_timeout"] == "derived"


def test_a_command_step_has_its_time_out_only() -> None:
    step = revise(PLAN, {"prepare.limits.timeout": 30}).step("prepare")
    assert isinstance(step, CommandPlan) and step.timeout == 30
    with pytest.raises(ValidationException, match="a command step has no such setting"):
        revise(PLAN, {"prepare.max_retries": 1})


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("score.mini_batch_error_threshold", -2, "a whole number, -1 or more"),
        ("score.allowed_failed_percent", 101, "from 0 to 100"),
        ("score.timeout", 0, "from 1 to 259200"),
        ("score.timeout", 1.5, "from 1 to 259200"),
        ("score.max_retries", True, "from 0 to 10000"),
        ("score.max_retries", None, "from 0 to 10000"),
        ("score.max_retries", 10_001, "from 0 to 10000"),
        ("score.max_retrys", 1, "did you mean 'max_retries'"),
        ("scor.max_retries", 1, "did you mean 'score'"),
        ("max_retries", 1, "no step"),
        ("score", 1, "no step"),
        ("score.mini_batch_size", 1, "how the input was cut"),
        ("score.task.program_arguments", "x", "can change"),
        ("score.inputs.data", "x", "made with it"),
        ("score.short_return", "item", "made with it"),
        ("score.resources.instance_count", 2, "can change"),
    ],
)
def test_anything_else_is_refused_with_the_reason(path: str, value: object, said: str) -> None:
    with pytest.raises(ValidationException) as refused:
        revise(PLAN, {path: value})
    assert said in str(refused.value)
    assert path in str(refused.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValidationException) as refused:
        revise(PLAN, {"score.timeout": 0, "scoer.timeout": 1, "score.max_retries": 3})
    assert str(refused.value).count("\n") == 2
