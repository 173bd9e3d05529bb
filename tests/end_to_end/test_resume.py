"""Going on after whatever ended a job: from the command line, as a user would."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from parallelsdk import MLClient
from tests.end_to_end.conftest import Project

COUNTING = (
    "import os, time\n"
    "def run(mini_batch):\n"
    "    name = os.path.basename(mini_batch[0])\n"
    "    with open(os.path.join(os.environ['MARKS'], name), 'a') as mark: mark.write('x')\n"
    "    if name == 'c' and not os.path.exists(os.environ['MARKS'] + '/mended'): {}\n"
    "    return [name]\n"
)
CONTENT = (
    "import os\n"
    "def run(mini_batch):\n"
    "    name, text = os.path.basename(mini_batch[0]), open(mini_batch[0]).read()\n"
    "    with open(os.path.join(os.environ['MARKS'], name), 'a') as mark: mark.write('x')\n"
    "    if text == 'c' and not os.path.exists(os.environ['MARKS'] + '/mended'): raise OSError\n"
    "    return [text]\n"
)


@pytest.fixture
def marks(project: Project) -> Path:
    folder = project.root / "marks"
    folder.mkdir()
    project.step["environment_variables"] = {"MARKS": str(folder)}
    project.step["max_concurrency_per_instance"] = 1
    return folder


def _until(holds: Callable[[], bool]) -> None:
    pause, deadline = threading.Event(), time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.02)


def _runs(marks: Path) -> dict[str, int]:
    return {mark.name: len(mark.read_text()) for mark in marks.iterdir() if mark.name != "mended"}


def test_after_a_failure_only_the_rest_runs(project: Project, marks: Path) -> None:
    project.script(COUNTING.format("raise ValueError('not mended')"))
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["mini_batch_error_threshold"] = 0
    assert project.create("-n", "one", "--stream").returncode == 1
    (marks / "mended").touch()
    done = project.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().splitlines() == list("abcde")
    assert _runs(marks) == {"a": 1, "b": 1, "c": 2, "d": 1, "e": 1}
    again = project.run("job", "resume", "-n", "one")
    assert again.returncode == 0 and "Nothing to do" in again.stderr


def test_a_job_whose_driver_died_before_its_last_word_is_started_and_completes(
    project: Project, marks: Path
) -> None:
    """All its steps have completed, so nothing runs again; and it says that it was started."""
    project.script(COUNTING.format("pass"))
    assert project.create("-n", "one", "--stream").returncode == 0
    log = project.workspace / "jobs" / "one" / "events.jsonl"
    *lines, last = log.read_bytes().splitlines(keepends=True)
    assert b"job_finished" in last
    log.write_bytes(b"".join(lines))
    jobs = MLClient(path=str(project.workspace)).jobs
    assert jobs.get("one").status == "NotResponding"
    done = project.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0 and "Nothing to do" not in done.stderr, done.stderr
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    assert jobs.resume("one")
    _until(lambda: jobs.get("one").status == "Completed")
    assert set(_runs(marks).values()) == {1}
    assert not jobs.resume("one")


def test_only_the_failed_mini_batches_of_a_completed_job_are_retried(
    project: Project, marks: Path
) -> None:
    project.script(COUNTING.format("raise ValueError('not mended')"))
    project.step["retry_settings"] = {"max_retries": 0}
    assert project.create("-n", "one", "--stream").returncode == 0
    (marks / "mended").touch()
    done = project.run("job", "retry-failed", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().splitlines() == list("abcde")
    assert _runs(marks) == {"a": 1, "b": 1, "c": 2, "d": 1, "e": 1}
    again = project.run("job", "retry-failed", "-n", "one")
    assert again.returncode == 0 and "Nothing to do" in again.stderr


def test_steps_after_a_retried_one_run_again(project: Project, marks: Path) -> None:
    project.script(COUNTING.format("raise ValueError('not mended')"))
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["outputs"] = {"names": {"type": "uri_file"}}
    project.document["outputs"] = {"count": {"type": "uri_file"}}
    project.document["jobs"]["count"] = {
        "type": "command",
        "inputs": {"names": {"path": "${{parent.jobs.score.outputs.names}}", "type": "uri_file"}},
        "outputs": {"count": "${{parent.outputs.count}}"},
        "command": "wc -l < ${{inputs.names}} > ${{outputs.count}}",
        "environment": "azureml:any:1",
    }
    assert project.create("-n", "one", "--stream").returncode == 0
    (marks / "mended").touch()
    done = project.run("job", "retry-failed", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    count = project.workspace / "jobs" / "one" / "steps" / "count" / "outputs" / "count" / "count"
    assert count.read_text().strip() == "5"


def test_an_interrupt_cancels_the_job_that_the_command_made_and_it_can_be_resumed(
    project: Project, marks: Path
) -> None:
    project.script(COUNTING.format("time.sleep(3600)"))
    project.write()
    command = [sys.executable, "-m", "parallelsdk", "job", "create", "-f", "pipeline.yml"]
    with subprocess.Popen(
        [*command, "-n", "one", "--stream"],
        cwd=project.root,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as creating:
        _until(lambda: (marks / "c").exists())
        os.kill(creating.pid, signal.SIGINT)
        _, said = creating.communicate(timeout=20)
    assert creating.returncode == 130
    assert "parallelsdk job resume -n one" in said
    assert MLClient().jobs.get("one").status == "Canceled"
    (marks / "mended").touch()
    assert project.run("job", "resume", "-n", "one", "--stream").returncode == 0
    assert project.download("one").read_text().splitlines() == list("abcde")
    assert _runs(marks) == {"a": 1, "b": 1, "c": 2, "d": 1, "e": 1}


def test_who_only_watches_stops_only_watching(project: Project, marks: Path) -> None:
    project.script(COUNTING.format("time.sleep(3600)"))
    assert project.create("-n", "one").returncode == 0
    _until(lambda: (marks / "c").exists())
    with subprocess.Popen(
        [sys.executable, "-m", "parallelsdk", "job", "stream", "-n", "one"],
        cwd=project.root,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as watching:
        assert watching.stderr is not None
        assert "job one" in watching.stderr.readline()
        os.kill(watching.pid, signal.SIGINT)
        _, said = watching.communicate(timeout=20)
    assert watching.returncode == 130
    assert "runs on" in said
    assert MLClient().jobs.get("one").status == "Running"
    assert project.run("job", "cancel", "-n", "one").returncode == 0
    assert MLClient().jobs.get("one").status == "Canceled"


def test_who_watches_from_python_stops_only_watching(project: Project, marks: Path) -> None:
    project.script(COUNTING.format("time.sleep(3600)"))
    assert project.create("-n", "one").returncode == 0
    _until(lambda: (marks / "c").exists())
    watch = "from parallelsdk import MLClient; MLClient().jobs.stream('one')"
    with subprocess.Popen(
        [sys.executable, "-c", watch],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as watching:
        assert watching.stdout is not None
        while "step score" not in watching.stdout.readline():
            pass
        os.kill(watching.pid, signal.SIGINT)
        said, trace = watching.communicate(timeout=20)
    assert "the job one runs on" in said and "KeyboardInterrupt" in trace
    assert MLClient().jobs.get("one").status == "Running"
    assert project.run("job", "cancel", "-n", "one").returncode == 0


def test_a_job_goes_on_with_another_threshold(project: Project, marks: Path) -> None:
    project.script(COUNTING.format("raise ValueError('not mended')"))
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["mini_batch_error_threshold"] = 0
    assert project.create("-n", "one", "--stream").returncode == 1
    plan = project.workspace / "jobs" / "one" / "plan.json"
    before = plan.read_bytes()
    wrong = project.run("job", "resume", "-n", "one", "--set", "score.mini_batch_size=2")
    assert wrong.returncode == 2 and "how the input was cut" in wrong.stderr
    assert plan.read_bytes() == before
    changed = ["--set", "score.mini_batch_error_threshold=1", "--set", "score.max_retries=2"]
    done = project.run("job", "resume", "-n", "one", "--stream", *changed)
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().splitlines() == list("abde")
    assert _runs(marks) == {"a": 1, "b": 1, "c": 4, "d": 1, "e": 1}
    settings = json.loads(plan.read_text())["steps"][0]["settings"]
    assert settings["origins"]["mini_batch_error_threshold"] == "resume"
    after = plan.read_bytes()
    assert MLClient().jobs.resume("one", settings={"score.timeout": 5}) is False
    assert plan.read_bytes() == after


def _reasons(project: Project) -> dict[str, str]:
    """Why each mini-batch ran in the last resume."""
    report = project.workspace / "jobs/one/steps/score/logs/sys/job_report"
    with (report / "resume_reasons.csv").open(newline="") as file:
        return {"abcde"[int(row["Mini-batch Id"])]: row["Reason"] for row in csv.DictReader(file)}


def _stop_at_c(project: Project) -> None:
    """A job of which a and b are done, c has failed, and d and e have not begun."""
    project.script(CONTENT)
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["mini_batch_error_threshold"] = 0
    assert project.create("-n", "one", "--stream").returncode == 1


def test_a_file_that_was_mended_is_read_as_it_is_now(project: Project, marks: Path) -> None:
    _stop_at_c(project)
    (project.root / "data" / "c").write_text("mended")
    done = project.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().split() == ["a", "b", "mended", "d", "e"]
    reasons = _reasons(project)
    assert reasons.pop("c") == "input changed"
    assert "e" in reasons and set(reasons.values()) == {"not started"}


@pytest.mark.parametrize("how", ["written", "moved"])
def test_results_of_a_file_that_has_changed_since_are_made_again_only_when_that_is_accepted(
    project: Project, marks: Path, how: str
) -> None:
    _stop_at_c(project)
    (marks / "mended").touch()
    if how == "written":
        (project.root / "data" / "b").write_text("other")
    else:  # its own time is older than the job
        (project.root / "other").write_text("other")
        os.utime(project.root / "other", (1, 1))
        (project.root / "other").rename(project.root / "data" / "b")
    refused = project.run("job", "resume", "-n", "one", "--stream")
    assert refused.returncode == 1
    assert "--accept-changes" in refused.stderr and "data/b" in refused.stderr
    assert project.run("job", "resume", "-n", "one").returncode == 0  # asked again, refused again
    _until(lambda: MLClient().jobs.get("one").status == "Failed")
    done = project.run("job", "resume", "-n", "one", "--accept-changes", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().split() == ["a", "other", "c", "d", "e"]
    assert _reasons(project)["b"] == "input changed"
    assert _runs(marks) == {"a": 1, "b": 2, "c": 2, "d": 1, "e": 1}


def test_what_was_made_again_is_not_taken_for_changed_later(project: Project, marks: Path) -> None:
    _stop_at_c(project)
    (project.root / "data" / "b").write_text("other")
    # c fails once more, so there is something to go on with.
    failed = project.run("job", "resume", "-n", "one", "--accept-changes", "--stream")
    assert failed.returncode == 1 and "--accept-changes" not in failed.stderr
    (marks / "mended").touch()
    done = project.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert _runs(marks)["b"] == 2
    assert project.download("one").read_text().split() == ["a", "other", "c", "d", "e"]


def test_a_table_that_has_changed_is_not_gone_on_with(project: Project, marks: Path) -> None:
    table = project.root / "table"
    table.mkdir()
    (table / "MLTable").write_text(
        "paths:\n  - file: ./rows.csv\ntransformations:\n  - read_delimited:\n"
        "      delimiter: ','\n      header: all_files_same_headers\n"
    )
    (table / "rows.csv").write_text("a\n" + "1\n" * 100)
    project.step["inputs"]["files"] = {"type": "mltable", "path": "./table", "mode": "direct"}
    project.step["mini_batch_size"] = "50"
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["mini_batch_error_threshold"] = 0
    project.script("def run(frame): raise ValueError('not mended')\n")
    assert project.create("-n", "one", "--stream").returncode == 1
    (table / "rows.csv").write_text("a\n" + "22\n" * 100)
    refused = project.run("job", "resume", "-n", "one", "--accept-changes", "--stream")
    assert refused.returncode == 1
    assert "rows.csv" in refused.stderr and "Submit the job anew" in refused.stderr
