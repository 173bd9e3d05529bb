"""References to registered assets in a job, in every place where they can stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import Input, MLClient, Output, command, load_job
from parallelsdk.client.checking import check_job
from parallelsdk.client.resolution import resolve_references
from parallelsdk.dsl import pipeline
from parallelsdk.entities import Data, Model, Parallel, PipelineJob
from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.parallel import RunFunction, parallel_run_function


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace(workspace)


@pytest.fixture
def project(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data; registered are copy:1 and :2, score:1, iris:1 and net:1."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.txt").write_text("a")
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text("def run(mini_batch):\n    return mini_batch\n")
    monkeypatch.chdir(folder)
    client = MLClient()
    for number in (1, 2):
        copying = command(
            name="copy",
            command=f"cp -r ${{{{inputs.source}}}}/. ${{{{outputs.copy}}}}; echo {number}",
            inputs={"source": Input(type="uri_folder"), "n": Input(type="integer", default=1)},
            outputs={"copy": Output(type="uri_folder")},
        )
        client.components.create_or_update(copying)
    score = parallel_run_function(
        name="score",
        inputs={"data": Input(type="uri_folder")},
        outputs={"rows": Output(type="uri_file")},
        input_data="${{inputs.data}}",
        mini_batch_size="1",
        task=RunFunction(code="./src", entry_script="score.py", append_row_to="${{outputs.rows}}"),
    )
    client.components.create_or_update(score)
    client.data.create_or_update(Data(name="iris", path="./data"))
    client.models.create_or_update(Model(name="net", path="./data/a.txt"))
    return folder


FILE = """type: pipeline
inputs:
  data: {type: uri_folder, path: azureml:iris@latest}
outputs:
  rows: {type: uri_file}
jobs:
  first:
    component: azureml:copy:1
    inputs: {source: "${{parent.inputs.data}}", n: 5}
  second:
    type: parallel
    component: azureml:score@latest
    mini_batch_size: "3"
    inputs: {data: "${{parent.jobs.first.outputs.copy}}"}
    outputs: {rows: "${{parent.outputs.rows}}"}
"""


def load(text: str) -> PipelineJob:
    Path("pipeline.yml").write_text(text)
    job = load_job("pipeline.yml")
    assert isinstance(job, PipelineJob)
    return job


def problems(store: Workspace, job: PipelineJob) -> dict[str, str]:
    result = check_job(store, job)
    return {f"{result.places[p]} {p}": text for p, text in result.error_messages.items()}


def test_a_file_whose_steps_are_all_registered_is_complete(store: Workspace, project: Path) -> None:
    job = load(FILE)
    before = str(job)
    resolved, missing = resolve_references(store, job)
    assert missing == []
    assert str(job) == before
    first, second = resolved.jobs["first"], resolved.jobs["second"]
    assert first.component.command.endswith("echo 1")
    assert (first.name, second.name, second.type) == ("first", "second", "parallel")
    assert int(second.setting("mini_batch_size")) == 3
    assert second.component.task.entry_script == "score.py"
    assert resolved.inputs.data.path == str(project / "data")
    assert resolved.outputs.rows.source is second.outputs.rows
    assert problems(store, job) == {}


def test_a_job_without_references_stays_the_same_object(
    store: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = load("type: pipeline\njobs:\n  a: {type: command, command: ls}\n")
    assert resolve_references(store, job)[0] is job


def test_a_job_of_references_runs_and_keeps_them_when_it_is_read_back(project: Path) -> None:
    client = MLClient()
    stored = client.jobs.create_or_update(load(FILE))
    client.jobs.stream(str(stored.name))
    found = client.jobs.get(str(stored.name))
    assert found.status == "Completed"
    assert found._to_dict()["jobs"]["second"]["component"] == "azureml:score@latest"
    assert found._to_dict()["inputs"]["data"]["path"] == "azureml:iris@latest"


def test_a_step_made_in_python_may_name_its_component(store: Workspace, project: Path) -> None:
    step = Parallel(component="azureml:score:1", inputs={"data": Input(path="azureml:iris:1")})

    @pipeline
    def built(data: Input) -> dict[str, Any]:
        one = step()
        two = step(data=data)
        return {"one": one.outputs.rows, "two": two.outputs.rows}

    job = built(Input(path="azureml:iris:1"))
    assert job._to_dict()["jobs"]["two"]["component"] == "azureml:score:1"
    assert problems(store, job) == {}
    resolved, _ = resolve_references(store, job)
    assert resolved.jobs["one"].inputs.data.path == str(project / "data")


def test_data_and_models_are_told_apart_by_the_type_of_the_input(
    store: Workspace, project: Path
) -> None:
    text = """type: pipeline
