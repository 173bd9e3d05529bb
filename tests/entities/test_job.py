"""PipelineJob: built by hand, changed after building."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from parallelsdk import Input, Output, command
from parallelsdk.dsl import pipeline
from parallelsdk.entities import PipelineJob, PipelineJobSettings, _graph
from parallelsdk.exceptions import UnexpectedAttributeError


def small_job() -> PipelineJob:
    step = command(
        command="x", inputs={"data": Input(), "n": Input(type="integer")}, outputs={"out": Output()}
    )

    @pipeline(compute="own")
    def small(data, n: int = 3):  # type: ignore[no-untyped-def]
        only = step(data=data, n=n)
        return {"out": only.outputs.out}

    job: PipelineJob = small(data=Input(path="azureml:d:1", mode="download"))
    return job


def test_values_change_after_building() -> None:
    job = small_job()
    job.inputs.n = 11
    job.inputs.data.mode = "direct"
    assert job.input_sources() == {
        "data": _graph.Data("azureml:d:1", "uri_folder", "direct"),
        "n": _graph.Value(11),
    }
    job.inputs.data = Input(path="azureml:e:2", type="mltable")
    job.inputs.n = None
    assert job.input_sources() == {"data": _graph.Data("azureml:e:2", "mltable", None)}


def test_outputs_change_after_building() -> None:
    job = small_job()
    assert job.output_targets()["out"].type is not None or job.outputs.out.type == "uri_folder"
    job.outputs.out.type = "uri_file"
    job.outputs.out.path = "azureml://datastores/d/paths/p"
    assert job.output_targets()["out"] == _graph.OutputTarget(
        "uri_file", None, "azureml://datastores/d/paths/p", None
    )
    job.outputs.out = Output(type="mltable", mode="upload")
    assert job._to_dict()["outputs"] == {"out": {"type": "mltable", "mode": "upload"}}


def test_what_a_step_says_about_a_returned_output_is_the_jobs() -> None:
    job = small_job()
    job.jobs["only"].outputs.out.mode = "upload"
    job.jobs["only"].outputs.out.type = "mltable"
    assert job._to_dict()["outputs"] == {"out": {"type": "mltable", "mode": "upload"}}
    assert job.output_targets()["out"].mode == "upload"


def test_unknown_names_are_errors() -> None:
    job = small_job()
    with pytest.raises(KeyError, match="nope"):
        job.inputs.nope = 3
    with pytest.raises(UnexpectedAttributeError, match="nope"):
        _ = job.outputs.nope


def test_settings_are_never_none_and_take_mappings() -> None:
    job = small_job()
    assert job.settings.default_compute is None
    job.settings.default_compute = "cpu"
    with pytest.warns(UserWarning, match="'more' means nothing here"):
        job.settings = {"force_rerun": True, "more": 1}
    assert isinstance(job.settings, PipelineJobSettings) and job.settings.force_rerun is True
    assert job.settings.default_compute is None
    with pytest.raises(TypeError, match="PipelineJobSettings"):
        job.settings = 5  # type: ignore[assignment]


def test_the_order_of_the_printed_keys_is_azures() -> None:
    job = small_job()
    job.tags, job.experiment_name, job.description = {"a": "b"}, "e", "d"
    job.settings.default_compute = "cpu"
    assert list(job._to_dict()) == [
        *("display_name", "description", "tags", "type", "inputs", "outputs", "jobs"),
        *("experiment_name", "compute", "settings"),
    ]


def test_a_job_can_be_put_together_by_hand() -> None:
    step = command(command="x", inputs={"n": Input(type="integer")})(n="${{parent.inputs.n}}")
    step.name = "only"
    job = PipelineJob(jobs={"only": step}, inputs={"n": 4}, settings={"default_compute": "cpu"})
    assert job._validate().passed
    assert job.input_sources() == {"n": _graph.Value(4)}
    assert step.input_sources() == {"n": _graph.FromParent("n", None)}


def test_jobs_are_compared_by_what_they_print_and_can_be_kept_in_sets() -> None:
    first: Any = small_job()
    second = small_job()
    assert first == second and len({first, second}) == 2
    second.inputs.n = 5
    assert first != second


def test_a_job_built_in_python_has_no_places() -> None:
    job = small_job()
    assert job.source_file is None and job.locate("jobs.only") == ""


def test_a_copy_is_a_job_of_its_own() -> None:
    job = small_job()
    twin = copy.deepcopy(job)
    assert twin == job
    twin.jobs["only"].outputs.out.mode = "upload"
    assert job.output_targets()["out"].mode is None
    assert twin.output_targets()["out"].mode == "upload"
