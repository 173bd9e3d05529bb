"""Pipelines inside pipelines."""

from pathlib import Path
from typing import Any

from _files import attempt, command_function, data, parallel_function
from sdk import Input
from sdk.dsl import pipeline


def stages(folder: Path, **options: Any) -> Any:
    """A pipeline function of two steps."""
    copy, score = command_function(), parallel_function(folder)

    @pipeline(**options)
    def stage(source, n: int = 2, label="x"):
        first = copy(source=source)
        second = score(data=first.outputs.files)
        second.error_threshold = n
        return {"files": first.outputs.files, "result": second.outputs.result}

    return stage


def case_a_pipeline_in_a_variable(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        part = stage(source=source)
        return {"result": part.outputs.result}

    return chain(source=data())


def case_an_anonymous_pipeline_is_named_after_its_function(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        stage(source=source)
        stage(source=source)

    return chain(source=data())


def case_literals_for_an_inner_pipeline(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source, count: int = 5):
        one = stage(source=source, n=6, label="y")
        two = stage(source=one.outputs.files, n=count)
        return {"result": two.outputs.result}

    return chain(source=data())


def case_three_levels(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline
    def middle(source):
        part = stage(source=source, n=3)
        return {"inner": part.outputs.result}

    @pipeline(default_compute="cpu")
    def chain(source):
        part = middle(source=source)
        return {"outer": part.outputs.inner}

    return chain(source=data())


def case_the_mode_of_an_inner_pipelines_output(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        part = stage(source=source)
        part.outputs.files.mode = "upload"
        return {"files": part.outputs.files}

    return chain(source=data())


def case_a_pipeline_with_one_output_is_passed_whole(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def one(source):
        step = copy(source=source)
        return {"files": step.outputs.files}

    @pipeline(default_compute="cpu")
    def chain(source):
        first = one(source=source)
        second = one(source=first)
        third = copy(source=second)
        return {"files": third.outputs.files}

    return chain(source=data())


def case_a_pipeline_with_two_outputs_passed_whole(folder: Path) -> Any:
    stage, copy = stages(folder), command_function()

    @pipeline
    def to_a_step(source):
        copy(source=stage(source=source))

    @pipeline
    def to_a_pipeline(source):
        stage(source=stage(source=source))

    return [attempt(lambda: to_a_step(data())), attempt(lambda: to_a_pipeline(data()))]


def case_the_inner_decorators_words_stay_in_the_component(folder: Path) -> Any:
    stage = stages(
        folder,
        name="named_stage",
        version="4",
        display_name="Stage",
        description="two steps",
        tags={"a": "b"},
    )

    @pipeline(default_compute="cpu")
    def chain(source):
        part = stage(source=source)
        return {"result": part.outputs.result}

    return chain(source=data())


def case_the_inner_settings_are_ignored(folder: Path) -> Any:
    stage = stages(folder, default_compute="inner", force_rerun=True)

    @pipeline(default_compute="cpu")
    def chain(source):
        part = stage(source=source)
        return {"result": part.outputs.result}

    return chain(source=data())


def case_on_init_in_an_inner_pipeline(folder: Path) -> Any:
    stage = stages(folder, on_init="first")

    @pipeline
    def chain(source):
        stage(source=source)

    return attempt(lambda: chain(source=data()))


def case_a_pipeline_that_calls_itself(folder: Path) -> Any:
    @pipeline
    def endless(source):
        endless(source=source)

    return attempt(lambda: endless(source=data()))


def case_modes_do_not_flow_into_the_inner_pipeline(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source: Input(type="uri_folder", mode="download")):
        part = stage(source=source)
        return {"result": part.outputs.result}

    return chain(source=data(mode="ro_mount"))


def case_a_mode_set_on_an_inner_pipelines_input(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        part = stage(source=source)
        part.inputs.source.mode = "download"
        return {"result": part.outputs.result}

    return chain(source=data())


def case_an_inner_pipeline_with_untyped_parameters(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline
    def inner(source, n, label=None):
        part = stage(source=source, n=n)
        return {"result": part.outputs.result}

    @pipeline(default_compute="cpu")
    def chain(source):
        part = inner(source=source, n=3)
        return {"result": part.outputs.result}

    return chain(source=data())


def case_inner_steps_are_named_by_their_own_function(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        first = stage(source=source)
        second = stage(source=first.outputs.files)
        return {"result": second.outputs.result}

    job = chain(source=data())
    return {name: list(step.component.jobs) for name, step in job.jobs.items()}


def case_a_data_input_given_to_an_inner_pipeline(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain():
        part = stage(source=data(mode="download"))
        return {"result": part.outputs.result}

    return chain()


def case_a_step_named_like_its_pipeline(folder: Path) -> Any:
    stage = stages(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        part = stage(source=source)
        part.name = "given"
        part.display_name = "Given"
        part.compute = "gpu"
        return {"result": part.outputs.result}

    return chain(source=data())
