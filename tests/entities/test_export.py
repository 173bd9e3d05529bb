"""Exporting a job for Azure: what is written where, what is changed, and what is told of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import Input, Output, command, load_job
from parallelsdk.dsl import pipeline
from parallelsdk.entities import PipelineJob
from parallelsdk.entities._document import read_yaml
from parallelsdk.entities._export import export_job
from parallelsdk.exceptions import ValidationException
from parallelsdk.parallel import parallel_run_function

SCORE = """\
type: parallel
name: score
inputs: {data: {type: uri_folder}}
outputs: {rows: {type: uri_file}}
input_data: ${{inputs.data}}
logging_level: DEBUG
mini_batch_error_threshold: 5
task: {type: run_function, code: ./src, entry_script: score.py, environment: 'azureml:e:1'}
"""
JOB = """\
type: pipeline
settings: {default_compute: 'azureml:cpu'}
inputs: {data: {type: uri_folder, path: ./data}}
jobs:
  score:
    type: parallel
    component: ./score.yml
    inputs: {data: '${{parent.inputs.data}}'}
    mini_batch_size: 3
    mini_batch_error_threshold: 0
"""


@pytest.fixture
def job(write: Any) -> PipelineJob:
    write("project/src/score.py", "def run(mini_batch): return mini_batch\n")
    write("project/score.yml", SCORE)
    found = load_job(write("project/job.yml", JOB))
    assert isinstance(found, PipelineJob)
    return found


def nested() -> PipelineJob:
    copy = command(
        command="cp -r ${{inputs.a}} ${{outputs.b}}",
        inputs={"a": Input()},
        outputs={"b": Output()},
        environment="azureml:e:1",
    )

    @pipeline()
    def inner(a: Any, times: int = 2) -> Any:
        copied = copy(a=a)
        return {"b": copied.outputs.b}

    @pipeline(default_compute="cpu")
    def outer(a: Any) -> Any:
        first = inner(a=a)
        second = inner(a=first.outputs.b)
        return {"b": second.outputs.b}

    return outer(Input(path="./data"))


def test_paths_are_relative_to_the_written_file(job: PipelineJob, folder: Path) -> None:
    export_job(job, folder / "elsewhere" / "azure.yml")

    written = read_yaml(folder / "elsewhere" / "azure.yml")
    assert written["inputs"]["data"]["path"] == "../project/data"
    task = written["jobs"]["score"]["component"]["task"]
    assert (task["code"], task["entry_script"]) == ("../project/src", "score.py")


def test_paths_below_the_file_begin_with_a_dot(job: PipelineJob, folder: Path) -> None:
    export_job(job, folder / "project")

    assert read_yaml(folder / "project/pipeline.yml")["inputs"]["data"]["path"] == "./data"


def test_a_link_on_the_way_does_not_lead_astray(job: PipelineJob, folder: Path) -> None:
    (folder / "deep" / "real").mkdir(parents=True)
    (folder / "link").symlink_to(folder / "deep" / "real")
    export_job(job, folder / "link")

    path = read_yaml(folder / "link/pipeline.yml")["inputs"]["data"]["path"]
    assert os.path.realpath(folder / "link" / path) == str(folder / "project" / "data")


def test_without_a_destination_nothing_is_written(job: PipelineJob, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    exported = export_job(job)

    assert sorted(folder.rglob("*")) == before
    assert "path: ./project/data\n" in exported.text


def test_the_component_holds_what_counts_for_the_step(job: PipelineJob) -> None:
    step = next(iter(export_job(job).files.values()))["jobs"]["score"]

    assert step["component"]["mini_batch_size"] == "3"
    assert step["component"]["mini_batch_error_threshold"] == 0
    assert step["logging_level"] == "DEBUG"  # no step inherits it in Azure
    assert "mini_batch_size" not in step


def test_the_export_loads_here_as_well_and_plans_the_same(job: PipelineJob, folder: Path) -> None:
    export_job(job, folder / "azure.yml")
    again = load_job(folder / "azure.yml")

    assert isinstance(again, PipelineJob)
    assert again._validate().passed
    assert again.input_sources() == job.input_sources()
    for name in ("mini_batch_size", "logging_level", "mini_batch_error_threshold"):
        assert again.jobs["score"].setting(name) == job.jobs["score"].setting(name)


def test_placeholders_and_losses_are_told(folder: Path, write: Any) -> None:
    write("src/score.py")
    score = parallel_run_function(
        inputs={"data": Input(mode="eval_mount")},
        outputs={"rows": Output(type="uri_file")},
        input_data="${{inputs.data}}",
        task={"code": "./src", "entry_script": "score.py"},
    )

    @pipeline()
    def bare(data: Any) -> Any:
        rows = score(data=data)
        rows.compute = "local"
        return {"rows": rows.outputs.rows}

    job = bare(Input(path="./data", description="mine"))
    job.outputs.rows.path = "./rows.txt"
    exported = export_job(job)

    assert [warning.partition(": ")[0] for warning in exported.warnings] == [
        "inputs.data.description",
        "outputs.rows",
        "jobs.rows.compute",
        "jobs.rows.task.environment",
        "jobs.rows.component.inputs.data",
        "settings.default_compute",
    ]
    document = next(iter(exported.files.values()))
    assert document["settings"] == {"default_compute": "azureml:your-compute"}
    step = document["jobs"]["rows"]
    assert step["component"]["task"]["environment"] == "azureml:your-environment:1"
    assert step["component"]["inputs"]["data"]["mode"] == "ro_mount"
    assert document["outputs"]["rows"] == {"type": "uri_file"}


def test_a_job_that_azure_takes_as_it_is_has_no_warnings(job: PipelineJob) -> None:
    assert export_job(job).warnings == ()


def test_nested_pipelines_get_a_file_and_share_it_when_equal(folder: Path) -> None:
    exported = export_job(nested(), folder / "out" / "job.yml")

    assert sorted(path.name for path in (folder / "out").iterdir()) == ["job.first.yml", "job.yml"]
    steps = read_yaml(folder / "out/job.yml")["jobs"]
    assert {step["component"] for step in steps.values()} == {"./job.first.yml"}
    inner = read_yaml(folder / "out/job.first.yml")
    assert inner["inputs"] == {
        "a": {"type": "uri_folder"},
        "times": {"type": "integer", "default": 2},
    }
    with pytest.raises(ValidationException, match="2 files; name a folder"):
        _ = exported.text


def test_a_job_that_is_not_valid_is_refused_with_all_problems(job: PipelineJob) -> None:
    job.jobs["score"].task = {"code": "./gone"}
    job.jobs["score"].input_data = "${{inputs.nothing}}"

    with pytest.raises(ValidationException) as caught:
        export_job(job)
    assert len(caught.value.message.splitlines()) == 3


def test_a_registered_component_stays_a_reference(folder: Path, write: Any) -> None:
    text = (
        "type: pipeline\ncompute: azureml:cpu\njobs:\n  a:\n    type: parallel\n"
        "    component: azureml:score:2\n    mini_batch_size: 4\n"
    )
    job = load_job(write("job.yml", text))
    assert isinstance(job, PipelineJob)
    assert next(iter(export_job(job).files.values()))["jobs"] == {
        "a": {"type": "parallel", "component": "azureml:score:2", "mini_batch_size": "4"}
    }
