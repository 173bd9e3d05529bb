"""What happens between a built job and a started driver, with the driver left out."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.client import checking, submission
from parallelsdk.client.checking import check_job
from parallelsdk.client.components import ComponentOperations
from parallelsdk.client.submission import submit
from parallelsdk.client.submittable import submittable
from parallelsdk.entities._command import CommandComponent, command
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._loading import load_component, load_job
from parallelsdk.entities._parallel import ParallelComponent
from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.store import read_job
from parallelsdk.planning.plan import ParallelPlan, PipelinePlan
from parallelsdk.runtime import capacity
from parallelsdk.runtime.fingerprint import fingerprint_of
from parallelsdk.runtime.inherited import Inherited
from parallelsdk.runtime.stored_plan import read_plan

SCRIPT = "def run(mini_batch):\n    return mini_batch\n"


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[JobFolder]:
    """The folders that a driver would have been started for."""
    folders: list[JobFolder] = []
    monkeypatch.setattr(submission, "launch", lambda folder, **_: folders.append(folder) or 1)
    return folders


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data and code in it, which is also the current one."""
    folder = tmp_path / "iris"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.txt").write_text("a")
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text(SCRIPT)
    monkeypatch.chdir(folder)
    return folder


def job(arguments: str = "", data: str = "./data", **task: Any) -> PipelineJob:
    component = ParallelComponent(
        name="score",
        inputs={"data": Input(type="uri_folder")},
        outputs={"rows": Output(type="uri_file")},
        input_data="${{inputs.data}}",
        task={
            "code": "./src",
            "entry_script": "score.py",
            "program_arguments": arguments,
            "append_row_to": "${{outputs.rows}}",
            **task,
        },
    )
    node = component(data=Input(type="uri_folder", path=data))
    node.name = "score"
    return PipelineJob(display_name="tests", jobs={"score": node})


def plan_of(folder: JobFolder) -> PipelinePlan:
    return read_plan(folder)


def names(store: Workspace) -> list[str]:
    return os.listdir(store.jobs_folder)


