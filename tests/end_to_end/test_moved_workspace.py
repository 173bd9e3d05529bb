"""A workspace that was moved or copied works where it lies, and a copy leaves the original be."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient, load_component, load_job
from parallelsdk.entities import Data
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.runtime import stored_plan
from tests.end_to_end.conftest import Project

COUNTING = (
    "import os\n\n"
    "def run(paths):\n"
    "    if paths[0][-1] == 'c' and not os.path.exists(os.environ['MENDED']):\n"
    "        raise ValueError('broken')\n"
    "    return [os.path.basename(path) for path in paths]\n"
)


def _interrupt(project: Project) -> Project:
    """The job ``one``: ``prepare`` has completed, ``score`` failed on c, ``count`` did not run.

    ``prepare`` reads a datastore of the workspace, ``score`` what ``prepare`` has made.
    """
    shutil.copytree(project.root / "data", project.workspace / "datastores" / "mine" / "letters")
    project.script(COUNTING)
    project.step["environment_variables"] = {"MENDED": str(project.root / "mended")}
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["mini_batch_error_threshold"] = 0
    project.step["max_concurrency_per_instance"] = 1
    letters = {"type": "uri_folder", "path": "azureml://datastores/mine/paths/letters"}
    project.step["inputs"]["side"] = {
        "type": "uri_file",
        "path": "${{parent.jobs.prepare.outputs.side}}",
    }
    project.document["outputs"]["count"] = {"type": "uri_file"}
    project.document["jobs"] |= {
        "prepare": {
            "type": "command",
            "inputs": {"letters": letters},
            "outputs": {"side": {"type": "uri_file"}},
            "command": "ls ${{inputs.letters}} > ${{outputs.side}}",
            "environment": "azureml:any:1",
        },
        "count": {
            "type": "command",
            "inputs": {"names": "${{parent.jobs.score.outputs.names}}"},
            "outputs": {"count": "${{parent.outputs.count}}"},
            "command": "wc -l < ${{inputs.names}} > ${{outputs.count}}",
            "environment": "azureml:any:1",
        },
    }
    assert project.create("-n", "one", "--stream").returncode == 1
    (project.root / "mended").touch()
    return project


def _at(project: Project, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same project with its workspace elsewhere."""
    monkeypatch.setenv("PARALLELSDK_HOME", str(workspace))
    return dataclasses.replace(project, workspace=workspace)


