"""``parallel_run_function``: what the node and its component hold, and bad values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import Input, Output
from parallelsdk.dsl import pipeline
from parallelsdk.entities import (
    BatchRetrySettings,
    JobResourceConfiguration,
    ParallelTask,
    RetrySettings,
    _graph,
)
from parallelsdk.exceptions import ValidationException
from parallelsdk.parallel import RunFunction, parallel_run_function


def score(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "name": "score",
        "inputs": {"data": Input(type="mltable"), "model": Input(path="azureml:m:1"), "k": 3},
        "outputs": {"rows": Output(type="uri_file", mode="rw_mount")},
        "input_data": "${{inputs.data}}",
        "task": RunFunction(code="./src", entry_script="score.py"),
    }
    return parallel_run_function(**{**fields, **changes})


def test_settings_stand_on_the_node_and_on_its_component() -> None:
    node = score(
        mini_batch_size="10kb",
        logging_level="DEBUG",
        error_threshold=0,
        mini_batch_error_threshold=5,
        max_concurrency_per_instance=2,
        partition_keys=["a", "b"],
        retry_settings={"max_retries": 2, "timeout": 60},
        instance_count=2,
        instance_type="big",
    )
    for owner in (node, node.component):
        assert owner.mini_batch_size == 10_240
        assert owner.error_threshold == 0 and owner.mini_batch_error_threshold == 5
        assert owner.partition_keys == ["a", "b"] and owner.logging_level == "DEBUG"
        assert owner.retry_settings == RetrySettings(max_retries=2, timeout=60)
        assert owner.resources == JobResourceConfiguration(instance_count=2, instance_type="big")


def test_what_is_not_given_is_none() -> None:
    node = score()
    assert node.resources is None and node.retry_settings is None and node.mini_batch_size is None
    assert node.tags == {} and node.environment_variables == {}
    assert node.setting("error_threshold") is None


def test_instances_take_over_settings_and_presets() -> None:
    maker = score(retry_settings={"timeout": 5}, compute="small", environment_variables={"A": "1"})
    maker.mini_batch_size = 4
    maker.error_threshold = 7
    step = maker(data="azureml:d:1")
    step.retry_settings.timeout = 6
    assert maker.retry_settings.timeout == 5
    assert (step.mini_batch_size, step.error_threshold, step.compute) == (4, 7, "small")
    assert step.environment_variables == {"A": "1"} and step.name == "score"
    assert step.input_sources() == {
        "data": _graph.Data("azureml:d:1", "mltable", None),
        "model": _graph.Data("azureml:m:1", "uri_folder", None),
        "k": _graph.Value(3),
    }
    assert step.output_targets()["rows"] == _graph.OutputTarget("uri_file", "rw_mount", None, None)


def test_a_setting_may_be_bound_to_a_pipeline_input() -> None:
    maker = score(retry_settings={"timeout": 5}, instance_count=1)

    @pipeline
    def job(size: int, n: int):  # type: ignore[no-untyped-def]
        step = maker(data="azureml:d:1")
        step.mini_batch_size = size
        step.resources.instance_count = n
        step.retry_settings.max_retries = n

    step = job(size=3, n=2).jobs["score"]
    assert step.setting("mini_batch_size") == "${{parent.inputs.size}}"
    assert step.setting("resources.instance_count") == "${{parent.inputs.n}}"
    printed = step._to_dict()
    assert printed["mini_batch_size"] == "${{parent.inputs.size}}"
    assert printed["retry_settings"] == {"timeout": 5, "max_retries": "${{parent.inputs.n}}"}


def test_a_scalar_assigned_to_a_step_is_kept_as_it_is() -> None:
    step = score()(data="azureml:d:1")
    step.mini_batch_size = "5mb"
    assert step.mini_batch_size == "5mb"
    step.retry_settings = {"timeout": 7}
    step.resources = {"instance_count": 3}
    step.task = {"entry_script": "other.py"}
    assert step.setting("retry_settings.timeout") == 7
    assert step.setting("resources.instance_count") == 3
    assert isinstance(step.task, ParallelTask) and step.task.entry_script == "other.py"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mini_batch_size", "10 bananas"),
        ("mini_batch_size", "1.5mb"),
        ("mini_batch_error_threshold", "5"),
        ("error_threshold", -2),
        ("max_concurrency_per_instance", "2"),
        ("logging_level", "LOUD"),
        ("retry_settings", 3),
    ],
)
def test_a_bad_value_is_answered_on_the_spot_with_its_name(name: str, value: Any) -> None:
    with pytest.raises(ValidationException, match=name):
        score(**{name: value})


def test_supersets_of_what_azure_takes() -> None:
    assert score(mini_batch_size=5).mini_batch_size == 5
    assert (
        score(retry_settings=BatchRetrySettings(timeout=5)).setting("retry_settings.timeout") == 5
    )
    assert score(task={"code": ".", "entry_script": "s.py"}).task.entry_script == "s.py"
    assert score(task=None).task is None
    with pytest.warns(UserWarning, match="'unknown_keyword' means nothing here"):
        assert score(unknown_keyword=3).name == "score"


def test_positional_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="positional"):
        parallel_run_function("score")  # type: ignore[misc]


def test_code_belongs_to_the_folder_in_which_the_task_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    maker = score()
    monkeypatch.chdir("/")
    step = maker(data="azureml:d:1")
    assert step.task.code == "./src"
    assert step.task_code == str(tmp_path / "src")


def test_a_run_function_is_a_run_function_whatever_else_is_said() -> None:
    with pytest.warns(UserWarning, match="'nonsense' means nothing here"):
        task = RunFunction(code=Path("src"), entry_script="s.py", nonsense=3)
    assert (task.type, task.code) == ("run_function", "src")


def test_a_printed_step_shows_its_typed_interface() -> None:
    printed = score()(data="azureml:d:1")._to_dict()
    assert printed["component"]["inputs"] == {
        "data": {"type": "mltable"},
        "model": {"type": "uri_folder"},
        "k": {"type": "integer", "default": 3},
    }
    assert "mini_batch_size" not in printed and "retry_settings" not in printed
