"""Calling a step again: what another instance takes over."""

from pathlib import Path
from typing import Any

from _files import PARALLEL, command_function, data, parallel_function, write, write_code
from sdk import Input, Output, load_component
from sdk.dsl import pipeline
from sdk.entities import Parallel
from sdk.parallel import RunFunction

FIELDS = (
    *("name", "display_name", "description", "tags", "properties", "comment", "compute"),
    *("logging_level", "max_concurrency_per_instance", "error_threshold", "partition_keys"),
    *("mini_batch_error_threshold", "mini_batch_size", "input_data", "environment_variables"),
    *("retry_settings", "resources"),
)
COMMAND_FIELDS = (
    *("name", "display_name", "description", "tags", "properties", "comment", "compute"),
    *("environment_variables", "resources", "limits", "environment", "command", "distribution"),
)


def shown(node: Any, fields: tuple[str, ...] = FIELDS) -> dict[str, Any]:
    """The attributes of a step as plain values; an empty object counts as None."""
    found = {}
    for name in fields:
        value = getattr(node, name, None)
        if name in ("retry_settings", "resources", "limits") and value is not None:
            names = ("max_retries", "timeout", "instance_count", "instance_type", "shm_size")
            value = {n: getattr(value, n, None) for n in names}
        found[name] = value or None if isinstance(value, dict) else value
    return found


def full(folder: Path) -> Any:
    """A parallel function with every setting."""
    return parallel_function(
        folder,
        name="full",
        display_name="Full",
        description="all of it",
        tags={"a": "1"},
        properties={"p": "q"},
        compute="cpu",
        logging_level="DEBUG",
        max_concurrency_per_instance=3,
        error_threshold=4,
        mini_batch_error_threshold=5,
        mini_batch_size="6",
        partition_keys=["k"],
        instance_count=2,
        instance_type="small",
        shm_size="2g",
        retry_settings={"max_retries": 7, "timeout": 8},
        environment_variables={"E": "1"},
    )


def case_a_fresh_parallel_function(folder: Path) -> Any:
    return shown(full(folder))


def case_a_bare_parallel_function(folder: Path) -> Any:
    found = shown(parallel_function(folder))
    del found["mini_batch_size"]  # the reference says 0 for unset; see compare.unset_size
    return found


def case_an_instance_of_a_full_parallel_function(folder: Path) -> Any:
    return shown(full(folder)(data=data()))


def case_an_instance_of_a_full_command_function(folder: Path) -> Any:
    copy = command_function(
        name="copy",
        display_name="Copy",
        description="copies",
        tags={"a": "1"},
        properties={"p": "q"},
        compute="cpu",
        instance_count=2,
        instance_type="small",
        shm_size="2g",
        timeout=30,
        environment_variables={"E": "1"},
    )
    return {
        "function": shown(copy, COMMAND_FIELDS),
        "instance": shown(copy(source=data()), COMMAND_FIELDS),
    }


def case_settings_changed_on_the_function_reach_later_instances(folder: Path) -> Any:
    score = full(folder)
    before = score(data=data())
    score.mini_batch_size = "17"
    score.logging_level = "WARNING"
    score.max_concurrency_per_instance = 9
    score.error_threshold = 10
    score.compute = "other"
    score.tags = {"b": "2"}
    score.retry_settings.timeout = 99
    score.resources.instance_count = 12
    score.environment_variables["F"] = "2"
    return {"before": shown(before), "after": shown(score(data=data()))}


def case_a_batch_threshold_changed_on_the_function(folder: Path) -> Any:
    score = full(folder)
    score.mini_batch_error_threshold = 11
    return score(data=data()).mini_batch_error_threshold


def case_an_instance_keeps_its_own_settings(folder: Path) -> Any:
    score = full(folder)
    one = score(data=data())
    one.retry_settings.max_retries = 1
    one.resources.instance_count = 1
    one.environment_variables["G"] = "3"
    one.mini_batch_size = "1"
    return {"function": shown(score), "one": shown(one), "two": shown(score(data=data()))}


def case_an_instance_of_an_instance(folder: Path) -> Any:
    score = full(folder)
    one = score(data=data())
    one.name = "first"
    one.display_name = "First"
    return shown(one())


def case_inputs_that_are_not_passed_are_taken_over(folder: Path) -> Any:
    score = parallel_function(
        folder,
        inputs={
            "data": Input(type="uri_folder"),
            "model": Input(type="uri_file", path="./model.bin", mode="download"),
            "count": 3,
            "label": "a",
        },
    )

    @pipeline(default_compute="cpu")
    def chain(source):
        first = score(data=source)
        second = score(data=source, count=4, label="b")
        return {"a": first.outputs.result, "b": second.outputs.result}

    return chain(source=data())


def case_outputs_of_the_function_are_taken_over(folder: Path) -> Any:
    score = parallel_function(
        folder,
        outputs={
            "result": Output(type="uri_file", mode="rw_mount"),
            "extra": Output(type="uri_folder", path="azureml://datastores/d/paths/x"),
        },
    )

    @pipeline(default_compute="cpu")
    def chain(source):
        first = score(data=source)
        second = score(data=source)
        second.outputs.extra = Output(type="mltable", mode="upload")
        return {"a": first.outputs.result}

    return chain(source=data())


def case_a_loaded_component_gives_its_settings_to_its_steps(folder: Path) -> Any:
    write_code(folder)
    score = load_component(write(folder, "score.yml", PARALLEL))
    return shown(score(data=data(type="mltable")))


def case_instances_share_the_component(folder: Path) -> Any:
    score = parallel_function(folder)
    one, two = score(data=data()), score(data=data())
    return [one.component is two.component, one.component is score.component, one.task is two.task]


def case_a_task_changed_on_an_instance_stays_there(folder: Path) -> Any:
    score = parallel_function(folder)
    one, two = score(data=data()), score(data=data())
    one.task.program_arguments = "--changed"
    two.task = RunFunction(code="./src", entry_script="other.py", environment="azureml:e:1")
    tasks = [node.task for node in (score, one, two, score(data=data()))]
    return [[task.entry_script, task.program_arguments] for task in tasks]


def case_a_step_of_a_registered_component(folder: Path) -> Any:
    step = Parallel(component="azureml:c:1")
    return [step.type, step.name, str(step.component)]


def case_a_step_outside_of_a_pipeline(folder: Path) -> Any:
    score = parallel_function(folder, mini_batch_size="10kb", partition_keys=["k"])
    return score(data=data())
