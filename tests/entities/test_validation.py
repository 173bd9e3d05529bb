"""What validation finds in a whole job, and how it reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import Input, Output, command, load_job
from parallelsdk.dsl import pipeline
from parallelsdk.entities import PipelineJob
from parallelsdk.exceptions import ValidationException
from parallelsdk.parallel import RunFunction, parallel_run_function

GOOD = """\
type: pipeline
inputs:
  model: {type: uri_folder, path: ./model}
  rate: 0.5
outputs:
  rows: {type: uri_file}
jobs:
  prep:
    command: echo ${{inputs.rate}} > ${{outputs.out}}/x
    inputs: {rate: '${{parent.inputs.rate}}'}
    outputs: {out: {type: uri_folder}}
  score:
    type: parallel
    inputs: {data: '${{parent.jobs.prep.outputs.out}}', model: '${{parent.inputs.model}}', k: 3}
    outputs: {rows: '${{parent.outputs.rows}}'}
    input_data: ${{inputs.data}}
    task:
      type: run_function
      code: ./src
      entry_script: score.py
      program_arguments: --model ${{inputs.model}}
      append_row_to: ${{outputs.rows}}
"""


@pytest.fixture
def good(write: Any) -> Path:
    write("src/score.py")
    file: Path = write("good.yml", GOOD)
    return file


def problems(file: Path, **override: Any) -> dict[str, str]:
    changes = [{key.replace("__", "."): value} for key, value in override.items()]
    job = load_job(file, params_override=changes)
    assert isinstance(job, PipelineJob)
    return job._validate().error_messages


def test_a_good_job_passes(good: Path) -> None:
    job = load_job(good)
    assert isinstance(job, PipelineJob)
    result = job._validate()
    assert result.passed and result.warnings == {}
    result.try_raise()
    assert json.loads(str(result)) == {"result": "Succeeded"}


@pytest.mark.parametrize(
    ("path", "value", "at", "message"),
    [
        ("jobs.score.inputs.data", "${{parent.jobs.pre.outputs.out}}", None, "did you mean 'prep'"),
        ("jobs.score.inputs.data", "${{parent.jobs.prep.outputs.ou}}", None, "did you mean 'out'"),
        ("jobs.score.inputs.model", "${{parent.inputs.modle}}", None, "did you mean 'model'"),
        ("jobs.score.inputs.model", "${{inputs.model}}", None, "mean ${{parent.inputs.model}}"),
        ("jobs.score.inputs.k", "a ${{parent.inputs.z}}", None, "no input 'z'"),
        ("jobs.score.outputs.rows", "${{parent.outputs.row}}", None, "did you mean 'rows'"),
        ("jobs.score.input_data", "${{inputs.dat}}", None, "did you mean 'data'"),
        ("jobs.score.input_data", "data", None, "must be ${{inputs.<name>}}, found 'data'"),
        ("jobs.score.input_data", "${{inputs.k}}", None, "only data can be split"),
        ("jobs.score.input_data", None, None, "missing; name the input that is split"),
        ("jobs.score.mini_batch_size", "${{parent.inputs.size}}", None, "no input 'size'"),
        ("jobs.score.compute", "${{parent.inputs.c}}", None, "no input 'c'"),
        ("jobs.score.task.program_arguments", "${{inputs.mod}}", None, "did you mean 'model'"),
        ("jobs.score.task.program_arguments", "${{inputs.model}", None, "not closed"),
        ("jobs.score.task.program_arguments", "--x 'open", None, "unbalanced quote"),
        ("jobs.score.task.append_row_to", "${{outputs.row}}", None, "did you mean 'rows'"),
        ("jobs.score.task.append_row_to", "rows", None, "must be ${{outputs.<name>}}"),
        ("jobs.score.task.entry_script", None, None, "name the file that holds init() and run()"),
        ("jobs.score.task.code", "./nowhere", None, "does not exist"),
        ("jobs.score.task.type", "model", None, "only run_function can"),
        ("jobs.score.task", None, None, "needs a task"),
        ("jobs.prep.command", "echo ${{inputs.rat}}", "jobs.prep.component.command", "'rate'"),
        ("jobs.prep.command", "echo ${{parent.x}}", "jobs.prep.component.command", "names nothing"),
        ("inputs.model", None, None, "Required input 'model' is not provided"),
        ("jobs", {}, None, "the pipeline has no steps"),
    ],
)
def test_what_is_wrong_is_reported_at_its_path(
    good: Path, path: str, value: Any, at: str | None, message: str
) -> None:
    job = load_job(good, params_override=[{path: value}])
    assert isinstance(job, PipelineJob)
    found = job._validate().error_messages
    assert message in found.get(at or path, ""), found


COMPONENT = """\
name: small
command: echo ${{inputs.n}}
inputs:
  n: {type: integer, min: 1, max: 9}
  word: {type: string, enum: [a, b], default: a}
  data: {type: uri_folder, optional: true}
outputs:
  out: {type: uri_folder}
