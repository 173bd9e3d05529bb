"""Jobs that are submitted with standard streams closed, as daemons, cron and ssh do it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project
from tests.guarantees.conftest import until

CLOSINGS = [
    " ".join(c for n, c in enumerate(("<&-", ">&-", "2>&-")) if subset >> n & 1)
    for subset in range(1, 8)
]
SUBMIT = """
from parallelsdk import MLClient, load_job
client = MLClient()
job = load_job("pipeline.yml")
job.name = {name!r}
client.jobs.create_or_update(job)
open({name!r} + ".submitted", "w").close()
client.jobs.stream({name!r})
print("the script goes on")
open({name!r} + ".streamed", "w").close()
"""


@pytest.fixture
def go(project: Project) -> Iterator[Path]:
    """The file that the step waits for."""
    go = project.root / "go"
    project.script(
        "import os, time\n"
        "def run(paths):\n"
        f"    while not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
        "    return [os.path.basename(p) for p in paths]\n"
    )
    project.step["mini_batch_size"] = "5"
    project.step["max_concurrency_per_instance"] = 1
    project.document["settings"] = {"force_rerun": True}
    yield go
    go.touch()


def _bash(project: Project, line: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["bash", "-c", f"{line}; echo $? > {name}.code"],
        cwd=project.root,
        stdin=subprocess.DEVNULL,
        stdout=(project.root / f"{name}.out").open("w"),
        stderr=(project.root / f"{name}.err").open("w"),
        text=True,
    )


def _shown(project: Project, name: str) -> str:
    done = project.run("job", "show", "-n", name, "-o", "json")
    return str(json.loads(done.stdout)["status"]) if done.returncode == 0 else ""


def _pids(project: Project, name: str) -> list[int]:
    events = (project.workspace / "jobs" / name / "events.jsonl").read_text().splitlines()
    return [json.loads(e)["data"]["pid"] for e in events if '"job_started"' in e]


@pytest.mark.timeout(600)
def test_a_job_that_is_submitted_with_closed_streams_runs_is_seen_to_run_and_runs_once(
    project: Project, go: Path
) -> None:
    project.write()
    python = shlex.quote(sys.executable)
    names = [f"job{number}" for number in range(len(CLOSINGS))]
    clients = [
        _bash(project, f"{python} -m parallelsdk job create -f pipeline.yml -n {name} {how}", name)
        for name, how in zip(names, CLOSINGS, strict=True)
    ]
    for client in clients:
        client.wait(240)
    for name, how in zip(names, CLOSINGS, strict=True):
        assert (project.root / f"{name}.code").read_text() == "0\n", how
        out, err = ((project.root / f"{name}.{kind}").read_text() for kind in ("out", "err"))
        assert (f"Started the job {name}" in out) == (">&-" not in how.split()), how
        assert err == "", how
    for name, how in zip(names, CLOSINGS, strict=True):
        until(lambda name=name: _pids(project, name), 120)
        assert _shown(project, name) == "Running", how
        again = project.run("job", "resume", "-n", name)
        assert (again.returncode, again.stderr.split()[:3]) == (0, ["Nothing", "to", "do:"]), how
    go.touch()
    for name, how in zip(names, CLOSINGS, strict=True):
        until(lambda name=name: _shown(project, name) == "Completed", 240, how)
        assert len(_pids(project, name)) == 1, how


def test_a_command_that_fails_has_its_exit_code_and_what_streams_are_left_have_its_words(
    project: Project,
) -> None:
    project.document["jobs"]["score"]["task"]["entry_script"] = "absent.py"
    project.write()
    create = f"{shlex.quote(sys.executable)} -m parallelsdk job create -f pipeline.yml"
    for number, how in enumerate(("<&- >&-", "<&- >&- 2>&-")):
        _bash(project, f"{create} {how}", str(number)).wait(120)
        assert (project.root / f"{number}.code").read_text() == "2\n"
        assert ("absent.py" in (project.root / f"{number}.err").read_text()) == (number == 0)
    assert not project.jobs()


@pytest.mark.parametrize("how", ["<&-", "<&- >&- 2>&-"])
def test_a_script_that_runs_with_closed_streams_submits_and_follows_its_job(
    project: Project, go: Path, how: str
) -> None:
    project.write()
    (project.root / "submit.py").write_text(SUBMIT.format(name="one"))
    client = _bash(project, f"{shlex.quote(sys.executable)} submit.py {how}", "one")
    until(lambda: (project.root / "one.submitted").exists() and _pids(project, "one"), 120)
    assert _shown(project, "one") == "Running"
    assert "Nothing to do" in project.run("job", "resume", "-n", "one").stderr
    go.touch()
    client.wait(120)
    assert (project.root / "one.code").read_text() == "0\n"
    assert (project.root / "one.streamed").exists()
    assert len(_pids(project, "one")) == 1
    assert ("goes on" in (project.root / "one.out").read_text()) == (">&-" not in how)


def test_a_script_of_azures_that_runs_with_closed_streams_may_print(project: Project) -> None:
    script = "import sys, azure.ai.ml\nprint('hello', flush=True)\nprint('e', file=sys.stderr)\n"
    (project.root / "script.py").write_text(script)
    run = f"{shlex.quote(sys.executable)} -m parallelsdk azure run script.py"
    for how, told in (("<&- >&- 2>&-", ""), ("2>&-", "hello\n")):
        _bash(project, f"{run} {how}", "azure").wait(120)
        assert (project.root / "azure.code").read_text() == "0\n"
        assert (project.root / "azure.out").read_text() == told


def test_what_is_for_standard_error_does_not_go_to_standard_output(project: Project) -> None:
    script = "from parallelsdk.azure import playing\nwith playing():\n    print('answer')\n"
    (project.root / "script.py").write_text(script)
    _bash(project, f"{shlex.quote(sys.executable)} script.py 2>&-", "playing").wait(120)
    assert (project.root / "playing.out").read_text() == "answer\n"


def test_a_lock_takes_none_of_the_numbers_of_standard_streams(project: Project) -> None:
    code = (
        "import os\n"
        "from pathlib import Path\n"
        "from parallelsdk.jobstore.layout import Workspace\n"
        "from parallelsdk.jobstore.store import create_job, is_running, take_lock\n"
        "job = create_job(Workspace.at(Path('ws')), 'one')\n"
        "os.closerange(0, 3)\n"
        "lock = take_lock(job)\n"
        "held, again = is_running(job), take_lock(job)\n"
        "os.close(lock)\n"
        "good = lock > 2 and held and again is None and not is_running(job)\n"
        "os._exit(0 if good else 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project.root, env={**os.environ})
    assert done.returncode == 0
