"""Settings of steps: overrides, bindings, resources, limits, retries, sizes."""

from pathlib import Path
from typing import Any

from _files import (
    COMMAND,
    PARALLEL,
    attempt,
    command_function,
    data,
    finds,
    parallel_function,
    write,
    write_code,
)
from sdk import load_component
from sdk.dsl import pipeline
from sdk.entities import (
    BatchRetrySettings,
    JobResourceConfiguration,
    ParallelComponent,
    ResourceConfiguration,
    RetrySettings,
)
from sdk.parallel import ParallelJob, RunFunction


def wired(score: Any, change: Any, **inputs: Any) -> Any:
    """A job of one parallel step that ``change`` has worked on."""

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        change(step)
        return {"out": step.outputs.result}

    return chain(source=data(), **inputs)


def case_overrides_on_a_step(folder: Path) -> Any:
    def change(step: Any) -> None:
        step.mini_batch_size = "5mb"
        step.logging_level = "WARNING"
        step.max_concurrency_per_instance = 4
        step.error_threshold = 0
        step.mini_batch_error_threshold = 0
        step.partition_keys = ["a", "b"]
        step.compute = "gpu"
        step.retry_settings = {"max_retries": 0, "timeout": 5}
        step.resources = {"instance_count": 3}
        step.environment_variables = {"A": "b"}

    return wired(parallel_function(folder, mini_batch_size="10kb"), change)


def case_overrides_on_a_step_of_a_loaded_component(folder: Path) -> Any:
    write_code(folder)
    score = load_component(write(folder, "score.yml", PARALLEL))

    def change(step: Any) -> None:
        step.mini_batch_size = "9"
        step.error_threshold = 0
        step.logging_level = "INFO"
        step.retry_settings.timeout = 61
        step.resources.instance_count = 5

    return wired(score, change)


def case_settings_bound_to_parameters(folder: Path) -> Any:
    score = parallel_function(folder, retry_settings={"max_retries": 1}, instance_count=1)

    @pipeline(default_compute="cpu")
    def chain(source, size="3", retries=2, workers=4, nodes=2, wait=60, level="INFO", errors=1):
        step = score(data=source)
        step.mini_batch_size = size
        step.retry_settings.max_retries = retries
        step.retry_settings.timeout = wait
        step.max_concurrency_per_instance = workers
        step.resources.instance_count = nodes
        step.logging_level = level
        step.error_threshold = errors
        step.mini_batch_error_threshold = errors
        return {"out": step.outputs.result}

    return chain(source=data())


def case_settings_bound_by_text(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source, size="3", retries=2):
        step = score(data=source)
        step.mini_batch_size = "${{parent.inputs.size}}"
        step.retry_settings = RetrySettings(max_retries="${{parent.inputs.retries}}", timeout=9)
        return {"out": step.outputs.result}

    return chain(source=data())


def case_environment_variables_bound_to_a_parameter(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source, flag="x"):
        step = score(data=source)
        step.environment_variables = {"FLAG": flag, "PLAIN": "y"}
        return {"out": step.outputs.result}

    return chain(source=data())


@finds("jobs.step.task.program_arguments")
def case_program_arguments_built_from_a_parameter(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source, flag="x"):
        step = score(data=source)
        step.task.program_arguments = f"--flag {flag} --other " + flag
        return {"out": step.outputs.result}

    return chain(source=data())


def case_set_resources_on_a_step_without_any(folder: Path) -> Any:
    def change(step: Any) -> None:
        step.set_resources(instance_count=2, instance_type="small")

    return wired(parallel_function(folder), change).jobs["step"].resources.instance_count


def case_set_resources_changes_what_is_given(folder: Path) -> Any:
    score = parallel_function(folder, instance_count=2, docker_args="--rm", shm_size="1g")
    step = score(data=data())
    step.set_resources(instance_count=7, instance_type="big")
    found = step.resources
    return [
        found.instance_count,
        found.instance_type,
        found.docker_args,
        found.shm_size,
    ]


def case_set_resources_leaves_the_step_of_a_sibling(folder: Path) -> Any:
    score = parallel_function(folder, instance_count=2)
    one, two = score(data=data()), score(data=data())
    one.set_resources(instance_count=7)
    return [one.resources.instance_count, two.resources.instance_count]


def case_resources_that_were_never_given(folder: Path) -> Any:
    score = parallel_function(folder)

    def touch() -> None:
        score.resources.instance_count = 3

    return [score.resources, score.component.resources, attempt(touch)]


def case_set_limits_and_resources_of_a_command(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source):
        step = prepare(source=source)
        step.set_limits(timeout=90)
        step.set_resources(instance_count=2)
        return {"out": step.outputs.files}

    job = chain(source=data())
    return [job.jobs["step"].limits.timeout, job.jobs["step"].resources.instance_count]


def case_resources_as_objects(folder: Path) -> Any:
    score = parallel_function(folder)
    plain, full = score(data=data()), score(data=data())
    plain.resources = ResourceConfiguration(instance_count=2, instance_type="a")
    full.resources = JobResourceConfiguration(
        instance_count=3, shm_size="2g", docker_args="--rm", max_instance_count=4
    )
    return [
        [plain.resources.instance_count, plain.resources.instance_type, plain.resources.properties],
        [full.resources.instance_count, full.resources.shm_size, full.resources.docker_args],
        [full.resources.max_instance_count, full.resources.locations],
    ]


