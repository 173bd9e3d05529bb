"""A job from the command line: created, followed, shown, downloaded; its failure explained."""

from __future__ import annotations

import csv
import json
import pstats
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.end_to_end.conftest import Project


def test_a_job_is_created_followed_and_downloaded(project: Project) -> None:
    done = project.create("--name", "first", "--stream")
    assert done.returncode == 0, done.stderr
    assert "Completed" in done.stdout + done.stderr
    assert project.download("first").read_text().splitlines() == list("abcde")
    logs = [p.name for p in (project.root / "got" / "artifacts").rglob("*") if p.is_file()]
    assert {"job_result.txt", "readme.txt"} <= set(logs)
    assert any(name.endswith(".stdout.txt") for name in logs)


def test_create_returns_at_once_and_stream_follows_to_the_end(project: Project) -> None:
    created = project.create("-n", "second")
    assert created.returncode == 0, created.stderr
    assert "second" in created.stdout
    followed = project.run("job", "stream", "-n", "second")
    assert followed.returncode == 0, followed.stderr
    shown = project.run("job", "show", "-n", "second", "-o", "json")
    assert json.loads(shown.stdout)["status"] == "Completed"
    assert "second" in project.run("job", "list").stdout


def test_a_setting_can_be_changed_from_the_command_line(project: Project) -> None:
    done = project.create("-n", "set", "--stream", "--set", "jobs.score.mini_batch_size=5")
    assert done.returncode == 0, done.stderr
    plan = json.loads((project.workspace / "jobs" / "set" / "plan.json").read_text())
    assert plan["steps"][0]["settings"]["mini_batch_size"] == 5


def test_a_failed_job_exits_with_1_and_names_the_cause_and_the_log(project: Project) -> None:
    project.script("def run(mini_batch):\n    raise ValueError('no such model: v7')\n")
    project.step["mini_batch_error_threshold"] = 1
    done = project.create("-n", "bad", "--stream")
    assert done.returncode == 1
    assert "no such model: v7" in done.stderr
    assert "Traceback" not in done.stderr
    said = (done.stdout + done.stderr).split()
    [log] = {word.strip(".,()'\"") for word in said if "/user/error/" in word}
    assert "no such model: v7" in Path(log).read_text()


def test_names_are_unique_and_a_taken_one_is_refused(project: Project) -> None:
    assert project.create("-n", "mine").returncode == 0
    again = project.create("-n", "mine")
    assert again.returncode == 2
    assert "mine" in again.stderr and "exists" in again.stderr
    assert project.jobs() == ["mine"]
    project.run("job", "stream", "-n", "mine")


def test_a_job_that_does_not_exist_is_not_found(project: Project) -> None:
    for arguments in (["show"], ["stream"], ["download", "--all"]):
        done = project.run("job", *arguments, "-n", "nobody")
        assert done.returncode == 2
        assert "nobody" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_log_tree_tells_what_happened(project: Project) -> None:
    project.script(
        "import os\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    mark = os.path.join(os.environ['MARKS'], name)\n"
        "    first = not os.path.exists(mark)\n"
        "    open(mark, 'w').close()\n"
        "    if first and name == 'b': os._exit(3)\n"
        "    if first and name == 'c': raise ValueError('once')\n"
        "    print('saw', name)\n"
        "    return [name]\n"
    )
    marks = project.root / "marks"
    marks.mkdir()
    project.step["environment_variables"] = {"MARKS": str(marks)}
    project.step["task"]["program_arguments"] = "--profiling_module cProfile"
    assert project.create("-n", "one", "--stream").returncode == 0
    logs = project.workspace / "jobs/one/steps/score/logs"
    with (logs / "sys/job_report/process_summary.csv").open(newline="") as file:
        processes = list(csv.DictReader(file))
    with (logs / "sys/job_report/node_summary.csv").open(newline="") as file:
        [node] = list(csv.DictReader(file))
    done = "Mini-batches Succeeded"
    assert sum(int(row[done]) for row in processes) == int(node[done]) == 5
    assert int(node["Mini-batches Picked"]) == 7 and node["Node"] == "0"
    deaths = [path.read_text() for path in (logs / "sys/error/0").iterdir()]
    assert any("exit code 3" in text for text in deaths)
    [metrics] = (logs / "sys/metrics").rglob("progress.csv")
    with metrics.open(newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert (last["Total Tasks"], last["Completed Tasks"], last["Failed Tasks"]) == ("5", "5", "0")
    [errors] = logs.glob("job_error.*.txt")
    assert "ValueError: once" in errors.read_text()
    printed = "".join(p.read_text() for p in (logs / "user/stdout/0").iterdir())
    assert sorted(printed.split()) == sorted(["saw"] * 5 + list("abcde"))
    assert (logs / "job_result.txt").read_text().splitlines()[0] == "Completed"
    profiles = list((logs / "sys/node/0").glob("*.profile"))
    assert any(name == "run" for path in profiles for _, _, name in _profiled(path))
    readme = (logs / "readme.txt").read_text()
    for path in (path.relative_to(logs) for path in logs.rglob("*") if path.is_file()):
        named = "/".join(path.parts[:2]).split(".")[0]  # without the time in a file's name
        assert named in readme, f"{path} is not in readme.txt"


def _profiled(path: Path) -> Iterable[tuple[str, int, str]]:
    found: Iterable[tuple[str, int, str]] = pstats.Stats(str(path)).stats  # type: ignore[attr-defined]
    return found


def test_a_current_folder_that_was_removed_is_what_the_message_is_about(project: Project) -> None:
    (project.root / "gone").mkdir()
    (project.root / "p.yml").write_text(json.dumps(project.document))
    command = f"{sys.executable} -m parallelsdk job create -f {project.root}/p.yml"
    answer = subprocess.run(
        f"cd gone && rmdir ../gone && {command}",
        shell=True,
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    told = "Error: The current folder no longer exists. Change into another one, and try again.\n"
    assert (answer.returncode, answer.stderr) == (4, told)
