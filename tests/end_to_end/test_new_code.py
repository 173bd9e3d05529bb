"""A job that goes on runs the code of its submission, and says so; new code is taken on request."""

from __future__ import annotations

import json
import shutil
import warnings
from typing import Any

import pytest

from parallelsdk import MLClient
from tests.end_to_end.conftest import Project

OLD = (
    "import os\n\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    if name == 'c':\n"
    "        raise ValueError('cannot read c yet')\n"
    "    return [name]\n"
)
NEW = "import os, words\n\ndef run(paths):\n    return [words.new(os.path.basename(paths[0]))]\n"
WORDS = "def new(name):\n    return name.upper()\n"
NOTE = "step score runs the code of its submission; entry.py, words.py have changed since"


@pytest.fixture
def failed(project: Project) -> Project:
    """The job ``one``: a and b are committed, c has failed; then the script was mended."""
    project.script(OLD)
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["mini_batch_error_threshold"] = 0
    project.step["max_concurrency_per_instance"] = 1
    assert project.create("-n", "one", "--stream").returncode == 1
    _mend(project)
    return project


def _mend(project: Project) -> None:
    project.script(NEW)
    (project.root / "src" / "words.py").write_text(WORDS)


def _document(project: Project, name: str = "one") -> dict[str, Any]:
    shown = project.run("job", "show", "-n", name, "-o", "json")
    assert shown.returncode == 0, shown.stderr
    document: dict[str, Any] = json.loads(shown.stdout)
    return document


def test_a_resume_says_that_the_script_has_changed_and_new_code_takes_it(failed: Project) -> None:
    done = failed.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 1 and "cannot read c yet" in done.stderr
    assert f"warning: {NOTE}; use --new-code" in done.stderr
    document = _document(failed)
    assert any(text.startswith(NOTE) for text in document["warnings"])
    assert document["jobs"]["score"]["new_code"] is None
    done = failed.run("job", "resume", "-n", "one", "--new-code", "--stream")
    assert done.returncode == 0, done.stderr
    assert "cannot read c yet" not in done.stderr  # what the run before came to is no news
    assert "changed since" not in done.stderr and _document(failed)["warnings"] == []
    rows = failed.download("one").read_text().splitlines()
    assert rows[:3] == ["a", "b", "C"], "what was committed stays, the rest is of the new code"
    assert [row.lower() for row in rows] == list("abcde")
    document = _document(failed)
    assert document["jobs"]["score"]["new_code"]["changed"] == ["entry.py", "words.py"]
    shown = failed.run("job", "show", "-n", "one")
    assert "new code since 2" in shown.stdout and "(entry.py, words.py)" in shown.stdout


def test_retry_failed_says_it_too_and_takes_new_code(project: Project) -> None:
    project.script(OLD)
    project.step["retry_settings"] = {"max_retries": 0}
    assert project.create("-n", "one", "--stream").returncode == 0
    _mend(project)
    with pytest.warns(UserWarning, match=NOTE):
        assert MLClient().jobs.retry_failed("one") == ["score"]
    assert project.run("job", "stream", "-n", "one").returncode == 0
    done = project.run("job", "retry-failed", "-n", "one", "--new-code", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().splitlines() == ["a", "b", "C", "d", "e"]


def test_code_that_has_not_changed_is_not_spoken_of(failed: Project) -> None:
    (failed.root / "src" / "words.py").unlink()
    failed.script(OLD)
    (failed.root / "src" / "__pycache__").mkdir()
    (failed.root / "src" / "__pycache__" / "entry.pyc").write_bytes(b"no code")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert MLClient().jobs.resume("one", new_code=False)
    assert failed.run("job", "stream", "-n", "one").returncode == 1
    assert MLClient().jobs.resume("one", new_code=True)
    assert failed.run("job", "stream", "-n", "one").returncode == 1
    document = _document(failed)
    assert document["warnings"] == [] and document["jobs"]["score"]["new_code"] is None


def test_new_code_that_cannot_run_is_refused_and_the_job_is_as_it_was(failed: Project) -> None:
    job = failed.workspace / "jobs" / "one"
    before = {path: path.read_bytes() for path in (job / "plan.json", job / "events.jsonl")}
    failed.script("def runs(paths):\n    return paths\n")
    done = failed.run("job", "resume", "-n", "one", "--new-code")
    assert done.returncode == 2 and "defines no run" in done.stderr, done.stderr
    source = failed.root / "src"
    shutil.rmtree(source)
    done = failed.run("job", "resume", "-n", "one", "--code")
    assert done.returncode == 2 and f"came from {source}, which is not there" in done.stderr
    source.write_text("a file in the place of the folder")
    done = failed.run("job", "resume", "-n", "one", "--new-code")
    assert done.returncode == 2 and f"{source} is a file now" in done.stderr
    assert ".." not in done.stderr
    source.unlink()
    assert before == {path: path.read_bytes() for path in before}
    done = failed.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 1 and "cannot read c yet" in done.stderr
    assert "has changed" not in done.stderr


def test_a_step_that_has_completed_keeps_its_code(project: Project) -> None:
    project.script(OLD.replace("'c'", "'nothing'"))
    mended = project.root / "mended"
    project.document["jobs"]["check"] = {
        "type": "command",
        "code": "./src",
        "inputs": {"names": "${{parent.jobs.score.outputs.names}}"},
        "command": f"grep -q words entry.py && wc -l ${{{{inputs.names}}}} && test -e {mended}",
        "environment": "azureml:any:1",
    }
    assert project.create("-n", "one", "--stream").returncode == 1
    _mend(project)
    mended.touch()
    done = project.run("job", "resume", "-n", "one", "--new-code", "--stream")
    assert done.returncode == 0, done.stderr
    steps = _document(project)["jobs"]
    assert steps["check"]["new_code"] is not None and steps["score"]["new_code"] is None
