"""``MLClient.jobs`` over real jobs and over folders that a driver left."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import azure.core.exceptions
import pytest

from parallelsdk import Input, MLClient, Output, command
from parallelsdk.entities._job import PipelineJob
from parallelsdk.exceptions import (
    AssetException,
    JobException,
    ResourceNotFoundError,
    UserErrorException,
    ValidationException,
)
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.parallel import parallel_run_function
from tests.client.job_folders import failed_job, prepared_job


def step(text: str = "cp ${{inputs.source}} ${{outputs.copy}}/it", **keywords: object) -> object:
    return command(
        name="copy",
        command=text,
        environment="azureml:any:1",
        inputs={"source": Input(type="uri_file")},
        outputs={"copy": Output(type="uri_folder")},
        **keywords,  # type: ignore[arg-type]
    )


@pytest.fixture
def job(tmp_path: Path) -> PipelineJob:
    """A pipeline of one command that copies a file."""
    (tmp_path / "source.txt").write_text("hello")
    node = step()(source=Input(type="uri_file", path=str(tmp_path / "source.txt")))  # type: ignore[operator]
    node.outputs.copy.assign("${{parent.outputs.copied}}")
    return PipelineJob(display_name="copying", jobs={"copy": node}, outputs={"copied": Output()})


@pytest.fixture
def client(workspace: Path) -> MLClient:
    return MLClient()


def test_a_job_runs_is_streamed_and_downloaded(
    client: MLClient, job: PipelineJob, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = client.jobs.create_or_update(job, experiment_name="tests", tags={"a": "b"})
    assert stored.name
    assert stored.status in ("Starting", "Running", "Completed")
    client.jobs.stream(stored.name)
    told = capsys.readouterr().out
    assert told.startswith(f"RunId: {stored.name}\nFolder: ")
    assert "step copy: Completed" in told
    assert "Execution Summary" in told
    client.jobs.download(stored.name, download_path=tmp_path / "got", output_name="copied")
    assert (tmp_path / "got" / "named-outputs" / "copied" / "it").read_text() == "hello"
    assert not (tmp_path / "got" / "artifacts").exists()


def test_a_stored_job_is_read_back_as_it_was_submitted(client: MLClient, job: PipelineJob) -> None:
    name = client.jobs.create_or_update(job, experiment_name="tests", description="d").name
    client.jobs.stream(str(name))
    stored = client.jobs.get(str(name))
    assert (stored.name, stored.status, stored.experiment_name) == (name, "Completed", "tests")
    assert (stored.display_name, stored.description) == ("copying", "d")
    assert stored.studio_url == client.jobs.get(str(name)).studio_url
    assert str(stored.studio_url).startswith("file:///")
    assert list(stored.jobs) == ["copy"]
    assert [listed.name for listed in client.jobs.list()] == [name]


def test_streaming_a_failed_job_raises_with_cause_and_log(
    client: MLClient, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = failed_job(Workspace.at(workspace), error="Step score: bad \x1b[2J")
    with pytest.raises(JobException) as caught:
        client.jobs.stream(folder.name)
    text = str(caught.value)
    assert text.startswith(f'The job "{folder.name}" is Failed: Step score: bad \\x1b[2J')
    assert str(folder.step("score").logs / "job_result.txt") in text
    assert "\x1b" not in capsys.readouterr().out


def test_an_unknown_job_is_a_job_exception(client: MLClient) -> None:
    for call in (client.jobs.get, client.jobs.stream, client.jobs.download):
        with pytest.raises(JobException, match='no job called "nobody"'):
            call("nobody")


def test_only_a_job_that_has_ended_can_be_downloaded(
    client: MLClient, workspace: Path, tmp_path: Path
) -> None:
    folder, _ = prepared_job(Workspace.at(workspace))
    with pytest.raises(JobException, match="only a job that has ended"):
        client.jobs.download(folder.name, download_path=tmp_path / "got")


def test_an_output_that_was_not_written_says_so(
    client: MLClient, workspace: Path, tmp_path: Path
) -> None:
    folder = failed_job(Workspace.at(workspace))
    with pytest.raises(JobException, match='"score" did not complete'):
        client.jobs.download(folder.name, output_name="predictions", download_path=tmp_path)


def test_validation_reports_and_raises_only_if_asked(client: MLClient, job: PipelineJob) -> None:
    assert client.jobs.validate(job).passed
    job.jobs["copy"].inputs.source.path = "/nowhere/x"
    result = client.jobs.validate(job)
    assert list(result.error_messages) == ["jobs.copy.inputs.source"]
    with pytest.raises(ValidationException, match="/nowhere/x"):
        client.jobs.validate(job, raise_on_failure=True)


def test_a_parallel_step_is_no_job(client: MLClient) -> None:
    scoring = parallel_run_function(name="score", task={"code": ".", "entry_script": "a.py"})
    with pytest.raises(ValidationException, match="runs as a step of a pipeline"):
        client.jobs.create_or_update(scoring)


def test_what_is_not_there_is_not_found_as_in_azure_core(client: MLClient) -> None:
    asks: list[Callable[[], object]] = [
        lambda: client.jobs.get("nope"),
        lambda: client.jobs.stream("nope"),
        lambda: client.components.get("nope"),
        lambda: client.data.get("nope", version="1"),
        lambda: client.models.get("nope", label="latest"),
        lambda: client.environments.get("nope", version="1"),
    ]
    for ask in asks:
        with pytest.raises(ResourceNotFoundError) as caught:
            ask()
        assert isinstance(caught.value, JobException | AssetException)
        assert isinstance(caught.value, azure.core.exceptions.ResourceNotFoundError)
        assert caught.value.status_code == 404 and "nope" in str(caught.value)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (str(again), again.status_code) == (str(caught.value), 404)


def test_what_azure_alone_has_is_said_to_be_out_of_scope(client: MLClient) -> None:
    absent = "MLClient.{} is out of scope here; docs/azure-parity.md"
    said = dict.fromkeys(("schedules", "online_endpoints", "batch_endpoints", "registries"), absent)
    said["nonsense"] = "'MLClient' object has no attribute '{}'"
    for name, text in said.items():
        with pytest.raises(AttributeError, match=text.format(name)):
            getattr(client, name)
    with pytest.raises(UserErrorException, match="sweep is out of scope here; docs/azure"):
        command(name="a", command="b").sweep(primary_metric="m")


def test_attributes_that_scripts_for_azure_read(client: MLClient, job: PipelineJob) -> None:
    assert (job.services, job.creation_context) == (None, None)
    stored = client.jobs.create_or_update(job)
    assert stored.services is not None and stored.creation_context is not None
    assert stored.services["Studio"].endpoint == stored.studio_url
    made = stored.creation_context.created_at
    assert made is not None and abs((datetime.now(UTC) - made).total_seconds()) < 600
    workspace = client.workspaces.get()
    assert workspace.mlflow_tracking_uri == f"file://{workspace.path}/mlruns"
    curated = client.environments.get("AzureML-sklearn-1.5", label="latest")
    assert (curated.name, curated.version) == ("AzureML-sklearn-1.5", "1")
    client.components.create_or_update(command(name="a_b", command="echo"))
    context = client.components.get("a_b").creation_context
    assert context is not None and context.created_at is not None


@pytest.mark.parametrize(
    ("given", "says"), [(lambda: None, "Call it"), ({"a": 1}, r"found {'a': 1}\. Build")]
)
def test_what_is_no_job_is_refused_with_what_to_do(
    given: object, says: str, client: MLClient
) -> None:
    with pytest.raises(UserErrorException, match=says):
        client.jobs.create_or_update(given)  # type: ignore[arg-type]


def test_the_steps_of_a_job_are_listed_as_its_children(client: MLClient, workspace: Path) -> None:
    folder = failed_job(Workspace.at(workspace))
    steps = list(client.jobs.list(parent_job_name=folder.name))
    assert [(step.name, step.type, step.status) for step in steps] == [
        (f"{folder.name}_prepare", "command", "Completed"),
        (f"{folder.name}_score", "parallel", "Failed"),
    ]


def test_an_archived_job_is_hidden_until_it_is_restored(client: MLClient, job: PipelineJob) -> None:
    name = str(client.jobs.create_or_update(job).name)
    client.jobs.stream(name)
    client.jobs.archive(name)
    assert list(client.jobs.list()) == []
    for view in ("ArchivedOnly", "All"):
        assert [found.name for found in client.jobs.list(list_view_type=view)] == [name]
    assert client.jobs.get(name).status == "Completed"
    client.jobs.restore(name)
    assert [found.name for found in client.jobs.list()] == [name]


def test_an_update_changes_what_is_given_and_nothing_else(
    client: MLClient, job: PipelineJob
) -> None:
    name = str(client.jobs.create_or_update(job, description="d", tags={"a": "b"}).name)
    changed = client.jobs.update(name, display_name="new", tags={"c": "d"}, properties={"p": "q"})
    assert (changed.display_name, changed.description) == ("new", "d")
    assert (changed.tags, changed.properties) == ({"c": "d"}, {"p": "q"})
    client.jobs.stream(name)
    assert client.jobs.get(name).display_name == "new"
    assert client.jobs.update(name).tags == {"c": "d"}


def test_one_damaged_job_does_not_hide_the_others(
    client: MLClient, job: PipelineJob, workspace: Path
) -> None:
    names = [str(client.jobs.create_or_update(job).name) for _ in range(3)]
    for name in names:
        client.jobs.stream(name)
    jobs = workspace / "jobs"
    (jobs / names[0] / "events.jsonl").write_bytes(b"\x00\x01nonsense\n")
    (jobs / names[1] / "job.yml").write_text("{")
    found = {listed.name: listed.status for listed in client.jobs.list()}
    assert found == {names[0]: "Unknown", names[1]: "Unknown", names[2]: "Completed"}
