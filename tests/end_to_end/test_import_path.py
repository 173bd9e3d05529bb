"""Which modules a job finds: this very parallelsdk, and else what any Python would find."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing
import venv
from pathlib import Path

import click
import pytest

import parallelsdk
from tests.end_to_end.conftest import Project

# What lies beside packages in environments that have grown old: it must shadow nothing.
BACKPORTS = ("typing", "enum", "dataclasses", "contextlib", "queue", "logging")
SAYS_WHERE = (
    "import json, os, sys, parallelsdk, {module}\n"
    "def run(paths):\n"
    "    found = [{module}.__file__, parallelsdk.__file__, os.environ.get('PYTHONPATH')]\n"
    "    return [json.dumps(found)] * len(paths)\n"
)


def _environment(**more: str) -> dict[str, str]:
    """What somebody has who never heard of this test's own PYTHONPATH."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**kept, **more}


def _create(
    project: Project, name: str, python: str = sys.executable, **variables: str
) -> subprocess.CompletedProcess[str]:
    project.write()
    return subprocess.run(
        [python, "-m", "parallelsdk", "job", "create", "-f", "pipeline.yml", "-n", name, "-s"],
        cwd=project.root, capture_output=True, text=True, timeout=170, check=False,
        env=_environment(**variables),
    )  # fmt: skip


def _rows(project: Project, name: str) -> list[str]:
    place = project.workspace / "jobs" / name / "steps" / "score" / "outputs" / "names" / "names"
    return place.read_text().splitlines()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Our package and all that it needs in a folder, as ``pip install --target`` makes it."""
    folder = tmp_path / "target"
    source = Path(parallelsdk.__file__).parent
    shutil.copytree(source, folder / "parallelsdk", ignore=shutil.ignore_patterns("__pycache__"))
    for entry in Path(click.__file__).parent.parent.iterdir():
        if entry.suffix != ".pth" and not (folder / entry.name).exists():
            (folder / entry.name).symlink_to(entry)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A Python that has no packages."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    return tmp_path / "bare" / "bin" / "python"


def _add_backports(folder: Path) -> None:
    for name in BACKPORTS:
        (folder / f"{name}.py").write_text("raise ImportError('an old backport')\n")


def _submit_from(target: Path, project: Project, python: Path) -> str:
    """Run the project's job with the package in ``target``; how the client ended, if badly."""
    (project.root / "submit.py").write_text(
        "import sys\n"
        f"sys.path.append({str(target)!r})\n"
        "from parallelsdk.cli._main import main\n"
        "sys.argv[1:] = ['job', 'create', '-f', 'pipeline.yml', '-n', 'one', '-s']\n"
        "main()\n"
    )
    project.write()
    done = subprocess.run(
        [str(python), "submit.py"], cwd=project.root, env=_environment(), timeout=170,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr if done.returncode else ""


def test_old_backports_beside_our_package_do_not_precede_the_standard_library(
    project: Project, target: Path, bare: Path
) -> None:
    """All that parallelsdk needs lies in a folder that only the submitter's path names, last."""
    _add_backports(target)
    project.script(SAYS_WHERE.format(module="typing"))
    assert not _submit_from(target, project, bare)
    where = json.loads(_rows(project, "one")[0])
    assert where[0] == typing.__file__
    assert where[1:] == [f"{target}/parallelsdk/__init__.py", None]
    log = project.workspace / "jobs" / "one" / "logs" / "driver.txt"
    assert "Traceback" not in log.read_text()


def test_a_job_runs_with_the_parallelsdk_that_submitted_it(project: Project, target: Path) -> None:
    """The Python of the job has another one installed, which comes first on its path."""
    project.script(SAYS_WHERE.format(module="typing"))
    (target / "parallelsdk" / "this_one.py").touch()
    (project.root / "submit.py").write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(target)!r})\n"
        "from parallelsdk.cli._main import main\n"
        "import parallelsdk.this_one\n"
        "sys.argv[1:] = ['job', 'create', '-f', 'pipeline.yml', '-n', 'one', '-s']\n"
        "main()\n"
    )
    project.write()
    done = subprocess.run(
        [sys.executable, "submit.py"], cwd=project.root, env=_environment(), timeout=170,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(_rows(project, "one")[0])[1] == f"{target}/parallelsdk/__init__.py"


def test_a_command_that_runs_another_interpreter_imports_nothing_of_ours(
    project: Project, target: Path, bare: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "other", with_pip=False, symlinks=True)
    other = tmp_path / "other" / "bin" / "python"
    tries = (f"{other} -c 'import {name}' 2>&1 | tail -n 1" for name in ("numpy", "mltable"))
    own = "python -c 'import mltable, sys; print(mltable.load.__module__)'"
    project.document["jobs"] = {
        "look": {
            "type": "command",
            "command": "; ".join([*tries, own, "true"]),
            "environment": "azureml:any:1",
        }
    }
    del project.document["outputs"]
    assert not _submit_from(target, project, bare)
    told = (project.workspace / "jobs/one/steps/look/logs/std_log.txt").read_text()
    assert told.splitlines() == [
        "ModuleNotFoundError: No module named 'numpy'",
        "ModuleNotFoundError: No module named 'mltable'",
        "parallelsdk.mltable._table",
    ]


def test_a_relative_pythonpath_reaches_workers_and_commands_as_an_absolute_one(
    project: Project,
) -> None:
    for folder, value in (("lib", 1), (".", 2)):
        (project.root / folder).mkdir(exist_ok=True)
        (project.root / folder / f"mine{value}.py").write_text(f"VALUE = {value}\n")
    project.script(
        "import os, mine1, mine2\n"
        "def run(paths):\n"
        "    path = os.environ['PYTHONPATH']\n"
        "    return [f'{mine1.VALUE} {mine2.VALUE} {path}' for _ in paths]\n"
    )
    project.document["jobs"]["look"] = {
        "type": "command",
        "command": "cd / && python -c 'import mine1, mine2; print(mine1.VALUE, mine2.VALUE)'",
        "environment": "azureml:any:1",
    }
    done = _create(project, "one", PYTHONPATH=f"lib{os.pathsep}")  # an empty entry: this folder
    assert done.returncode == 0, done.stderr
    wanted = os.pathsep.join([str(project.root / "lib"), str(project.root)])
    assert _rows(project, "one") == [f"1 2 {wanted}"] * 5
    assert (project.workspace / "jobs/one/steps/look/logs/std_log.txt").read_text() == "1 2\n"


def test_a_pythonpath_of_the_step_counts_in_its_workers_in_place_of_the_submitters(
    project: Project,
) -> None:
    for folder, names in (("src/below", ("mine",)), ("theirs", ("mine", "other"))):
        (project.root / folder).mkdir()
        for name in names:
            (project.root / folder / f"{name}.py").write_text(f"PLACE = {folder!r}\n")
    project.script(
        "import importlib.util, mine\n"
        "found = importlib.util.find_spec('other') is not None\n"
        "def run(paths): return [f'{mine.PLACE} {found}' for _ in paths]\n"
    )
    project.step["environment_variables"] = {"PYTHONPATH": "below"}
    done = _create(project, "one", PYTHONPATH=str(project.root / "theirs"))
    assert done.returncode == 0, done.stderr
    assert _rows(project, "one") == ["src/below False"] * 5