def test_the_folder_holds_all_that_the_driver_needs(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    folder = submit(store, job("--resource_monitor_interva 20"))
    assert launched == [folder]
    plan = plan_of(folder)
    step = plan.step("score")
    assert isinstance(step, ParallelPlan)
    assert step.code.startswith(str(folder.code))
    assert (Path(step.code) / "score.py").read_text() == SCRIPT
    assert step.outputs[0].path.startswith(str(folder.path))
    assert load_job(folder.job_yml).jobs["score"].task.entry_script == "score.py"
    record = read_job(folder)
    assert (record.display_name, [s.name for s in record.steps]) == ("tests", ["score"])
    assert "--resource_monitor_interval" in record.warnings[0]


def test_a_job_without_a_name_gets_a_new_one_each_time(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    built = job()
    assert submit(store, built).name != submit(store, built).name
    assert built.name is None


def test_the_experiment_is_the_folders_name_unless_it_is_given(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    assert plan_of(submit(store, job())).experiment_name == "iris"
    named = job()
    named.experiment_name = "other"
    assert plan_of(submit(store, named)).experiment_name == "other"


def test_a_later_change_of_the_code_does_not_reach_the_job(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    step = plan_of(submit(store, job())).step("score")
    (project / "src" / "score.py").write_text("changed")
    assert isinstance(step, ParallelPlan)
    assert (Path(step.code) / "score.py").read_text() == SCRIPT


def test_the_plan_tells_where_the_code_came_from_and_no_fingerprint_does(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    step = plan_of(submit(store, job())).step("score")
    assert step.code_source == str(project / "src")
    elsewhere = dataclasses.replace(step, code_source="/elsewhere")
    nothing = Inherited({}, "")
    assert fingerprint_of(step, {}, nothing) == fingerprint_of(elsewhere, {}, nothing)


def test_where_a_registered_components_code_came_from_is_not_known(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    registered = ComponentOperations(store).create_or_update(job().jobs["score"].component)
    node = registered(data=Input(type="uri_folder", path="./data"))
    step = plan_of(submit(store, PipelineJob(jobs={"score": node}))).step("score")
    assert step.code is not None and step.code_source is None


def test_a_datastore_is_a_folder_of_the_workspace(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    data = store.root / "datastores" / "mine" / "images"
    data.mkdir(parents=True)
    (data / "a.txt").write_text("a")
    built = job(data="azureml://datastores/mine/paths/images")
    built.jobs[
        "score"
    ].outputs.rows.path = "azureml://datastores/${{default_datastore}}/paths/out.csv"
    step = plan_of(submit(store, built)).step("score")
    assert step.inputs[0].uri == str(data)
    expected = store.root / "datastores" / "workspaceblobstore" / "out.csv"
    assert step.outputs[0].destination == str(expected)


def test_a_taken_name_is_refused_and_the_job_that_has_it_is_unharmed(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    built = job()
    built.name = "mine"
    folder = submit(store, built)
    EventLog(folder.events).append("job_started", pid=1)
    events = folder.events.read_bytes()
    with pytest.raises(ValidationException, match="exists already"):
        submit(store, built)
    assert store.job("mine").events.read_bytes() == events


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": "./nowhere"}, "nowhere"),
        ({"entry_script": "nope.py"}, "jobs.score.task.entry_script: "),
        ({"arguments": "--error_threshold x"}, "jobs.score.task.program_arguments: "),
    ],
)
def test_a_job_that_cannot_run_leaves_nothing_behind(
    changes: dict[str, str],
    says: str,
    skip: bool,
    store: Workspace,
    launched: list[JobFolder],
    project: Path,
) -> None:
    with pytest.raises(ValidationException, match=says):
        submit(store, job(**changes), skip_validation=skip)
    assert (names(store), launched) == ([], [])


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whatever_fails_before_the_start_takes_the_folder_away(
    error: BaseException, store: Workspace, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> int:
        raise error

    monkeypatch.setattr(submission, "launch", fail)
    with pytest.raises(type(error)):
        submit(store, job())
    assert names(store) == []


def test_checking_reports_everything_at_once_and_writes_nothing(
    store: Workspace, project: Path
) -> None:
    result = check_job(store, job("--error_threshold x", append_row_to="${{outputs.nope}}"))
    assert set(result.error_messages) == {
        "jobs.score.task.program_arguments",
        "jobs.score.task.append_row_to",
    }
    assert names(store) == []


def test_data_and_code_are_reported_together_with_their_paths(
    store: Workspace, project: Path
) -> None:
    result = check_job(store, job(data="./nowhere", entry_script="nope.py"))
    assert set(result.error_messages) == {
        "jobs.score.inputs.data",
        "jobs.score.task.entry_script",
    }


def test_a_problem_of_a_file_is_told_with_its_line_and_column(
    store: Workspace, project: Path
) -> None:
    values = job()._to_dict()
    values["jobs"]["score"]["inputs"]["data"]["path"] = "./nowhere"
    (project / "pipeline.yml").write_text(json.dumps(values, indent=1))
    loaded = load_job("pipeline.yml")
    assert isinstance(loaded, PipelineJob)
    line = 1 + (project / "pipeline.yml").read_text().split('"data": {')[0].count("\n")
    with pytest.raises(
        ValidationException, match=rf"pipeline\.yml:{line}:\d+: jobs\.score\.inputs\.data"
    ):
        submit(store, loaded)


def test_an_asset_that_cannot_be_found_is_told_with_its_input(
    store: Workspace, launched: list[JobFolder], project: Path
) -> None:
    built = job(data="azureml:images:3")
    assert list(check_job(store, built).error_messages) == ["jobs.score.inputs.data"]
    for skip in (True, False):
        with pytest.raises(
            ValidationException, match=r"jobs\.score\.inputs\.data: 'azureml:images"
        ):
            submit(store, built, skip_validation=skip)
    assert names(store) == []


HELLO = """command: echo ${{inputs.who}} > ${{outputs.out}}/a.txt
name: hello-1
display_name: Hello
experiment_name: greetings
tags: {a: b}
inputs: {who: world}
outputs: {out: {type: uri_folder, path: ./greeting}}
compute: azureml:cpu
"""


def test_a_command_alone_is_a_job_of_one_step(
    store: Workspace, project: Path, launched: list[JobFolder]
) -> None:
    (project / "hello.yml").write_text(HELLO)
    job = submittable(load_job("hello.yml"))
    assert (job.name, job.display_name, job.experiment_name) == ("hello-1", "Hello", "greetings")
    assert job.tags == {"a": "b"} and job.compute == "cpu"
    plan = plan_of(submit(store, job))
    step = plan.steps[0]
    assert (step.name, step.inputs[0].literal) == ("hello_1", "world")
    assert [(o.name, o.step, o.output) for o in plan.outputs] == [("out", "hello_1", "out")]
    assert step.outputs[0].destination == str(project / "greeting")
    assert submittable(load_job(launched[0].job_yml)) == job  # and it comes back as it was


def test_a_function_is_submitted_alone_and_stays_what_it_is(
    store: Workspace, project: Path
) -> None:
    say = command(
        name="say_it",
        command="echo ${{inputs.x}} > ${{outputs.o}}",
        inputs={"x": 3},
        outputs={"o": Output(type="uri_file")},
        experiment_name="e",
        display_name="d",
    )
    before = str(say)
    job = submittable(say)
    assert (list(job.jobs), job.name, job.experiment_name) == (["say_it"], "say_it", "e")
    assert list(job.outputs) == ["o"] and check_job(store, job).passed
    assert str(say) == before and say.outputs.o.parent_output is None


def test_a_call_of_a_pipeline_is_submitted_with_its_settings(
    store: Workspace, project: Path, launched: list[JobFolder]
) -> None:
    (project / "two.yml").write_text(
        "type: pipeline\nname: two\ninputs: {x: {type: string, default: a}}\n"
        "outputs: {o: {type: uri_folder}}\n"
        "jobs:\n  s:\n    command: echo ${{inputs.x}} > ${{outputs.o}}/q\n"
        "    inputs: {x: '${{parent.inputs.x}}'}\n    outputs: {o: '${{parent.outputs.o}}'}\n"
    )
    component = load_component("two.yml")
    for called in (component, ComponentOperations(store).create_or_update(component)):
        node = called(x="1")
        node.settings.force_rerun = True
        node.experiment_name = "e"
        node.outputs.o.path = "./there"
        job = submittable(node)
        assert (job.experiment_name, job.settings.force_rerun) == ("e", True)
        plan = plan_of(submit(store, job))
        assert plan.force_rerun and plan.steps[0].inputs[0].literal == "1"
        assert plan.steps[0].outputs[0].destination == str(project / "there")


def test_a_broken_component_is_not_registered(store: Workspace, project: Path) -> None:
    components = ComponentOperations(store)
    bad = command(name="bad", command="echo ${{inputs.nope}}", code="./nosuch")
    assert set(components.validate(bad).error_messages) == {"command", "code"}
    for broken in (bad, command(name="Bad-Name", command="echo")):
        with pytest.raises(ValidationException):
            components.create_or_update(broken)
        with pytest.raises(ValidationException):
            components.validate(broken, raise_on_failure=True)
    assert not list(components.list())
    odd = command(name="odd", command="echo ${{inputs.nope}}")
    assert components.create_or_update(odd, skip_validation=True).version == "1"


def test_what_a_component_includes_is_in_its_code(
    store: Workspace, project: Path, launched: list[JobFolder]
) -> None:
    (project / "lib").mkdir()
    (project / "lib" / "u.py").write_text("u")
    text = "command: python score.py\nname: inc\ncode: ./src\n"
    (project / "c.yml").write_text(text + "additional_includes: [./lib, data/a.txt]\n")
    (project / "d.yml").write_text(text)
    (project / "d.additional_includes").write_text("./lib\n\ndata/a.txt\n")
    for file in ("c.yml", "d.yml"):
        (project / "p.yml").write_text(f"type: pipeline\njobs: {{s: {{component: ./{file}}}}}\n")
        plan = plan_of(submit(store, load_job("p.yml")))
        code = Path(str(plan.steps[0].code))
        assert sorted(str(p.relative_to(code)) for p in code.rglob("*") if p.is_file()) == [
            "a.txt",
            "lib/u.py",
            "score.py",
        ]
        again = submittable(load_job(launched[-1].job_yml))  # from anywhere
        assert again.jobs["s"].component.resolved_includes == (
            str(project / "lib"),
            str(project / "data" / "a.txt"),
        )
    registered = ComponentOperations(store).create_or_update(load_component("c.yml"))
    (project / "lib" / "u.py").unlink()
    assert (Path(str(registered.code)) / "lib" / "u.py").read_text() == "u"
    with pytest.raises(ValidationException, match=r"additional_includes: there is nothing at .*no"):
        submit(
            store,
            PipelineJob(jobs={"s": CommandComponent(command="c", additional_includes=["no"])()}),
        )


def test_code_that_holds_more_than_code_is_told(
    store: Workspace, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "LARGE_CODE_BYTES", 50_000)
    assert not check_job(store, job()).warnings
    (project / "src" / "weights").mkdir()
    (project / "src" / "weights" / "w.bin").write_bytes(b"x" * 60_000)
    assert check_job(store, job()).warnings == {
        "jobs.score.task.code": "holds 58.6 KB, all of which every job takes along; the largest: "
        "weights (58.6 KB), score.py (43 B). Name what is no code in .amlignore, or give data as "
        "an input"
    }


def test_more_workers_than_cores_are_capped_and_told(
    store: Workspace,
    project: Path,
    launched: list[JobFolder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capacity, "core_count", lambda: 2)
    monkeypatch.setattr(checking, "core_count", lambda: 2)
    crowd = job()
    crowd.jobs["score"].resources = {"instance_count": 5}
    crowd.jobs["score"].max_concurrency_per_instance = 4
    monkeypatch.delenv("PARALLELSDK_MOST_WORKERS")
    told = "5 x 4 = 20 workers would take longer than the 2 that 2 cores can serve, so there are 2."
    insist = " PARALLELSDK_MOST_WORKERS=20 insists"
    assert check_job(store, crowd).warnings == {"jobs.score.resources": told + insist}
    folder = submit(store, crowd)
    step = plan_of(folder).steps[0]
    assert isinstance(step, ParallelPlan)
    assert (step.instance_count, step.slots_per_instance) == (2, 1)
    unchecked = submit(store, crowd, skip_validation=True)
    for each in (folder, unchecked):
        assert any(told in text for text in read_job(each).warnings)
    monkeypatch.setenv("PARALLELSDK_MOST_WORKERS", "20")
    assert not check_job(store, crowd).warnings
    step = plan_of(submit(store, crowd)).steps[0]
    assert isinstance(step, ParallelPlan)
    assert (step.instance_count, step.slots_per_instance) == (5, 4)
    monkeypatch.setenv("PARALLELSDK_MOST_WORKERS", "many")
    with pytest.raises(ValidationException, match="PARALLELSDK_MOST_WORKERS is 'many'"):
        submit(store, crowd)
