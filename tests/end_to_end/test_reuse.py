"""Steps that are not run again, and the reason told for those that are: as a user meets it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Project

COUNTING = (
    "import os\n"
    "def run(mini_batch):\n"
    "    name = os.path.basename(mini_batch[0])\n"
    "    with open(os.path.join(os.environ['MARKS'], name), 'a') as mark: mark.write('x')\n"
    "    if os.path.exists(os.environ['MARKS'] + '/bad') and name == 'c': raise ValueError(name)\n"
    "    return [name + ' ' + open(mini_batch[0]).read()]\n"
)


@pytest.fixture
def marks(project: Project) -> Path:
    """A folder that tells how often each mini-batch ran; a second step counts the rows."""
    folder = project.root / "marks"
    folder.mkdir()
    project.script(COUNTING)
    project.step["environment_variables"] = {"MARKS": str(folder)}
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["outputs"] = {"names": {"type": "uri_file"}}
    project.document["outputs"] = {"count": {"type": "uri_file"}}
    project.document["jobs"]["count"] = {
        "type": "command",
        "inputs": {"names": {"path": "${{parent.jobs.score.outputs.names}}", "type": "uri_file"}},
        "outputs": {"count": "${{parent.outputs.count}}"},
        "command": "wc -l < ${{inputs.names}} > ${{outputs.count}}; echo x >> " + f"{folder}/count",
        "environment": "azureml:any:1",
    }
    return folder


def _runs(marks: Path, name: str) -> int:
    return len((marks / name).read_text().split("x")) - 1


def _job(project: Project, name: str) -> dict[str, Any]:
    """Run it; its steps as ``job show -o json`` has them, under "said" what the stream said."""
    done = project.create("-n", name, "--stream")
    assert done.returncode == 0, done.stderr
    shown = json.loads(project.run("job", "show", "-n", name, "-o", "json").stdout)
    steps: dict[str, Any] = shown["jobs"]
    return {**steps, "said": done.stderr + done.stdout}


def test_what_is_unchanged_is_reused_and_said_to_be(project: Project, marks: Path) -> None:
    first = _job(project, "one")
    assert first["score"]["not_reused"] == "no earlier run"
    second = _job(project, "two")
    assert (_runs(marks, "a"), _runs(marks, "count")) == (1, 1)
    assert second["score"]["reused_from"] == "one/score"
    assert second["count"]["reused_from"] == "one/count"
    assert second["score"]["mini_batches"]["done"] == 5
    assert second["said"].count("reused from one/score") == 2  # in the stream and in the summary
    assert project.download("two").read_text().strip() == "5"


def test_a_workspace_in_the_input_is_no_item_and_no_change(
    project: Project, marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLELSDK_HOME", str(project.root / "data" / "home"))
    for name in ("one", "two"):
        shown = _job(project, name)
    assert shown["score"]["mini_batches"]["total"] == 5
    assert shown["score"]["reused_from"] == "one/score"


def test_a_reused_step_is_reused_again_when_its_origin_is_gone(
    project: Project, marks: Path
) -> None:
    _job(project, "one")
    _job(project, "two")
    shutil.rmtree(project.workspace / "jobs" / "one")
    third = _job(project, "three")
    assert third["score"]["reused_from"] == "two/score"
    assert third["count"]["reused_from"] == "two/count"
    assert _runs(marks, "a") == 1


def test_writing_into_a_reused_output_does_not_change_the_older_job(
    project: Project, marks: Path
) -> None:
    _job(project, "one")
    _job(project, "two")
    place = "steps/score/outputs/names/names"
    old, new = (project.workspace / "jobs" / name / place for name in ("one", "two"))
    before = old.read_text()
    with new.open("a") as file:
        file.write("more")
    assert old.read_text() == before


def test_a_changed_file_is_named_and_what_comes_after_runs_too(
    project: Project, marks: Path
) -> None:
    _job(project, "one")
    (project.root / "data" / "b").write_text("changed")
    second = _job(project, "two")
    assert second["score"]["not_reused"] == "input data changed: file b"
    assert "not reused: input data changed: file b" in second["said"]
    assert "score ran again" in second["count"]["not_reused"]
    logs = project.workspace / "jobs" / "two" / "steps" / "score" / "logs"
    [overview] = logs.glob("job_progress_overview.*")
    assert "Not reused: input data changed: file b." in overview.read_text()


def test_each_change_has_its_word(project: Project, marks: Path) -> None:
    task = project.step["task"]
    project.step["error_threshold"] = -1  # half of a mini-batch of two is lost
    _job(project, "one")
    project.script(COUNTING + "# more\n")
    assert _job(project, "two")["score"]["not_reused"] == "code changed"
    task["program_arguments"] = "--word bye"
    assert _job(project, "three")["score"]["not_reused"] == "arguments changed"
    project.step["mini_batch_size"] = "2"
    assert _job(project, "four")["score"]["not_reused"] == "settings changed"
    project.step["max_concurrency_per_instance"] = 1
    project.step["retry_settings"] = {"max_retries": 1, "timeout": 50}
    five = _job(project, "five")["score"]
    assert five["reused_from"] == "four/score", five["not_reused"]
    project.step["mini_batch_size"] = "1024"
    assert _job(project, "six")["score"]["not_reused"] == "settings changed"
    project.step["mini_batch_size"] = "1kb"  # bytes of files, and no number of them
    assert _job(project, "seven")["score"]["not_reused"] == "settings changed"


def test_a_job_that_is_forced_runs_and_is_not_reused_either(project: Project, marks: Path) -> None:
    _job(project, "one")
    force = ("--set", "settings.force_rerun=true", "--stream")
    done = project.create("-n", "two", *force)
    assert done.returncode == 0 and "reused" not in done.stdout + done.stderr
    assert _runs(marks, "a") == 2
    assert _job(project, "three")["score"]["reused_from"] == "one/score"


def test_a_step_with_failed_mini_batches_is_not_reused_and_neither_is_what_took_it_in(
    project: Project, marks: Path
) -> None:
    (marks / "bad").touch()
    _job(project, "one")
    (marks / "bad").unlink()
    second = _job(project, "two")
    assert second["score"]["not_reused"] == "the same step one/score has failed mini-batches"
    assert second["count"]["reused_from"] is None
    assert project.download("two").read_text().strip() == "5"


def test_changed_outputs_of_the_earlier_job_are_not_taken(project: Project, marks: Path) -> None:
    _job(project, "one")
    place = project.workspace / "jobs" / "one" / "steps" / "score" / "outputs" / "names" / "names"
    os.utime(place, (1, 1))
    second = _job(project, "two")
    assert second["score"]["not_reused"] == "the outputs of one/score were removed or changed"
    assert _runs(marks, "a") == 2


def test_a_step_that_is_not_deterministic_runs_and_so_does_what_comes_after(
    project: Project, marks: Path
) -> None:
    score = dict(project.step)
    component = {
        "type": "parallel",
        "is_deterministic": False,
        "inputs": {"files": {"type": "uri_folder"}},
        "outputs": {"names": {"type": "uri_file"}},
        "input_data": score.pop("input_data"),
        "mini_batch_size": "1",
        "task": score.pop("task"),
    }
    project.document["jobs"]["score"] = {**score, "component": component}
    _job(project, "one")
    second = _job(project, "two")
    assert second["score"]["not_reused"] == "not deterministic"
    assert "score ran again" in second["count"]["not_reused"]


def test_a_step_without_outputs_always_runs(project: Project, marks: Path) -> None:
    count = project.document["jobs"]["count"]
    del count["outputs"], project.document["outputs"]
    count["command"] = f"echo x >> {marks}/count"
    _job(project, "one")
    second = _job(project, "two")
    assert second["count"]["not_reused"] == "the step has no outputs"
    assert _runs(marks, "count") == 2


def test_a_resumed_step_goes_on_and_can_be_reused_later(project: Project, marks: Path) -> None:
    project.step["mini_batch_error_threshold"] = 0
    (marks / "bad").touch()
    assert project.create("-n", "one", "--stream").returncode == 1
    (marks / "bad").unlink()
    done = project.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    second = _job(project, "two")
    assert second["score"]["reused_from"] == "one/score"
    assert second["count"]["reused_from"] == "one/count"


def test_retried_mini_batches_make_what_came_after_run_again_in_later_jobs(
    project: Project, marks: Path
) -> None:
    (marks / "bad").touch()
    _job(project, "one")
    (marks / "bad").unlink()
    done = project.run("job", "retry-failed", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    second = _job(project, "two")
    assert second["score"]["reused_from"] == "one/score"
    assert project.download("two").read_text().strip() == "5"


def test_a_reused_output_is_published_where_the_job_wants_it(project: Project, marks: Path) -> None:
    _job(project, "one")
    wanted = project.root / "wanted.txt"
    project.document["outputs"]["count"]["path"] = str(wanted)
    assert _job(project, "two")["count"]["reused_from"] == "one/count"
    assert wanted.read_text().strip() == "5"
