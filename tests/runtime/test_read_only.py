"""A step that changes an input that is mounted read-only fails, and hears which file it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(folder: Path, command: str, mode: str) -> subprocess.CompletedProcess[str]:
    (folder / "in").mkdir()
    (folder / "in" / "a.txt").write_text("a")
    job = {
        "type": "pipeline",
        "settings": {"default_compute": "azureml:local"},
        "jobs": {
            "one": {
                "type": "command",
                "command": command,
                "environment": "azureml:env:1",
                "inputs": {"data": {"type": "uri_folder", "path": "./in", "mode": mode}},
                "outputs": {"out": {"type": "uri_folder"}},
            }
        },
    }
    (folder / "job.yml").write_text(json.dumps(job))
    return subprocess.run(
        [sys.executable, "-m", "parallelsdk", "job", "create", "--file", "job.yml", "--stream"],
        cwd=folder,
        env={**os.environ, "PARALLELSDK_HOME": str(folder / "in" / "workspace")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("echo b >> ${{inputs.data}}/a.txt", "a.txt changed"),
        ("rm ${{inputs.data}}/a.txt", "a.txt is gone"),
    ],
)
def test_a_step_that_writes_into_its_input_fails(action: str, words: str, tmp_path: Path) -> None:
    mode = "ro_mount" if "echo" in action else "eval_mount"
    done = run(tmp_path, action, mode)
    assert done.returncode != 0
    assert words in done.stdout and f"mode {mode}" in done.stdout


def test_a_file_that_came_into_a_read_only_input_is_a_warning_and_no_failure(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "echo b > ${{inputs.data}}/b.txt", "ro_mount")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "b.txt came while the step ran" in done.stdout + done.stderr


def test_a_private_copy_may_be_written_and_the_original_stays(tmp_path: Path) -> None:
    done = run(tmp_path, "echo b >> ${{inputs.data}}/a.txt", "download")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "in" / "a.txt").read_text() == "a"


def test_an_input_that_is_only_read_is_no_matter_even_with_the_workspace_in_it(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "cat ${{inputs.data}}/a.txt > ${{outputs.out}}/x", "ro_mount")
    assert done.returncode == 0, done.stdout + done.stderr
