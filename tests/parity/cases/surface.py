"""What public code does besides building jobs: prints, loads, checks, and calls what it loaded."""

import json
from pathlib import Path
from typing import Any

from _files import attempt, data, write, write_code
from sdk import (
    Input,
    Output,
    command,
    load_component,
    load_data,
    load_environment,
    load_job,
    load_model,
)
from sdk.constants import (
    AssetTypes,
    InputOutputModes,
    InputTypes,
    JobType,
    ListViewType,
    ParallelTaskType,
)
from sdk.dsl import pipeline
from sdk.entities import (
    CommandComponent,
    Component,
    Job,
    ParallelTask,
    PipelineJob,
    RetrySettings,
)
from sdk.exceptions import ErrorTarget, ValidationErrorType, ValidationException
from sdk.parallel import ParallelJob, RunFunction, parallel_run_function

PLAIN = """\
type: command
name: plain
command: cp -r ${{inputs.i}} ${{inputs.j}} ${{outputs.o}} ${{outputs.m}}
environment: azureml:kit:1
inputs:
  i: {type: uri_folder}
  j: {type: uri_folder, mode: download}
outputs:
  o: {type: uri_folder}
  m: {type: uri_file, mode: upload}
"""


def plain_values(printed: Any) -> Any:
    """What is printed as plain values, whatever classes the SDK prints with."""
    return json.loads(json.dumps(printed))


def function(folder: Path, **more: Any) -> Any:
    """A parallel function whose input and output have modes of their own."""
    return parallel_run_function(
        name="score",
        inputs={
            "data": Input(type="uri_folder", mode="download"),
            "count": Input(type="integer", default=3),
        },
        outputs={"rows": Output(type="uri_file", mode="upload")},
        input_data="${{inputs.data}}",
        mini_batch_size="3",
        task=RunFunction(
            code=str(write_code(folder)), entry_script="entry.py", environment="azureml:kit:1"
        ),
        **more,
    )


def shell(**more: Any) -> Any:
    """A command function whose ports have modes, or data."""
    return command(
        name="copy",
        command="echo ${{inputs.a}} ${{outputs.o}}",
        environment="azureml:kit:1",
        inputs={
            "a": Input(type="uri_folder", mode="download"),
            "b": Input(type="uri_folder", path="azureml:k:1"),
        },
        outputs={"o": Output(type="uri_folder", mode="upload"), "p": Output(type="uri_folder")},
        **more,
    )


def case_print_of_an_uncalled_parallel_function(folder: Path) -> Any:
    return plain_values(function(folder)._to_dict())


def case_print_of_an_uncalled_command(folder: Path) -> Any:
    return plain_values(shell(compute="cpu")._to_dict())


def case_a_parallel_job_names_its_compute(folder: Path) -> Any:
    job = ParallelJob(
        name="x",
        compute="cpu",
        inputs={"d": Input(type="uri_folder", path="azureml:a:1")},
        outputs={"o": Output()},
        input_data="${{inputs.d}}",
        task=ParallelTask(type="run_function", code=str(write_code(folder)), entry_script="e.py"),
        retry_settings=RetrySettings(max_retries=1, timeout=3),
    )
    return job._to_dict()["compute"]


def calling(copy: Any, given: dict[str, Any]) -> Any:
    """A pipeline function of one call."""

    @pipeline(default_compute="cpu")
    def build(source):
        copy(**(given or {"a": source}))

    return build


def modes_of(step: Any) -> Any:
    return plain_values({n: step._to_dict()[n] for n in ("inputs", "outputs")})


def case_modes_set_on_a_function_reach_what_the_call_does_not_give(folder: Path) -> Any:
    found = []
    for given in ({}, {"a": Input(type="uri_folder", path="azureml:q:1")}):
        copy = shell()
        copy.inputs.a.mode = "direct"
        copy.inputs.b.mode = "download"
        copy.outputs.o.mode = "rw_mount"
        copy.outputs.p.mode = "upload"

        job = calling(copy, given)(source=data())
        found.append(modes_of(next(iter(job.jobs.values()))))
    return found


