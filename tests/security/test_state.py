"""S4: what lies in a job's folder is data. A damaged file is told, never run and never trusted."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project

VERBS = (
    ["job", "show", "-n", "one"],
    ["job", "list"],
    ["job", "download", "-n", "one", "--all", "-p", "got"],
    ["job", "resume", "-n", "one", "--stream"],
)
FAILING = (
    "import os\ndef run(paths):\n    if paths[0][-1] == 'c': raise ValueError\n    return paths\n"
)


class _Attack:
    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._target),)


def _damage(how: str, file: Path, target: Path) -> None:
    data = file.read_bytes()
    if how == "pickle":
        file.write_bytes(pickle.dumps(_Attack(target)) + b"\n")  # also where lines are read
    else:
        middle = len(data) // 2
        file.write_bytes(data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :])


@pytest.mark.parametrize("how", ["pickle", "flipped"])
def test_a_damaged_file_of_a_job_is_neither_run_nor_trusted(project: Project, how: str) -> None:
    project.script(FAILING)
    project.step["mini_batch_error_threshold"] = 0
    project.step["retry_settings"] = {"max_retries": 0}
    assert project.create("-n", "one", "--stream").returncode == 1
    job, kept = project.workspace / "jobs" / "one", project.root / "kept"
    shutil.copytree(job, kept, symlinks=True)
    target = project.root / "pwned"
    files = [
        path.relative_to(job)
        for path in sorted(job.rglob("*"))
        if path.is_file() and path.stat().st_size and "logs" not in path.parts
    ]
    names = {path.name for path in files}
    assert {"events.jsonl", "plan.json", "mini_batches.arrow", "attempts.jsonl"} <= names
    assert any(path.suffix == ".seg" for path in files)
    for file in files:
        if file.parts[0] == "code":
            continue  # the user's own
        shutil.rmtree(job)
        shutil.copytree(kept, job, symlinks=True)
        _damage(how, job / file, target)
        for verb in VERBS:
            shutil.rmtree(project.root / "got", ignore_errors=True)
            done = project.run(*verb, timeout=60)
            told = f"{how} {file}: {' '.join(verb)}: {done.stdout}{done.stderr}"
            assert "Traceback" not in done.stdout + done.stderr, told
            assert "Completed" not in done.stdout + done.stderr, told
            assert done.returncode in (0, 1, 2), told
        assert not target.exists(), f"{file} was executed"


@pytest.mark.parametrize(
    ("file", "was", "becomes"),
    [
        ("plan.json", '"max_retries": 0', '"max_retries": 9'),
        ("steps/score/attempts.jsonl", '"items":1', '"items":7'),
        ("steps/score/mini_batches.arrow", "ARROW1", "ARROW9"),
    ],
)
def test_a_change_that_leaves_a_file_readable_is_told_all_the_same(
    project: Project, file: str, was: str, becomes: str
) -> None:
    project.script(FAILING)
    project.step["mini_batch_error_threshold"] = 0
    project.step["retry_settings"] = {"max_retries": 0}
    assert project.create("-n", "one", "--stream").returncode == 1
    path = project.workspace / "jobs" / "one" / file
    data = path.read_bytes()
    assert was.encode() in data
    path.write_bytes(data.replace(was.encode(), becomes.encode()))
    done = project.run("job", "resume", "-n", "one", "--stream")
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2), said
    assert str(path) in said and "Traceback" not in said


def test_a_damaged_index_is_told_or_made_anew(project: Project) -> None:
    assert project.create("-n", "one", "--stream").returncode == 0
    target = project.root / "pwned"
    for path in project.workspace.iterdir():
        if path.is_file() and path.name != ".gitignore":
            path.write_bytes(pickle.dumps(_Attack(target)))
    for verb in (["job", "list"], ["job", "show", "-n", "one"], ["environment", "list"]):
        done = project.run(*verb)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert not target.exists()


def test_nothing_of_ours_reads_pickles_from_a_file(root: Path) -> None:
    """Beside loky's private pipes there is none, and nobody reads one by name."""
    found = [
        path
        for path in (root / "parallelsdk").rglob("*.py")
        if any(word in path.read_text() for word in ("pickle.load", "cloudpickle", "shelve"))
    ]
    assert found == []
