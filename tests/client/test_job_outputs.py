"""What jobs have written is found by its name: by people, by other jobs, and by assets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import Input, MLClient, Output, command
from parallelsdk.dsl import pipeline
from parallelsdk.entities import Data, Model
from parallelsdk.exceptions import JobException, ResourceNotFoundError, ValidationException

NOTHING = "azureml://jobs/first/outputs/"


@pytest.fixture(scope="module")
def workspace_of_jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture
def client(workspace_of_jobs: Path, monkeypatch: pytest.MonkeyPatch) -> MLClient:
    """A workspace with a job called first, which has made a folder and a file, and left a file."""
    monkeypatch.setenv("PARALLELSDK_HOME", str(workspace_of_jobs / "home"))
    monkeypatch.chdir(workspace_of_jobs)
    client = MLClient()
    if not (workspace_of_jobs / "home" / "jobs" / "first").exists():
        make = command(
            name="make",
            command="mkdir -p outputs ${{outputs.d}}/sub; echo left > outputs/a.txt; "
            "echo one > ${{outputs.d}}/sub/x.txt; echo two > ${{outputs.m}}",
            outputs={"d": Output(type="uri_folder"), "m": Output(type="uri_file")},
        )

        @pipeline()
        def build() -> Any:
            step = make()
            step.outputs.m = Output(type="uri_file", name="numbers")
            return {"d": step.outputs.d}

        job = build()
        job.name = "first"
        job.outputs.d = Output(type="uri_folder", name="folder", version="7")
        client.jobs.create_or_update(job)
        client.jobs.stream("first")
    return client


def reading(path: str, type: str = "uri_file") -> Any:
    """A job that reads the file at ``path``."""
    show = command(
        name="show",
        command="cat ${{inputs.f}} > ${{outputs.o}}",
        inputs={"f": Input(type="uri_file")},
        outputs={"o": Output(type="uri_file")},
    )

    @pipeline()
    def build(f: Any) -> Any:
        return {"o": show(f=f).outputs.o}

    return build(f=Input(type=type, path=path))


def read(client: MLClient, job: Any) -> str:
    name = client.jobs.create_or_update(job).name
    client.jobs.stream(name)
    return Path(client.jobs.get(name).outputs["o"].path).read_text()


def test_a_job_that_was_read_back_knows_where_its_outputs_lie(client: MLClient) -> None:
    job = client.jobs.get("first")
    assert Path(job.outputs["d"].path, "sub", "x.txt").read_text() == "one\n"
    assert "path" not in job._to_dict()["outputs"]["d"]  # submitted again it writes elsewhere


def test_outputs_with_names_are_registered(client: MLClient) -> None:
    assert client.data.get("folder", version="7").path == client.jobs.get("first").outputs.d.path
    assert Path(client.data.get("numbers", version="1").path).read_text() == "two\n"
    assert read(client, reading("azureml:numbers@latest")) == "two\n"


def test_a_version_that_is_taken_costs_a_warning_and_nothing_else(
    client: MLClient, capsys: pytest.CaptureFixture[str]
) -> None:
    job = reading("azureml:numbers@latest")
    job.outputs.o = Output(type="uri_file", name="numbers", version="1")
    name = client.jobs.create_or_update(job).name
    client.jobs.stream(name)
    assert "its output o was not registered" in capsys.readouterr().out
    assert Path(client.jobs.get(name).outputs.o.path).read_text() == "two\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{NOTHING}d/paths/sub/x.txt", "one\n"),
        (f"{NOTHING}step.m", "two\n"),
        (f"{NOTHING}artifacts/paths/outputs/a.txt", "left\n"),
        (
            "azureml://subscriptions/s/resourceGroups/r/workspaces/w/jobs/first/outputs/m",
            "two\n",
        ),
    ],
)
def test_an_output_of_a_job_is_an_input_of_another(client: MLClient, path: str, text: str) -> None:
    assert read(client, reading(path)) == text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (f"{NOTHING}nope", "the job \"first\" has no output 'nope'; known are d, m"),
        (f"{NOTHING}d/paths/nosuch", "there is nothing at"),
        (f"{NOTHING}d/paths/../../x", "leaves the output"),
        (f"{NOTHING}artifacts/paths/nope", 'no completed step of the job "first" has left'),
        ("azureml://jobs/frist/outputs/d", 'There is no job called "frist"'),
    ],
)
def test_what_is_not_there_is_said_before_anything_runs(
    client: MLClient, path: str, says: str
) -> None:
    found = client.jobs.validate(reading(path)).error_messages
    assert list(found) == ["jobs.show.inputs.f"] and says in found["jobs.show.inputs.f"]


def test_assets_may_lie_in_a_job(client: MLClient) -> None:
    path = f"{NOTHING}artifacts/paths/outputs/a.txt"
    model = client.models.create_or_update(Model(name="left", path=path, type="custom_model"))
    assert model.path == path
    assert read(client, reading(f"azureml:left:{model.version}", "custom_model")) == "left\n"
    with pytest.raises(ValidationException, match="has left 'nope'"):
        client.data.create_or_update(Data(name="x", path=f"{NOTHING}artifacts/paths/nope"))
    with pytest.raises(JobException, match=f"the model asset left:{model.version}"):
        client.jobs.delete("first")


def test_a_step_is_a_job_of_its_own_to_be_read(client: MLClient, tmp_path: Path) -> None:
    (child,) = client.jobs.list(parent_job_name="first")
    assert (child.name, child.display_name) == ("first_step", "step")
    again = client.jobs.get(str(child.name))
    assert (again.status, again.parent_job_name) == ("Completed", "first")
    assert Path(again.outputs["m"].path).read_text() == "two\n"
    client.jobs.download("first_step", download_path=tmp_path / "all", all=True)
    files = {str(p.relative_to(tmp_path / "all")) for p in (tmp_path / "all").rglob("*.txt")}
    assert {"named-outputs/d/sub/x.txt", "artifacts/logs/std_log.txt"} <= files
    client.jobs.download("first_step", download_path=tmp_path / "m", output_name="m")
    assert [p.name for p in (tmp_path / "m").rglob("*") if p.is_file()] == ["m"]
    with pytest.raises(JobException, match='no output called "n"; known are d, m'):
        client.jobs.download("first_step", download_path=tmp_path, output_name="n")
    with pytest.raises(ResourceNotFoundError):
        client.jobs.get("first_nosuch")