def case_a_mode_set_on_a_step_survives_a_new_value(folder: Path) -> Any:
    plain = load_component(write(folder, "plain.yml", PLAIN))

    @pipeline(default_compute="cpu")
    def build(source):
        step = plain(i=source, j=source)
        step.inputs.i.mode = "direct"
        step.inputs.i = source

    return modes_of(next(iter(build(source=data()).jobs.values())))


def case_a_nested_step_prints_the_outputs_that_it_was_given(folder: Path) -> Any:
    plain = load_component(write(folder, "plain.yml", PLAIN))

    @pipeline(default_compute="cpu")
    def inner(source):
        step = plain(i=source, j=source)
        return {"r": step.outputs.o, "q": step.outputs.m}

    @pipeline(default_compute="cpu")
    def outer(source):
        first = inner(source=source)
        plain(i=first.outputs.r, j=first.outputs.q)
        return {"z": first.outputs.q}

    return plain_values(outer(source=data()).jobs["first"]._to_dict().get("outputs"))


def case_modes_of_an_inline_step_stay_in_its_component(folder: Path) -> Any:
    file = write(
        folder,
        "p.yml",
        """\
type: pipeline
inputs:
  a: {type: uri_folder, path: azureml:z:1, mode: download}
jobs:
  s:
    type: command
    command: echo ${{inputs.i}} ${{inputs.j}}
    environment: azureml:kit:1
    inputs:
      i: {type: uri_folder, path: "${{parent.inputs.a}}", mode: direct}
      j: {type: uri_folder, path: "azureml:j:1", mode: direct}
""",
    )
    return plain_values(load_job(file)._to_dict()["jobs"]["s"]["component"]["inputs"])


def case_an_output_path_from_a_parameter(folder: Path) -> Any:
    @pipeline(default_compute="cpu")
    def build(where: str, tags: str = None):  # noqa: RUF013 (scripts write it so)
        say = command(
            name="say",
            command="echo $[[${{inputs.t}}]] ${{outputs.o}} ${{outputs.p}}",
            environment="azureml:kit:1",
            inputs={"t": Input(type="string", optional=True)},
            outputs={"o": Output(type="uri_folder"), "p": Output(type="uri_folder")},
        )
        step = say(t=tags)
        step.outputs.o = Output(type="uri_folder", path=where)
        step.outputs.p.path = where

    return build(where="azureml://datastores/a/paths/b")


def case_a_loaded_command_job(folder: Path) -> Any:
    text = "command: echo ${{inputs.q}}\nenvironment: azureml:kit:1\ncompute: azureml:cpu\n"
    job = load_job(write(folder, "job.yml", text + "inputs: {q: 3}\n"))
    return [job.type, job.environment, job.compute, job._to_dict()["environment"]]


def case_a_loaded_component(folder: Path) -> Any:
    plain = load_component(write(folder, "plain.yml", PLAIN))
    return [plain.is_deterministic, str(plain.base_path), plain.creation_context]


def case_a_loaded_pipeline_is_called_and_has_settings(folder: Path) -> Any:
    write(folder, "plain.yml", PLAIN)
    text = """\
type: pipeline
name: two
inputs: {x: {type: string, default: a}}
jobs:
  s: {type: command, component: ./plain.yml}
"""
    step = load_component(write(folder, "two.yml", text))(x="1")
    step.settings.default_compute = "cpu"
    step.settings.continue_on_step_failure = True
    return [step.type, step.settings.default_compute, step.settings.continue_on_step_failure]


def case_what_is_no_function_is_no_pipeline(folder: Path) -> Any:
    return [
        type(attempt(lambda thing=thing: pipeline(thing))).__name__ for thing in (3, "abc", [1])
    ]


def case_broken_components_are_found(folder: Path) -> Any:
    broken = [
        CommandComponent(
            name=name,
            command=line,
            environment="azureml:kit:1",
            inputs={"a": Input(type="uri_folder")},
        )
        for name, line in (
            ("fine", "echo ${{inputs.a}}"),
            ("Bad-Name", "echo"),
            ("fine", "echo ${{inputs.nope}}"),
            ("fine", None),
        )
    ]
    return [
        [component._validate().passed, sorted(component._validate().error_messages)]
        for component in broken
    ] + [type(attempt(lambda: broken[1]._validate(raise_error=True))).__name__]


