"""What a step inherits counts when it could be reused: variables, and modules on PYTHONPATH."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Project

SCRIPT = (
    "import os\n"
    "{imports}\n"
    "def run(paths):\n"
    "    return ['{{}} {{}}'.format(os.path.basename(p), {value}) for p in paths]\n"
)
THRESHOLD = SCRIPT.format(imports="", value="os.environ.get('THRESHOLD', '-')")
SECRET = "hush-8812"


@pytest.fixture
def quick(project: Project) -> Project:
    """A single mini-batch and a single worker; what counts here is whether they run."""
    project.step["mini_batch_size"] = "5"
    project.step["max_concurrency_per_instance"] = 1
    project.script(THRESHOLD)
    return project


def _job(project: Project, name: str, cwd: Path | None = None, **changes: str | None) -> Any:
    """Run it with these variables changed (None: unset); its step as ``job show`` has it."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", *changes)}
    environment |= {k: v for k, v in changes.items() if v is not None}
    command = [sys.executable, "-m", "parallelsdk", "job", "create", "-n", name, "--stream"]
    done = subprocess.run(
        [*command, "-f", str(project.write())], cwd=cwd or project.root, env=environment,
        capture_output=True, text=True, timeout=170, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = project.run("job", "show", "-n", name, "-o", "json").stdout
    return json.loads(shown)["jobs"]["score"]


def _rows(project: Project, name: str) -> list[str]:
    place = project.workspace / "jobs" / name / "steps" / "score" / "outputs" / "names" / "names"
    return place.read_text().splitlines()


@pytest.mark.timeout(600)
def test_a_changed_variable_of_the_submitter_runs_the_step_again_and_is_named(
    quick: Project,
) -> None:
    _job(quick, "one", THRESHOLD="5")
    assert _job(quick, "same", THRESHOLD="5")["reused_from"] == "one/score"
    changed = _job(quick, "two", THRESHOLD="9")
    assert changed["not_reused"] == "environment variable THRESHOLD changed"
    assert _rows(quick, "two") == [f"{name} 9" for name in "abcde"]
    gone = _job(quick, "three", THRESHOLD=None)
    assert gone["not_reused"] == "environment variable THRESHOLD was removed"
    added = _job(quick, "four", THRESHOLD=None, MODEL_SIZE="big")
    assert added["not_reused"] == "environment variable MODEL_SIZE was added"
    # What the step says itself wins, so what it would inherit is nothing to it.
    quick.step["environment_variables"] = {"THRESHOLD": "7"}
    assert _job(quick, "five")["not_reused"] == "environment variables changed"
    assert _job(quick, "six", THRESHOLD="8")["reused_from"] == "five/score"


def test_another_terminal_folder_login_or_kernel_is_no_change(
    quick: Project, tmp_path: Path
) -> None:
    _job(quick, "one", TERM="xterm", SHLVL="1", SSH_TTY="/dev/pts/1", TMUX="a", JPY_PARENT_PID="1")
    (tmp_path / "elsewhere").mkdir()
    changes = {
        "TERM": "screen", "SHLVL": "4", "SSH_TTY": None, "TMUX": None, "WINDOWID": "77",
        "PWD": "/", "OLDPWD": "/tmp", "DISPLAY": ":3", "XDG_SESSION_ID": "c2",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x", "JPY_PARENT_PID": "2", "_": "/bin/x",
        "VSCODE_IPC_HOOK_CLI": "/x", "TERM_SESSION_ID": "w0", "SSH_AUTH_SOCK": "/tmp/agent.1",
    }  # fmt: skip
    again = _job(quick, "two", cwd=tmp_path / "elsewhere", **changes)
    assert again["reused_from"] == "one/score", again["not_reused"]


def test_a_module_on_pythonpath_that_changed_runs_the_step_again_and_is_named(
    quick: Project, tmp_path: Path
) -> None:
    library, real = tmp_path / "lib", tmp_path / "real"
    (library / "notes").mkdir(parents=True)
    real.mkdir()
    (library / "linked").symlink_to(real)
    (real / "rule.py").write_text("LIMIT = 5\n")
    (library / "notes" / "readme.txt").write_text("no module")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("packed.py", "PART = 1\n")
    quick.script(SCRIPT.format(imports="import linked.rule, packed", value="linked.rule.LIMIT"))
    path = os.pathsep.join([str(library), str(tmp_path / "more.zip")])
    _job(quick, "one", PYTHONPATH=path)
    (library / "notes" / "readme.txt").write_text("still no module")
    (library / "__pycache__").mkdir()
    (library / "__pycache__" / "rule.cpython-311.pyc").write_text("")
    assert _job(quick, "two", PYTHONPATH=path)["reused_from"] == "one/score"
    (real / "rule.py").write_text("LIMIT = 10\n")
    changed = _job(quick, "three", PYTHONPATH=path)
    assert changed["not_reused"] == f"modules on PYTHONPATH changed: file {library}/linked/rule.py"
    assert _rows(quick, "three")[0] == "a 10"
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("packed.py", "PART = 1000\n")
    packed = _job(quick, "four", PYTHONPATH=path)
    assert packed["not_reused"] == f"modules on PYTHONPATH changed: file {tmp_path}/more.zip"
    quick.step["environment_variables"] = {"PYTHONPATH": str(tmp_path / "more.zip") + ":" + path}
    assert _job(quick, "five")["not_reused"].startswith("environment variables changed")
    (real / "rule.py").write_text("LIMIT = 12\n")
    assert "linked/rule.py" in _job(quick, "six")["not_reused"]


def test_no_value_of_the_environment_is_written_down_nor_a_digest_that_can_be_guessed(
    quick: Project,
) -> None:
    _job(quick, "one", SERVICE_PIN=SECRET)
    _job(quick, "two", SERVICE_PIN="hush-1234")
    key = quick.workspace / "digest.key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    texts = {p: p.read_bytes() for p in quick.workspace.rglob("*") if p.is_file() and p != key}
    assert not [path for path, text in texts.items() if b"hush-" in text]
    listed = quick.workspace / "jobs/one/steps/score/logs/sys/job_report/environment.csv"
    [row] = [row for row in listed.read_text().splitlines() if row.startswith("SERVICE_PIN,")]
    key.unlink()  # another key: other digests of the same values
    again = _job(quick, "three", SERVICE_PIN=SECRET)
    assert "SERVICE_PIN" in again["not_reused"] or "more environment" in again["not_reused"]
    other = quick.workspace / "jobs/three/steps/score/logs/sys/job_report/environment.csv"
    assert row not in other.read_text().splitlines() and "SERVICE_PIN," in other.read_text()
    events = (quick.workspace / "jobs/one/events.jsonl").read_text().splitlines()
    assert max(map(len, (e for e in events if '"step_reuse"' in e))) < 2000
