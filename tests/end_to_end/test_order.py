"""Which steps run, and when: after a failure, without optional inputs, and after each other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parallelsdk import MLClient, command, dsl, load_job
from parallelsdk.entities import PipelineJob
from tests.end_to_end.conftest import Project


def _command(line: str, **more: Any) -> dict[str, Any]:
    return {"type": "command", "command": line, "environment": "azureml:any:1", **more}


def _component(line: str, *, optional: bool) -> dict[str, Any]:
    return {
        "type": "command",
        "command": line,
        "environment": "azureml:any:1",
        "inputs": {"data": {"type": "uri_file", "optional": optional}},
        "outputs": {"told": {"type": "uri_file"}},
    }


@pytest.fixture
def steps(project: Project) -> dict[str, Any]:
    """The job's steps, of which ``make`` writes a file, fails, or takes its time."""
    project.document["outputs"] = {"told": {"type": "uri_file"}}
    jobs: dict[str, Any] = {
        "make": _command(
            f"test -e {project.root}/mended && echo made > ${{{{outputs.data}}}}",
            outputs={"data": {"type": "uri_file"}},
        ),
        "use": {
            "type": "command",
            "component": _component(
                "echo used $[[with $(cat ${{inputs.data}})]] > ${{outputs.told}}", optional=True
            ),
            "inputs": {"data": "${{parent.jobs.make.outputs.data}}"},
            "outputs": {"told": "${{parent.outputs.told}}"},
        },
    }
    project.document["jobs"] = jobs
    return jobs


def _statuses(project: Project) -> dict[str, str]:
    shown = json.loads(project.run("job", "show", "-n", "one", "-o", "json").stdout)
    return {name: step["status"] for name, step in shown["jobs"].items()}


def test_a_step_runs_without_an_optional_input_whose_maker_failed(
    project: Project, steps: dict[str, Any]
) -> None:
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 1
    assert "without its optional input data" in done.stderr
    assert _statuses(project) == {"make": "Failed", "use": "Completed"}
    told = project.workspace / "jobs/one/steps/use/outputs/told/told"
    assert told.read_text() == "used\n"
    (project.root / "mended").touch()
    assert project.run("job", "resume", "-n", "one", "--stream").returncode == 0
    assert told.read_text() == "used with made\n"


@pytest.mark.parametrize("why", ["required", "bare"])
def test_a_step_does_not_run_without_an_input_that_it_needs(
    project: Project, steps: dict[str, Any], why: str
) -> None:
    line = "cat ${{inputs.data}} > ${{outputs.told}}"
    steps["use"]["component"] = _component(line, optional=why == "bare")
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 1
    assert "step use: NotStarted. It did not run, because step make failed." in done.stderr
    error = MLClient().jobs.get("one").steps[0].error
    cause = f"Step make: {error.rstrip('.')}. Steps that did not run: use."
    shown = json.loads(project.run("job", "show", "-n", "one", "-o", "json").stdout)
    assert shown["error"] == cause
    assert _statuses(project) == {"make": "Failed", "use": "NotStarted"}


def test_a_step_of_steps_that_never_run_is_left_out_too(
    project: Project, steps: dict[str, Any]
) -> None:
    steps["middle"] = _command(
        "cp ${{inputs.data}} ${{outputs.data}}",
        inputs={"data": "${{parent.jobs.make.outputs.data}}"},
        outputs={"data": {"type": "uri_file"}},
    )
    steps["use"]["inputs"]["data"] = "${{parent.jobs.middle.outputs.data}}"
    assert project.create("-n", "one", "--stream").returncode == 1
    assert _statuses(project) == {"make": "Failed", "middle": "NotStarted", "use": "Completed"}


@pytest.mark.parametrize(("go_on", "other"), [(True, "Completed"), (False, "NotStarted")])
def test_a_failure_ends_what_depends_on_it_or_everything(
    project: Project, steps: dict[str, Any], go_on: bool, other: str
) -> None:
    project.document["settings"] = {"continue_on_step_failure": go_on}
    for number in range(4):  # more than run at once
        steps[f"other_{number}"] = _command("sleep 0.2", after="make" if not go_on else [])
    assert project.create("-n", "one", "--stream").returncode == 1
    statuses = _statuses(project)
    assert {statuses[f"other_{number}"] for number in range(4)} == {other}


def test_steps_without_data_between_them_run_in_the_order_that_is_wanted(
    project: Project, steps: dict[str, Any]
) -> None:
    log = project.root / "log"
    project.document["outputs"] = {}
    steps.clear()
    steps["last"] = _command(f"echo last >> {log}", after=["middle", "first"])
    steps["middle"] = _command(f"sleep 0.3; echo middle >> {log}", after="first")
    steps["first"] = _command(f"sleep 0.3; echo first >> {log}")
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert log.read_text().split() == ["first", "middle", "last"]
    again = load_job(project.workspace / "jobs/one/job.yml")
    assert isinstance(again, PipelineJob)
    assert again.jobs["last"].predecessors() == ["middle", "first"]


@pytest.mark.parametrize(
    ("after", "told"), [("frist", "did you mean 'first'"), (5, "after"), ("last", "wait for each")]
)
def test_an_order_that_cannot_be_is_refused(
    project: Project, steps: dict[str, Any], after: Any, told: str
) -> None:
    project.document["outputs"] = {}
    steps.clear()
    steps["first"] = _command("true")
    steps["last"] = _command("true", after=after)
    done = project.create("-n", "one")
    assert done.returncode == 2
    assert told in done.stderr, done.stderr


def test_steps_are_ordered_in_python(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    log = project.root / "log"

    def say(word: str) -> Any:
        return command(
            command=f"sleep 0.2; echo {word} >> {log}", environment="azureml:any:1"
        ).component

    one, two = say("one"), say("two")

    @dsl.pipeline()
    def ordered() -> None:
        second = two()
        first = one()
        second.after = [first]

    job = ordered()
    assert "after:\n    - first" in str(job)
    client = MLClient()
    name = client.jobs.create_or_update(job).name
    assert name is not None
    client.jobs.stream(name)
    assert log.read_text().split() == ["one", "two"]
