"""Editing a pipeline job after it was built."""

from pathlib import Path
from typing import Any

from _files import attempt, command_function, data, parallel_function
from sdk import Input, Output
from sdk.dsl import pipeline
from sdk.entities import PipelineJob, PipelineJobSettings


def built(folder: Path) -> Any:
    """A job of two steps with two inputs and one output."""
    copy, score = command_function(), parallel_function(folder)

    @pipeline(default_compute="cpu", display_name="built")
    def chain(source, n: int = 2):
        first = copy(source=source)
        second = score(data=first.outputs.files)
        second.error_threshold = n
        return {"out": second.outputs.result}

    return chain(source=data())


def case_inputs_and_outputs_edited(folder: Path) -> Any:
    job = built(folder)
    job.inputs.n = 11
    job.inputs.source = Input(type="uri_folder", path="azureml:sales:3", mode="download")
    job.outputs.out.mode = "upload"
    job.outputs.out.path = "azureml://datastores/d/paths/x"
    return job


def case_a_mode_set_on_a_jobs_input(folder: Path) -> Any:
    job = built(folder)
    job.inputs.source.mode = "download"
    return [job, job.inputs.source.mode, job.inputs.source.path is not None]


def case_an_output_replaced(folder: Path) -> Any:
    job = built(folder)
    job.outputs.out = Output(type="uri_file", mode="rw_mount", name="n", version="1")
    return job


def case_an_outputs_fields_set(folder: Path) -> Any:
    job = built(folder)
    job.outputs.out.type = "uri_folder"
    job.outputs.out.name = "registered"
    return [job, job.outputs.out.type, job.outputs.out.name]


def case_steps_edited(folder: Path) -> Any:
    job = built(folder)
    job.jobs["second"].mini_batch_size = "7"
    job.jobs["second"].compute = "gpu"
    job.jobs["first"].inputs.source.mode = "download"
    job.jobs["first"].environment_variables = {"A": "1"}
    return job


def case_labels_edited(folder: Path) -> Any:
    job = built(folder)
    job.display_name, job.description, job.experiment_name = "Other", "about", "tries"
    job.tags["a"] = "b"
    job.name = "the_job"
    job.compute = "azureml:gpu"
    return job


def case_a_fresh_job(folder: Path) -> Any:
    job = built(folder)
    return {
        **{name: getattr(job, name) for name in ("name", "status", "id", "type", "compute")},
        **{name: getattr(job, name) for name in ("tags", "description", "experiment_name")},
        "jobs": list(job.jobs),
        "inputs": sorted(job.inputs),
        "outputs": list(job.outputs),
    }


def case_settings_edited(folder: Path) -> Any:
    one, two, three = built(folder), built(folder), built(folder)
    one.settings.force_rerun = True
    one.settings.default_datastore = "store"
    two.settings = {"default_compute": "other", "continue_on_step_failure": False}
    three.settings = PipelineJobSettings(default_compute="serverless")
    return [one, two, three]


def case_settings_unset_and_wrong(folder: Path) -> Any:
    settings, job = PipelineJobSettings(), built(folder)

    def wrong() -> None:
        job.settings = 5

    names = ("default_datastore", "default_compute", "continue_on_step_failure", "force_rerun")
    return [[getattr(settings, name) for name in names], attempt(wrong)]


def case_a_job_of_steps_made_by_hand(folder: Path) -> Any:
    first = command_function()(source="${{parent.inputs.source}}")
    second = parallel_function(folder)(data="${{parent.jobs.first.outputs.files}}")
    return PipelineJob(
        jobs={"first": first, "second": second},
        inputs={"source": data()},
        display_name="by hand",
        experiment_name="tries",
        settings={"default_compute": "cpu"},
        tags={"a": "b"},
    )


def case_a_job_of_a_component(folder: Path) -> Any:
    component = built(folder).component
    return PipelineJob(
        component=component, inputs={"source": data("./more"), "n": 9}, compute="cpu"
    )


def case_validation_reports_and_does_not_raise(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    found = chain()._validate()
    return [found.passed, list(found.error_messages), attempt(found.try_raise)]


def case_a_jobs_output_read(folder: Path) -> Any:
    job = built(folder)
    return [job.outputs.out.type, job.outputs["out"].mode, job.inputs.n.type, "out" in job.outputs]


def case_dump_writes_a_file_and_overwrites_it(folder: Path) -> Any:
    job = built(folder)
    job.dump(folder / "job.yml")
    job.dump(folder / "job.yml")
    text = (folder / "job.yml").read_text(encoding="utf-8")
    return ["type: pipeline" in text, text.count("display_name: built")]
