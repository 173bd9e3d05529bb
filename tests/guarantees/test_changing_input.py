"""Inputs that change: no output mixes two states of them, and what stayed is never doubted."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.guarantees.conftest import Case

TABLE = (
    "paths:\n  - file: ./rows.csv\ntransformations:\n  - read_delimited:\n      delimiter: ','\n"
)
ROWS = 400
# The first mini-batch in which another name is not there yet makes it, and replaces the table.
REPLACING = (
    "import os\n"
    "def run(frame):\n"
    "    rows = [f'{n}-{word}' for n, word in zip(frame['n'], frame['word'])]\n"
    "    new = os.path.join(os.environ['TABLE'], '..', 'new.csv')\n"
    "    if os.path.exists(new): os.replace(new, os.path.join(os.environ['TABLE'], 'rows.csv'))\n"
    "    return rows\n"
)


def _table(case: Case, mode: str) -> Path:
    """A table of equal rows as the input, and beside it one that is to take its place."""
    folder = case.project.root / "table"
    folder.mkdir()
    (folder / "MLTable").write_text(TABLE)
    (folder / "rows.csv").write_text(_csv("old"))
    (case.project.root / "new.csv").write_text("word,n\n" + _csv("new").partition("\n")[2])
    case.project.step["inputs"]["files"] = {"type": "mltable", "path": "./table", "mode": mode}
    case.project.step["mini_batch_size"] = "500"
    case.project.step["max_concurrency_per_instance"] = 1
    case.variables(TABLE=str(folder))
    return folder


def _csv(word: str) -> str:
    return "n,word\n" + "".join(f"{n},{word}\n" for n in range(ROWS))


@pytest.mark.parametrize("mode", ["direct", "ro_mount", "eval_download"])
def test_a_table_that_is_replaced_while_the_step_runs_never_gives_a_completed_job(
    case: Case, mode: str
) -> None:
    _table(case, mode)
    case.project.script(REPLACING)
    name = case.submit()
    assert case.ended(name) == "Failed", case.output(name)[:500]
    assert "rows.csv" in case.error(name) and "change" in case.error(name)
    assert not case.target(name).exists(), "mixed rows were left behind"
    report = (case.step(name) / "logs/sys/job_report/processed_mini-batches.csv").read_text()
    assert "rows.csv' has changed since the job began: it was replaced" in report


def test_a_private_copy_does_not_change_with_its_original(case: Case) -> None:
    _table(case, "download")
    case.project.script(REPLACING)
    name = case.finish()
    assert case.output(name).decode().split() == [f"{n}-old" for n in range(ROWS)]


@pytest.mark.parametrize("mode", ["direct", "ro_mount"])
def test_a_mini_batch_whose_file_changes_under_run_fails_with_that_reason(
    case: Case, mode: str
) -> None:
    """It is not charged to run(), whatever that makes of half a file."""
    case.files(4)
    case.project.step["inputs"]["files"]["mode"] = mode
    case.project.script(
        "import os\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    if name == '0001':\n"
        "        with open(paths[0], 'a') as file: file.write('more')\n"
        "        raise ValueError('half a file')\n"
        "    return [name]\n"
    )
    name = case.submit()
    status = case.ended(name)
    assert case.attempts(name)["0001"] == ["LOAD_EXCEPTION"] * 2
    report = (case.step(name) / "logs/sys/job_report/processed_mini-batches.csv").read_text()
    assert "0001' has changed since the job began: size 4 then" in report
    assert "half a file" not in report
    if mode == "direct":  # nobody promised that it stays; none of its rows are in the output
        assert status == "Completed"
        assert case.output(name).decode().split() == ["0000", "0002", "0003"]
    else:
        assert status == "Failed" and not case.target(name).exists()


def test_what_was_made_from_a_file_that_changed_later_is_not_brought_in_unless_accepted(
    case: Case,
) -> None:
    names = case.files(3)
    case.project.step["inputs"]["files"]["mode"] = "direct"
    case.project.step["max_concurrency_per_instance"] = 1
    case.project.script(
        "import os\n"
        "def run(paths):\n"
        "    text = open(paths[0]).read()\n"
        "    first = os.path.join(os.path.dirname(paths[0]), '0000')\n"
        "    if os.path.basename(paths[0]) == '0002' and open(first).read() == '0000':\n"
        "        with open(first, 'w') as file: file.write('later')\n"
        "    return [text]\n"
    )
    name = case.submit()
    assert case.ended(name) == "Failed"
    assert "0000' has changed since the job began: size 4 then, 5 now" in case.error(name)
    assert "--accept-changes" in case.error(name) and not case.target(name).exists()
    assert case.client.jobs.resume(name, accept_changes=True)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == ["later", *names[1:]]


def _stopped(case: Case) -> str:
    """A job of a table that ended before it was done."""
    case.project.script(
        "import os\n"
        "def run(frame):\n"
        "    if frame['n'].max() > 200 and not os.path.exists(os.environ['NOTES'] + '/go'):\n"
        "        raise OSError('not yet')\n"
        "    return list(frame['n'])\n"
    )
    case.project.step["retry_settings"] = {"max_retries": 0}
    case.project.step["mini_batch_error_threshold"] = 0
    name = case.submit()
    assert case.ended(name) == "Failed"
    (case.notes / "go").touch()
    return name


def test_an_unchanged_file_with_a_time_in_the_future_can_be_resumed(case: Case) -> None:
    folder = _table(case, "ro_mount")
    os.utime(folder / "rows.csv", (time.time() + 10**6,) * 2)
    name = _stopped(case)
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == [str(n) for n in range(ROWS)]


def test_a_file_that_changed_is_noticed_by_a_resume_whatever_the_clocks_say(case: Case) -> None:
    """The clock was ahead when the job began, or is behind when the file is written."""
    folder = _table(case, "ro_mount")
    name = _stopped(case)
    later = time.time() + 10**6
    os.utime(case.step(name) / "mini_batches.arrow", (later, later))
    (folder / "rows.csv").write_text(_csv("new"))
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Failed"
    assert "rows.csv" in case.error(name) and "Submit the job anew" in case.error(name)


def test_a_source_that_is_copied_again_with_the_same_content_can_be_resumed_in_mode_download(
    case: Case,
) -> None:
    _table(case, "download")
    name = _stopped(case)
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == [str(n) for n in range(ROWS)]


def test_a_source_of_a_private_copy_that_changed_is_noticed_by_a_resume(case: Case) -> None:
    folder = _table(case, "download")
    before = (folder / "rows.csv").stat()
    name = _stopped(case)
    (folder / "other").write_text(_csv("new"))
    os.utime(folder / "other", ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(folder / "other", folder / "rows.csv")
    os.utime(case.step(name) / "mini_batches.arrow", (2**33, 2**33))
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Failed"
    assert "rows.csv' has changed since the job began: it was replaced" in case.error(name)


def test_a_foreign_file_in_a_read_only_input_is_a_warning_and_the_job_completes(
    case: Case,
) -> None:
    names = case.files(3)
    case.project.script(
        "import os\n"
        "def run(paths):\n"
        "    folder, name = os.path.split(paths[0])\n"
        "    open(os.path.join(folder, 'foreign'), 'w').close()\n"
        "    return [name]\n"
    )
    name = case.finish()
    assert case.output(name).decode().split() == names
    [warning] = case.events(name, "warning")
    assert "foreign came while the step ran" in warning.data["message"]


@pytest.mark.parametrize("act", ["os.remove(path)", "open(path, 'a').write('more')"])
def test_a_foreign_change_of_a_read_only_input_keeps_what_is_done_for_a_resume(
    case: Case, act: str
) -> None:
    names = case.files(3)
    side = case.project.root / "side"
    side.mkdir()
    (side / "foreign").write_text("text")
    case.project.step["inputs"]["side"] = {"type": "uri_folder", "path": str(side)}
    case.words("--side ${{inputs.side}}")
    case.variables(SIDE=str(side))
    case.project.script(
        "import os\n"
        "def run(paths):\n"
        "    name, path = os.path.basename(paths[0]), os.path.join(os.environ['SIDE'], 'foreign')\n"
        "    with open(os.path.join(os.environ['NOTES'], name), 'a') as note: note.write('x')\n"
        f"    if name == '0002': {act}\n"
        "    return [name]\n"
    )
    name = case.submit()
    assert case.ended(name) == "Failed"
    error = case.error(name)
    assert "foreign" in error and "3 of 3 mini-batches are done" in error and "job resume" in error
    assert not case.target(name).exists()
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == names
    assert [(case.notes / each).read_text() for each in names] == ["x"] * 3


def test_a_damaged_plan_is_told_by_the_job_that_is_to_go_on_with_it(case: Case) -> None:
    _table(case, "ro_mount")
    name = _stopped(case)
    plan = case.step(name) / "mini_batches.arrow"
    damaged = bytearray(plan.read_bytes())
    place = damaged.index(b"rows.csv")
    damaged[place] ^= 1
    plan.write_bytes(damaged)
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Failed"
    assert f"{plan} is damaged" in case.error(name)


def test_a_job_goes_on_in_a_workspace_that_was_copied_and_leaves_the_original_alone(
    case: Case,
) -> None:
    """Its second step reads what the first has written in the workspace."""
    case.files(3)
    second = dict(case.project.step)
    case.project.step["outputs"] = {"names": {"type": "uri_folder"}}
    case.project.step["task"] = dict(case.project.step["task"])
    second["inputs"] = {"files": "${{parent.jobs.score.outputs.names}}"}
    case.project.document["jobs"]["second"] = second
    case.project.script(
        "import os\n"
        "def run(paths):\n"
        "    if 'outputs' not in paths[0]: return [os.path.basename(paths[0])]\n"
        "    if not os.path.exists(os.environ['NOTES'] + '/go'): raise OSError('not yet')\n"
        "    return [paths[0]]\n"
    )
    second["mini_batch_error_threshold"] = 0
    second["retry_settings"] = {"max_retries": 0}
    name = case.submit()
    assert case.ended(name) == "Failed"
    (case.notes / "go").touch()
    copy = case.project.root / "copied"
    shutil.copytree(case.project.workspace, copy)
    shutil.rmtree(case.project.workspace / "jobs" / name / "steps" / "score" / "outputs")
    resumed = case.command(
        *("job", "resume", "-n", name, "--stream"),
        env={**os.environ, "PARALLELSDK_HOME": str(copy)},
    )
    _, told = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, told
    place = copy / "jobs" / name / "steps" / "second" / "outputs" / "names" / "names"
    [row] = place.read_text().splitlines()
    assert row.startswith(str(copy))
    assert not (case.step(name).with_name("second") / "outputs" / "names" / "names").exists()
