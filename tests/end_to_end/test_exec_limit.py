"""Environments and arguments that are too large for the kernel to start a process with."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

import pytest

from tests.end_to_end.conftest import Project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has the limits told here")

ONE = 32 * resource.getpagesize()  # bytes of one string, its end included
SUBMIT = """
import os
{lines}
from parallelsdk import MLClient, load_job
job = load_job("pipeline.yml")
job.name = "one"
MLClient().jobs.{call}
"""


def _script(project: Project, lines: str, call: str) -> subprocess.CompletedProcess[str]:
    (project.root / "submit.py").write_text(SUBMIT.format(lines=lines, call=call))
    project.write()
    return subprocess.run(
        [sys.executable, "submit.py"], cwd=project.root, timeout=120,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("call", ["create_or_update(job)", "resume('first')"])
def test_a_submission_whose_environment_is_too_large_says_so_and_leaves_nothing(
    project: Project, call: str
) -> None:
    project.script("def run(paths): raise ValueError('first')\n")
    project.step["mini_batch_error_threshold"] = 0
    assert project.create("-n", "first", "--stream").returncode == 1
    events = project.workspace / "jobs" / "first" / "events.jsonl"
    before = events.read_bytes()
    one = _script(project, f"os.environ['BIG_ONE'] = 'x' * {ONE}", call)
    assert one.returncode == 1
    assert "BIG_ONE (128 KB)" in one.stderr and "may have 128 KB" in one.stderr
    many = "for n in range(3000): os.environ[f'PART_{n}'] = 'x' * 2000\nos.environ['MOST']='y'*9000"
    all_of_them = _script(project, many, call)
    assert all_of_them.returncode == 1
    assert "MOST (8.8 KB), PART_" in all_of_them.stderr
    assert project.jobs() == ["first"] and events.read_bytes() == before


def test_a_step_whose_variables_are_too_large_fails_at_once_with_the_reason(
    project: Project,
) -> None:
    project.step["environment_variables"] = {"TABLE": "x" * 200_000}
    project.document["jobs"]["look"] = {
        "type": "command",
        "inputs": {"text": "y" * 150_000},
        "command": "echo ${{inputs.text}}",
        "environment": "azureml:any:1",
    }
    began = time.monotonic()
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 1 and time.monotonic() - began < 60
    shown = project.run("job", "show", "-n", "one").stdout
    assert "TABLE (195.3 KB)" in shown
    assert "${{inputs.text}} (146.5 KB)" in shown
    assert "Write the value to a file" in shown


def test_a_long_literal_still_reaches_the_arguments_of_an_entry_script(project: Project) -> None:
    project.step["inputs"]["text"] = "y" * 150_000
    project.step["task"]["program_arguments"] = "--text ${{inputs.text}}"
    project.script(
        "import os, sys\n"
        "size = len(sys.argv[sys.argv.index('--text') + 1])\n"
        "def run(paths): return [f\"{size} {'AZURE_ML_INPUT_text' in os.environ}\"] * len(paths)\n"
    )
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    place = project.workspace / "jobs/one/steps/score/outputs/names/names"
    assert set(place.read_text().splitlines()) == {"150000 False"}


def test_a_driver_that_cannot_be_started_fails_the_resumed_job_with_its_reason(
    project: Project,
) -> None:
    project.script("def run(paths): raise ValueError('first')\n")
    project.step["mini_batch_error_threshold"] = 0
    assert project.create("-n", "first", "--stream").returncode == 1
    lines = "import sys\nsys.executable = '/nowhere/python'"
    done = _script(project, lines, "resume('first')")
    assert done.returncode == 1 and "/nowhere/python" in done.stderr
    shown = project.run("job", "show", "-n", "first").stdout
    assert shown.startswith("Failed") and "The driver could not be started" in shown
    assert os.path.exists(project.workspace / "jobs" / "first")