def _state(folder: Path) -> dict[str, tuple[Any, ...]]:
    """All that can be seen of a folder: names, modes, sizes, times and contents."""
    found: dict[str, tuple[Any, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        seen = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino, content)
        found[str(path.relative_to(folder))] = seen
    return found


def _goes_on(project: Project, old: Path) -> None:
    """Show the job, go on with it, and find all that it made below the present workspace."""
    shown = project.run("job", "show", "-n", "one", "-o", "json")
    assert shown.returncode == 0, shown.stderr
    assert str(old) not in json.dumps(json.loads(shown.stdout)["jobs"]["prepare"])
    assert json.loads(shown.stdout)["log"].startswith(str(project.workspace))
    done = project.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    document = json.loads(project.run("job", "show", "-n", "one", "-o", "json").stdout)
    for output in document["outputs"].values():
        assert Path(output["path"]).is_relative_to(project.workspace)
    [events] = [json.loads(line) for line in _last_resume(project)]
    assert events["data"]["done"] >= 2, "what was committed is done again"
    got = project.root / "got"
    shutil.rmtree(got, ignore_errors=True)
    assert project.run("job", "download", "-n", "one", "--all", "-p", "got").returncode == 0
    assert (got / "named-outputs/names/names").read_text().splitlines() == list("abcde")
    assert (got / "named-outputs/count/count").read_text().strip() == "5"


def _last_resume(project: Project) -> list[bytes]:
    log = (project.workspace / "jobs/one/events.jsonl").read_bytes().splitlines()
    return [line for line in log if b'"step_resumed"' in line][-1:]


def test_a_workspace_that_was_moved_goes_on_where_it_lies_now(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = _interrupt(project)
    old, new = interrupted.workspace, tmp_path / "elsewhere" / "moved"
    new.parent.mkdir()
    old.rename(new)
    moved = _at(interrupted, new, monkeypatch)
    _goes_on(moved, old)
    done = moved.create("-n", "two", "--stream")
    assert done.returncode == 0, done.stderr
    for step in ("prepare", "score", "count"):
        assert f"step {step}: Completed" in done.stderr
        assert f"reused from one/{step}" in done.stderr, done.stderr
    assert not old.exists(), "something was written where the workspace lay"


def test_failed_mini_batches_are_retried_where_the_workspace_lies_now(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = _interrupt(project)
    (interrupted.root / "mended").unlink()
    interrupted.step["mini_batch_error_threshold"] = -1
    assert interrupted.create("-n", "tolerant", "--stream").returncode == 0
    old, new = interrupted.workspace, tmp_path / "moved"
    old.rename(new)
    moved = _at(interrupted, new, monkeypatch)
    (moved.root / "mended").touch()
    done = moved.run("job", "retry-failed", "-n", "tolerant", "--stream")
    assert done.returncode == 0, done.stderr
    outputs = new / "jobs/tolerant/steps/count/outputs/count/count"
    assert outputs.read_text().strip() == "5"
    assert not old.exists()


def test_going_on_in_a_copy_changes_not_a_byte_of_the_original(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = _interrupt(project)
    original, copy = interrupted.workspace, tmp_path / "copy"
    subprocess.run(["cp", "-a", str(original), str(copy)], check=True)
    before = _state(original)
    copied = _at(interrupted, copy, monkeypatch)
    copied.run("job", "resume", "-n", "one", "--stream")
    assert _state(original) == before
    shutil.rmtree(copy)
    subprocess.run(["cp", "-a", str(original), str(copy)], check=True)
    _goes_on(copied, original)
    assert copied.create("-n", "two", "--stream").returncode == 0
    assert _state(original) == before
    # And the copy needs no original.
    shutil.rmtree(original)
    done = copied.create("-n", "three", "--stream")
    assert done.returncode == 0 and "reused from" in done.stderr, done.stderr
    assert not original.exists()


def test_a_project_that_was_moved_as_a_whole_finds_its_data_and_its_code_beside_it(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    for name in ("data", "src"):
        (tmp_path / name).rename(old / name)
    monkeypatch.delenv("PARALLELSDK_HOME")
    project = dataclasses.replace(project, root=old, workspace=old / ".parallelsdk")
    project.workspace.mkdir()
    names = project.document["outputs"]["names"]
    names["path"] = "./out/names.txt"
    project.document["jobs"]["first"] = {
        "type": "command",
        "outputs": {"note": {"type": "uri_file"}},
        "command": f"test -e {tmp_path}/mended && echo ok > ${{{{outputs.note}}}}",
        "environment": "azureml:any:1",
    }
    project.step["inputs"]["note"] = {
        "type": "uri_file",
        "path": "${{parent.jobs.first.outputs.note}}",
    }
    assert project.create("-n", "one", "--stream").returncode == 1
    (tmp_path / "mended").touch()
    old.rename(new)
    moved = dataclasses.replace(project, root=new, workspace=new / ".parallelsdk")
    (new / "src" / "entry.py").write_text("raise SystemExit('other code')\n")
    done = moved.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert "entry.py has changed since" in done.stderr
    assert (new / "out" / "names.txt").read_text().splitlines() == list("abcde")
    assert not old.exists()


def test_registered_assets_and_datastores_follow_the_workspace(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "component.yml").write_text(
        "name: upper\nversion: 1\ntype: command\ncode: ./src\nenvironment: azureml:any:1\n"
        "inputs: {letters: {type: uri_folder}}\noutputs: {text: {type: uri_file}}\n"
        "command: ls entry.py ${{inputs.letters}} > ${{outputs.text}}\n"
    )
    old, new = project.workspace, tmp_path / "moved"
    shutil.copytree(project.root / "data", old / "datastores" / "mine" / "letters")
    client = MLClient()
    client.components.create_or_update(load_component(project.root / "component.yml"))
    inside = old / "datastores" / "mine" / "letters"
    client.data.create_or_update(Data(name="letters", version="1", path=str(inside)))
    old.rename(new)
    shutil.rmtree(project.root / "src")
    moved = _at(project, new, monkeypatch)
    client = MLClient()
    assert client.data.get("letters", "1").path == str(new / "datastores" / "mine" / "letters")
    assert Path(str(client.components.get("upper", "1").code)).is_relative_to(new / "code")
    moved.document["jobs"] = {
        "upper": {
            "type": "command",
            "component": "azureml:upper:1",
            "inputs": {"letters": {"type": "uri_folder", "path": "azureml:letters:1"}},
            "outputs": {"text": "${{parent.outputs.names}}"},
        }
    }
    done = moved.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert moved.download("one").read_text().split() >= list("abcde")
    assert not old.exists()


def test_a_plan_from_before_keeps_its_absolute_paths(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = MLClient().jobs.create_or_update(load_job(project.write())).name
    MLClient().jobs.stream(str(name))
    folder = project.workspace / "jobs" / str(name)
    plan = stored_plan.read_plan(JobFolder(folder))
    (folder / "plan.json").write_text(plan.to_json())
    assert stored_plan.read_plan(JobFolder(folder)) == plan
    moved = tmp_path / "moved"
    project.workspace.rename(moved)
    old = stored_plan.read_plan(JobFolder(moved / "jobs" / str(name)))
    assert old == plan
    assert os.environ["PARALLELSDK_HOME"] in str(old.steps[0].code)