def case_retry_settings_in_every_form(folder: Path) -> Any:
    forms = [
        None,
        {},
        {"timeout": 5},
        {"max_retries": 0, "timeout": 5},
        RetrySettings(max_retries=1),
        RetrySettings(timeout=3, max_retries=1),
    ]
    steps = [parallel_function(folder, retry_settings=form)(data=data()) for form in forms]
    found = [step.retry_settings for step in steps]
    return [[getattr(f, "max_retries", None), getattr(f, "timeout", None)] for f in found]


def case_batch_retry_settings_hold_two_values(folder: Path) -> Any:
    found = BatchRetrySettings(max_retries=3, timeout=4)
    return [found.max_retries, found.timeout, BatchRetrySettings().timeout]


def case_sizes_are_parsed_at_once(folder: Path) -> Any:
    sizes = ["1", "007", "10kb", "10KB", "2mb", "1Gb", "3gB"]
    made = [parallel_function(folder, mini_batch_size=size) for size in sizes]
    return [[step.mini_batch_size, step.component.mini_batch_size] for step in made]


def case_a_size_set_on_a_step_stays_as_it_is(folder: Path) -> Any:
    step = parallel_function(folder, mini_batch_size="3")(data=data())
    found = [step.mini_batch_size]
    for size in ("5mb", "17", 4):
        step.mini_batch_size = size
        found.append(step.mini_batch_size)
    return found


def case_partition_keys_are_printed_at_both_levels(folder: Path) -> Any:
    return wired(parallel_function(folder, partition_keys=["Store", "Brand"]), lambda step: None)


def case_unknown_attributes_of_a_step_are_kept(folder: Path) -> Any:
    def change(step: Any) -> None:
        step.flavour = "sweet"
        step.comment = "a word"

    return wired(parallel_function(folder), change)


def case_a_parallel_component_made_by_hand(folder: Path) -> Any:
    return ParallelComponent(
        name="by_hand",
        version="2",
        display_name="By hand",
        description="x",
        tags={"a": "b"},
        inputs={"data": {"type": "uri_folder"}, "count": {"type": "integer", "default": 3}},
        outputs={"result": {"type": "uri_file"}},
        input_data="${{inputs.data}}",
        mini_batch_size="10",
        instance_count=3,
        logging_level="INFO",
        error_threshold=-1,
        task=RunFunction(
            code=write_code(folder), entry_script="entry.py", environment="azureml:e:1"
        ),
    )


def case_resources_and_instance_count_together(folder: Path) -> Any:
    return ParallelComponent(
        name="both",
        instance_count=2,
        resources=ResourceConfiguration(instance_count=3),
        task=RunFunction(code=write_code(folder), entry_script="entry.py", environment="e:1"),
    )


def case_a_parallel_job_is_a_plain_holder(folder: Path) -> Any:
    job = ParallelJob(
        name="alone",
        compute="cpu",
        mini_batch_size="3",
        logging_level="DEBUG",
        retry_settings=RetrySettings(max_retries=2),
    )
    bare = ParallelJob()
    return [
        [job.name, job.compute, job.mini_batch_size, job.logging_level, job.type],
        [bare.name, bare.mini_batch_size, bare.retry_settings, bare.task],
        attempt(ParallelJob()._validate),
        attempt(ParallelJob(name="a")._validate),
        attempt(ParallelJob(name="a", compute="b")._validate),
    ]


def case_a_run_function_holds_what_it_is_given(folder: Path) -> Any:
    found = RunFunction(entry_script="e.py", append_row_to="${{outputs.x}}", nonsense=3)
    return [found.type, found.entry_script, found.append_row_to, found.code, found.environment]


def case_a_command_components_settings_on_its_step(folder: Path) -> Any:
    copy = command_function(instance_count=2, shm_size="2g", timeout=5, display_name="Copy")

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        step.environment_variables = {"A": "1"}
        step.compute = "gpu"
        return {"out": step.outputs.files}

    return chain(source=data())


def case_services_identity_and_properties(folder: Path) -> Any:
    copy = command_function(properties={"a": "b"})

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        step.comment = "a word"
        step.properties = {"c": "d"}
        return {"out": step.outputs.files}

    job = chain(source=data())
    step = job.jobs["step"]
    return [copy.properties, step.properties, step.comment, step.identity, step.services]


def case_a_task_given_as_a_mapping_to_a_step(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        step.task = {
            "type": "run_function",
            "code": "./src",
            "entry_script": "entry.py",
            "environment": "azureml:other:1",
        }
        return {"out": step.outputs.result}

    return chain(source=data())


def case_settings_taken_back_on_a_step(folder: Path) -> Any:
    score = parallel_function(
        folder, logging_level="DEBUG", max_concurrency_per_instance=2, mini_batch_error_threshold=3
    )

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        step.logging_level = None
        step.max_concurrency_per_instance = None
        step.mini_batch_error_threshold = None
        return {"out": step.outputs.result}

    return chain(source=data())


def case_compute_bound_to_a_parameter(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source, where="gpu"):
        step = score(data=source)
        step.compute = where
        return {"out": step.outputs.result}

    return chain(source=data())


def case_resources_bound_as_a_mapping(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source, nodes=2):
        step = score(data=source)
        step.resources = {"instance_count": nodes}
        step.retry_settings = {"timeout": nodes, "max_retries": nodes}
        return {"out": step.outputs.result}

    return chain(source=data())


def case_partition_keys_set_on_a_step(folder: Path) -> Any:
    def change(step: Any) -> None:
        step.partition_keys = ["Store"]
        step.input_data = "${{inputs.data}}"

    return wired(parallel_function(folder), change)


def case_tags_and_labels_of_a_function(folder: Path) -> Any:
    score = parallel_function(
        folder,
        name="scoring",
        display_name="Score",
        description="scores",
        tags={"a": "b"},
        is_deterministic=False,
    )
    return wired(score, lambda step: None)