def case_words_of_errors(folder: Path) -> Any:
    words = [name for name in vars(ErrorTarget) if name.isupper() and name != "PARALLEL_RUN_STEP"]
    error = ValidationException("m", "n", error_type=ValidationErrorType.MISSING_FIELD)
    return [
        {name: getattr(ErrorTarget, name) for name in sorted(words)},
        {member.name: member.value for member in ValidationErrorType},
        error.error_type.value,
        ValidationException("m", "n").error_type.value,
    ]


def case_words_of_constants(folder: Path) -> Any:
    models = ("CUSTOM_MODEL", "MLFLOW_MODEL", "TRITON_MODEL")
    modes = ("MOUNT", "DOWNLOAD", "UPLOAD", "RO_MOUNT", "RW_MOUNT", "DIRECT")
    words: dict[Any, tuple[str, ...]] = {
        AssetTypes: ("URI_FILE", "URI_FOLDER", "MLTABLE", *models),
        InputOutputModes: (*modes, "EVAL_MOUNT", "EVAL_DOWNLOAD"),
        InputTypes: ("STRING", "INTEGER", "NUMBER", "BOOLEAN"),
        JobType: ("COMMAND", "PARALLEL", "PIPELINE"),
        ParallelTaskType: ("RUN_FUNCTION", "FUNCTION", "MODEL"),
        ListViewType: ("ACTIVE_ONLY", "ARCHIVED_ONLY", "ALL"),
    }
    return {
        each.__name__: {name: getattr(word := getattr(each, name), "value", word) for name in names}
        for each, names in words.items()
    }


def case_every_loader_reads_its_file(folder: Path) -> Any:
    write(folder, "pickled", "a model")
    text = "{name: kept, version: 3, path: ./pickled, type: custom_model, description: d}"
    model = load_model(write(folder, "model.yml", text))
    text = "{name: given, version: 4, path: ./pickled, type: uri_file, tags: {a: b}}"
    table = load_data(write(folder, "data.yml", text))
    made = load_environment(write(folder, "kit.yml", "{name: kit, version: 5, image: python}"))
    part = load_component(write(folder, "plain.yml", PLAIN))
    text = "{type: pipeline, display_name: all, jobs: {one: {type: command, component: plain.yml}}}"
    job = load_job(write(folder, "job.yml", text))
    return [
        [model.name, model.version, model.type, model.description, Path(model.path).name],
        [table.name, table.version, table.type, table.tags, Path(table.path).name],
        [made.name, made.version, made.image],
        [part.name, part.type, isinstance(part, Component)],
        [job.display_name, job.type, isinstance(job, Job), isinstance(job, PipelineJob)],
    ]


def case_the_experiment_of_a_function(folder: Path) -> Any:
    made = function(folder, experiment_name="nightly")
    return [made.experiment_name, made(data=data()).experiment_name]


def case_prints_that_load_again(folder: Path) -> Any:
    plain = load_component(write(folder, "plain.yml", PLAIN))

    @pipeline(default_compute="cpu")
    def inner(source):
        step = plain(i=source, j=source)
        return {"r": step.outputs.o}

    @pipeline(default_compute="cpu")
    def outer(source):
        plain(i=inner(source=source).outputs.r, j=source)

    def loads(printed: Any, load: Any) -> bool:
        file = write(folder, "again.yml", str(printed))
        return not isinstance(attempt(lambda: load(file)), Exception)

    job = load_job(write(folder, "job.yml", "command: echo\nenvironment: azureml:kit:1\n"))
    return {
        "a pipeline": loads(inner(source=data()), load_job),
        "a pipeline inside a pipeline": loads(outer(source=data()), load_job),
        "a component": loads(plain, load_component),
        "a command alone": loads(job, load_job),
        "a parallel step alone": loads(function(folder), load_job),
    }