jobs:
  a:
    type: command
    command: cat ${{inputs.net}} ${{inputs.data}}
    inputs:
      net: {type: custom_model, path: azureml:net:1}
      data: {type: uri_folder, path: azureml:net:1}
"""
    job = load(text)
    resolved, missing = resolve_references(store, job)
    assert resolved.jobs["a"].inputs.net.path == str(project / "data" / "a.txt")
    assert [problem.path for problem in missing] == ["jobs.a.inputs.data"]


def test_a_bare_name_means_a_file_that_is_there_else_the_asset(
    store: Workspace, project: Path
) -> None:
    text = FILE.replace("azureml:iris@latest", '"iris:1"').replace("azureml:copy:1", "copy:2")
    job = load(text)
    resolved, missing = resolve_references(store, job)
    assert missing == []
    assert resolved.inputs.data.path == str(project / "data")
    assert resolved.jobs["first"].component.command.endswith("echo 2")
    assert job._to_dict()["inputs"]["data"]["path"] == "azureml:iris:1"
    (project / "iris:1").mkdir()
    assert resolve_references(store, load(text))[0].inputs.data.path == "iris:1"


def test_what_is_not_registered_is_told_with_its_line_and_the_nearest_name(
    store: Workspace, project: Path
) -> None:
    text = FILE.replace("copy:1", "cpoy:1").replace("iris@latest", "iri:1")
    text = text.replace("azureml:score@latest", "azureml:score:9")
    found = problems(store, load(text))
    assert list(found) == [
        "pipeline.yml:3:3 inputs.data",
        "pipeline.yml:8:5 jobs.first.component",
        "pipeline.yml:12:5 jobs.second.component",
    ]
    told = " ".join(found.values())
    for part in ("Did you mean 'copy'?", "Did you mean 'iris'?", "There are: 1."):
        assert part in told
    with pytest.raises(ValidationException, match=r"pipeline\.yml:8:5: jobs\.first\.component"):
        MLClient().jobs.create_or_update(load(text), skip_validation=True)


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        (("source:", "sauce:"), "jobs.first.inputs.sauce", "did you mean 'source'"),
        (("n: 5", "n: x"), "jobs.first.inputs.n", "a whole number"),
        (("outputs.copy}", "outputs.cpy}"), "jobs.second.inputs.data", "'cpy'"),
        (("azureml:score@latest", "azureml:copy:1"), "jobs.second.type", "is a command"),
        (
            ("azureml:copy:1", "azureml://registries/r/components/copy/versions/1"),
            "jobs.first.component",
            "registry of Azure",
        ),
        (('mini_batch_size: "3"', "mini_batch_size: x"), "", "mini_batch_size"),
    ],
)
def test_what_does_not_fit_the_registered_component_is_told(
    change: tuple[str, str], path: str, says: str, store: Workspace, project: Path
) -> None:
    try:
        found = check_job(store, load(FILE.replace(*change))).error_messages
    except ValidationException as error:  # what the file alone shows is told when it is read
        found = {path: error.message}
    assert says in found[path]


def test_references_inside_registered_pipelines_are_followed(
    store: Workspace, project: Path
) -> None:
    @pipeline
    def inner(data: Input) -> dict[str, Any]:
        step = Parallel("azureml:score:1")(data=data)
        return {"rows": step.outputs.rows}

    MLClient().components.create_or_update(inner)
    text = """type: pipeline
jobs:
  outer:
    type: pipeline
    component: azureml:inner:1
    inputs: {data: {type: uri_folder, path: azureml:iris:1}}
"""
    assert problems(store, load(text)) == {}
    resolved, _ = resolve_references(store, load(text))
    assert resolved.jobs["outer"].component.jobs["step"].component.reference is None


def test_a_pipeline_that_holds_itself_is_refused(store: Workspace, project: Path) -> None:
    @pipeline
    def loop(data: Input) -> None:
        from parallelsdk.entities import Pipeline

        Pipeline("azureml:loop@latest")(data=data)

    MLClient().components.create_or_update(loop)
    text = """type: pipeline
jobs:
  outer: {type: pipeline, component: "azureml:loop:1", inputs: {data: {path: ./data}}}
"""
    _, missing = resolve_references(store, load(text))
    assert "nested without end" in missing[-1].message
