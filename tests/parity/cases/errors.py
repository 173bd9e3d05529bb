"""What is raised while a pipeline is built."""

from pathlib import Path
from typing import Any

from _files import COMMAND, attempt, command_function, data, finds, parallel_function, write
from sdk import Input, command, load_component
from sdk.dsl import pipeline
from sdk.entities import RetrySettings
from sdk.exceptions import ErrorCategory, ErrorTarget, MlException, ValidationException
from sdk.parallel import parallel_run_function


def building(body: Any) -> Any:
    """What comes of a pipeline function with that body."""

    @pipeline
    def chain(source):
        body(source)

    return attempt(lambda: chain(source=data()))


def case_calls_of_a_step_function(folder: Path) -> Any:
    score = parallel_function(folder)
    return [
        attempt(lambda: score(nope=1)),
        attempt(lambda: score(data())),
        attempt(lambda: score(data=3)),
        attempt(lambda: score(data=[1])),
        attempt(lambda: score(data=object())),
    ]


def case_calls_of_a_loaded_component(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))
    return [
        attempt(lambda: prepare(nope=1)),
        attempt(lambda: prepare(data())),
        attempt(lambda: prepare(source=3)),
        attempt(lambda: prepare(source=[1])),
    ]


def case_another_steps_input_as_value(folder: Path) -> Any:
    copy = command_function()

    def body(source: Any) -> None:
        first = copy(source=source)
        copy(source=first.inputs.source)

    return building(body)


def case_names_that_no_step_has(folder: Path) -> Any:
    copy = command_function()
    step = copy(source=data())

    def assign() -> None:
        step.inputs.nope = 3

    def assign_output() -> None:
        step.outputs.nope = 3

    return [
        attempt(lambda: step.outputs.nope),
        attempt(lambda: step.inputs.nope),
        attempt(lambda: step.inputs["nope"]),
        attempt(assign),
        attempt(assign_output),
    ]


def case_names_that_no_job_has(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    job = chain(source=data())

    def assign() -> None:
        job.inputs.nope = 3

    return [attempt(lambda: job.outputs.nope), attempt(assign)]


def case_calls_of_a_pipeline_function(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source, n=2):
        copy(source=source)

    return [
        attempt(lambda: chain(data(), nope=1)),
        attempt(lambda: chain(data(), source=data())),
        attempt(lambda: chain(data(), 2, 3)),
        attempt(lambda: chain(source=[1])),
        attempt(lambda: chain(source={"a": 1})),
        attempt(lambda: chain(source=object())),
    ]


def case_sizes_that_are_none(folder: Path) -> Any:
    sizes = ["3tb", "-1", "1.5mb", "abc", "10kbkb", "${{parent.inputs.x}}"]
    return [
        attempt(lambda size=size: parallel_function(folder, mini_batch_size=size)) for size in sizes
    ]


def case_settings_of_the_wrong_type(folder: Path) -> Any:
    wrong = [
        {"logging_level": 3},
        {"max_concurrency_per_instance": "2"},
        {"error_threshold": "2"},
        {"error_threshold": 0.5},
        {"mini_batch_error_threshold": "2"},
        {"retry_settings": 3},
    ]
    return [attempt(lambda given=given: parallel_function(folder, **given)) for given in wrong]


def case_positional_arguments_of_the_makers(folder: Path) -> Any:
    return [
        attempt(lambda: parallel_run_function("name")),
        attempt(lambda: command("name")),
        attempt(lambda: RetrySettings(3)),
    ]


def case_the_truth_of_a_parameter(folder: Path) -> Any:
    copy = command_function()

    def asks(source: Any) -> None:
        if source:
            copy(source=source)

    def compares(source: Any) -> None:
        if source == 3:
            copy(source=source)

    return [building(asks), building(compares)]


def case_errors_carry_their_words(folder: Path) -> Any:
    error = attempt(lambda: Input(type="string", path="./x"))
    plain = MlException("said", "said quietly")
    mine = ValidationException(message="m", no_personal_data_message="n", target=ErrorTarget.JOB)
    return [
        isinstance(error, MlException),
        bool(error.message),
        error.error_category,
        [plain.message, plain.target, plain.error_category, plain.no_personal_data_message],
        [mine.message, mine.target, mine.error_category],
        [ErrorCategory.USER_ERROR, ErrorCategory.SYSTEM_ERROR, ErrorTarget.PIPELINE],
    ]


@finds("jobs.step.inputs.data")
def case_a_declared_input_that_was_never_given(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain():
        step = score()
        return {"out": step.outputs.result}

    return chain()


def case_a_required_input_of_a_loaded_component_is_missing(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain():
        step = prepare()
        return {"out": step.outputs.files}

    return chain()


@finds("jobs.step.input_data")
def case_the_major_input_names_nothing(folder: Path) -> Any:
    score = parallel_function(folder, input_data="${{inputs.nope}}")

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        return {"out": step.outputs.result}

    return chain(source=data())


@finds("jobs.step.task.program_arguments", "jobs.step.task.append_row_to")
def case_arguments_that_name_nothing(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        step.task.program_arguments = "--x ${{inputs.nope}}"
        step.task.append_row_to = "${{outputs.nope}}"
        return {"out": step.outputs.result}

    return chain(source=data())


def case_a_missing_code_folder(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        step.task.code = "./nowhere"
        return {"out": step.outputs.result}

    return chain(source=data())._validate().passed


def case_a_task_without_an_environment(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        step.task.environment = None
        return {"out": step.outputs.result}

    return chain(source=data())


def case_an_environment_or_command_that_is_absent(folder: Path) -> Any:
    @pipeline(default_compute="cpu")
    def chain(source):
        one = command_function(environment=None)(source=source)
        two = command_function(command=None)(source=source)
        return {"a": one.outputs.files, "b": two.outputs.files}

    return chain(source=data())
