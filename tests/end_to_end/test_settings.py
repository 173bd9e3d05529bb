"""Every setting among the program arguments acts, and the script receives it too."""

from __future__ import annotations

import json
import pstats
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Project


def _run(project: Project, arguments: str, *, fails: bool = False) -> dict[str, Any]:
    """The step of the job ``one``, run with these arguments, as ``job show`` tells it."""
    project.step["task"]["program_arguments"] = arguments
    done = project.create("-n", "one", "--stream")
    assert done.returncode == (1 if fails else 0), done.stderr
    shown = json.loads(project.run("job", "show", "-n", "one", "-o", "json").stdout)
    step: dict[str, Any] = shown["jobs"]["score"]
    return step


def _job(project: Project) -> Path:
    return project.workspace / "jobs" / "one"


def test_the_logs_are_copied_and_a_monitor_of_interval_zero_is_off(project: Project) -> None:
    _run(project, "--copy_logs_to_parent True --resource_monitor_interval 0")
    assert (_job(project) / "logs" / "score" / "job_result.txt").is_file()
    assert not (_job(project) / "steps" / "score" / "logs" / "sys" / "perf").exists()


def test_the_monitor_and_the_profiler_write_into_the_log_tree(project: Project) -> None:
    _run(project, "--resource_monitor_interva 1 --profiling_module cProfile")
    system = _job(project) / "steps" / "score" / "logs" / "sys"
    assert (system / "perf" / "0" / "node_resource_usage.csv").is_file()
    assert pstats.Stats(*map(str, (system / "node" / "0").glob("*.profile")))


def test_a_header_and_a_file_name_for_the_rows(project: Project) -> None:
    project.document["outputs"]["names"]["type"] = "uri_folder"
    project.script(
        "import os, sys\nimport pandas as pd\n"
        "def run(paths):\n"
        "    assert sys.argv[-2:] == ['--append_row_file_name', 'names.txt']\n"
        "    return pd.DataFrame({'name': [os.path.basename(p) for p in paths]})\n"
    )
    _run(project, "--append_row_dataframe_header True --append_row_file_name names.txt")
    [made] = (_job(project) / "steps" / "score" / "outputs" / "names").iterdir()
    assert (made.name, made.read_text().split()) == ("names.txt", ["name", *"abcde"])


@pytest.mark.parametrize(
    ("arguments", "failed", "items_failed"),
    [
        ("", 1, 5),  # auto: nobody asks for items, so the mini-batch fails
        ("--error_threshold -1", 0, 2),  # auto: somebody does
        ("--short_return item", 0, 2),
        ("--error_threshold -1 --short_return mini_batch", 1, 5),
    ],
)
def test_what_a_short_return_fails(
    project: Project, arguments: str, failed: int, items_failed: int
) -> None:
    project.step["mini_batch_size"] = "5"
    project.step["retry_settings"]["max_retries"] = 0
    del project.step["task"]["append_row_to"]
    project.step["outputs"] = {}
    project.document["outputs"] = {}
    project.script("def run(paths): return paths[:3]\n")
    step = _run(project, arguments)
    assert step["mini_batches"]["failed"] == failed
    assert step["items"]["failed"] == items_failed


def test_an_argument_wins_over_an_attribute_with_a_warning(project: Project) -> None:
    project.step["mini_batch_size"] = "5"
    project.step["error_threshold"] = 100
    project.script("def run(paths): return paths[:3]\n")
    project.step["task"]["program_arguments"] = "--error_threshold 1"
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 1
    assert "is 100, but program_arguments say --error_threshold 1, which counts" in done.stderr
    assert "2 items failed, more than error_threshold 1" in done.stderr


def test_values_out_of_range_are_refused_all_at_once_before_anything_runs(
    project: Project,
) -> None:
    bad = {
        "--resource_monitor_interval": "-1",
        "--copy_logs_to_parent": "maybe",
        "--profiling_module": "os",
        "--short_return": "none",
        "--append_row_file_name": "a/b",
        "--append_row_dataframe_header": "1",
        "--task_overhead_timeout": "0",
        "--allowed_failed_percent": "101",
    }
    arguments = " ".join(f"{name} {value}" for name, value in bad.items())
    project.step["task"]["program_arguments"] = arguments
    done = project.create("-n", "one")
    assert done.returncode == 2
    for name, value in bad.items():
        assert f'{name} is "{value}"; it must be ' in done.stderr
    assert project.jobs() == []