"""


@pytest.mark.parametrize(
    ("inputs", "at", "message"),
    [
        ({}, "n", "Required input 'n' is not provided"),
        ({"n": 3, "m": 1}, "m", "the component has no input 'm'; known are n, word, data"),
        ({"n": "many"}, "n", "is 'many'; the input takes a whole number"),
        ({"n": 0}, "n", "is 0; the least that the input takes is 1"),
        ({"n": 10}, "n", "is 10; the most that the input takes is 9"),
        ({"n": 1, "word": "c"}, "word", "is 'c'; the input takes one of a, b"),
        ({"n": {"type": "uri_folder", "path": "x"}}, "n", "is of type integer, found data"),
    ],
)
def test_the_inputs_of_a_step_are_held_against_its_component(
    write: Any, inputs: dict[str, Any], at: str, message: str
) -> None:
    write("small.yml", COMPONENT)
    file = write("job.yml", "type: pipeline\njobs: {s: {component: ./small.yml}}\n")
    found = problems(file, jobs__s__inputs=inputs)
    assert message in found.get(f"jobs.s.inputs.{at}", ""), found


def test_an_unknown_output_of_a_step_is_reported(write: Any) -> None:
    write("small.yml", COMPONENT)
    file = write("job.yml", "type: pipeline\njobs: {s: {component: ./small.yml}}\n")
    found = problems(
        file, jobs__s={"component": "./small.yml", "inputs": {"n": 1}, "outputs": {"ou": None}}
    )
    assert "did you mean 'out'" in found["jobs.s.outputs.ou"]


def test_a_step_inside_a_nested_pipeline_is_checked_too(write: Any) -> None:
    write("small.yml", COMPONENT)
    write("inner.yml", "type: pipeline\nname: inner\njobs: {s: {component: ./small.yml}}\n")
    file = write("job.yml", "type: pipeline\njobs: {p: {type: pipeline, component: ./inner.yml}}\n")
    assert list(problems(file)) == ["jobs.p.component.jobs.s.inputs.n"]


def test_errors_are_raised_together_with_file_and_line(good: Path) -> None:
    good.write_text(
        GOOD.replace("score.py\n", "score.py\n      mini: 1\n").replace("inputs.data}", "inputs.d}")
    )
    job = load_job(good, params_override=[{"jobs.score.task.code": "./nowhere"}])
    assert isinstance(job, PipelineJob)
    result = job._validate()
    with pytest.raises(ValidationException) as caught:
        result.try_raise()
    line = 1 + GOOD.splitlines().index("    input_data: ${{inputs.data}}")
    assert f"{good}:{line}:5: jobs.score.input_data: " in caught.value.message
    assert len(caught.value.message.splitlines()) == 2
    report = json.loads(str(result))
    assert report["result"] == "Failed"
    assert {"message", "path", "location"} == set(report["errors"][0])


def test_an_attribute_that_means_nothing_is_a_warning(good: Path) -> None:
    job = load_job(good)
    assert isinstance(job, PipelineJob)
    job.jobs["score"].mini_batch_sise = "3"  # type: ignore[attr-defined]
    result = job._validate()
    assert result.passed
    fault = "means nothing here; did you mean 'mini_batch_size'?"
    assert result.warnings == {"jobs.score.mini_batch_sise": fault}


def test_an_output_that_no_step_writes_is_a_warning(good: Path) -> None:
    job = load_job(good, params_override=[{"outputs.more": {"type": "uri_file"}}])
    assert isinstance(job, PipelineJob)
    assert list(job._validate().warnings) == ["outputs.more"]


def test_two_steps_cannot_write_one_output(good: Path) -> None:
    found = problems(good, jobs__prep__outputs={"out": "${{parent.outputs.rows}}"})
    assert "already written by prep.outputs.out" in found["jobs.score.outputs.rows"]


def test_settings_assigned_to_a_step_in_python_are_checked(folder: Path) -> None:
    score = parallel_run_function(
        inputs={"data": Input(type="uri_folder")},
        input_data="${{inputs.data}}",
        task=RunFunction(code=".", entry_script="s.py"),
    )

    @pipeline()
    def job(data: Input, size: int = 3):  # type: ignore[no-untyped-def]
        first, second = score(data=data), score()
        first.error_threshold = -5  # type: ignore[assignment]
        first.mini_batch_size = "5 apples"  # type: ignore[assignment]
        first.inputs.data.mode = "mount"
        second.mini_batch_size = size  # type: ignore[assignment]

    found = job(data=Input(path="./x"))._validate().error_messages
    assert set(found) == {
        "jobs.first.error_threshold",
        "jobs.first.mini_batch_size",
        "jobs.first.inputs.data",
        "jobs.second.inputs.data",
    }


def test_a_required_input_that_no_step_uses_may_stay_away() -> None:
    hello = command(command="echo", outputs={"out": Output()})

    @pipeline()
    def job(use: int, used: int):  # type: ignore[no-untyped-def]
        step = hello()
        step.compute = used

    assert list(job()._validate().error_messages) == ["inputs.used"]


def test_a_command_beside_a_component_is_ignored_with_a_warning(good: Path, write: Any) -> None:
    write("part.yml", "{type: command, command: echo one, environment: 'azureml:e:1'}")
    file = write(
        "job.yml",
        "{type: pipeline, jobs: {a: {component: ./part.yml, command: echo two, code: ./src}}}",
    )
    job = load_job(file)
    assert isinstance(job, PipelineJob)
    result = job._validate()
    assert result.passed and list(result.warnings) == ["jobs.a.command", "jobs.a.code"]
    assert "component beside it" in result.warnings["jobs.a.command"]
    assert "echo two" not in str(job)
