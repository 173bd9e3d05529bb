"""Every command answers in the form, and through the query, that was asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parallelsdk.cli._main import run
from parallelsdk.jobstore.layout import JobFolder, Workspace
from tests.client.job_folders import completed_job, failed_job, prepared_job

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


@pytest.fixture
def completed(store: Workspace) -> JobFolder:
    return completed_job(store)


def answer(capsys: Captured, *arguments: str) -> str:
    assert run(arguments) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "form", "expected"),
    [
        ("status", "tsv", "Completed\n"),
        ("status", "table", "Completed\n"),
        ("status", "json", '"Completed"\n'),
        ("status", "none", ""),
        ("nothing.there", "tsv", ""),
        ("nothing.there", "json", "null\n"),
        ("jobs.score.items", "tsv", "3\t1\n"),
        ("jobs.*.[type,status]", "tsv", "command\tCompleted\nparallel\tCompleted\n"),
        ("keys(jobs)", "yaml", "- prepare\n- score\n"),
        ("jobs.*.{t: type}", "table", "T\ncommand\nparallel\n"),
        ("jobs.*.[type]", "table", "command\nparallel\n"),
    ],
)
def test_a_query_picks_a_part_of_the_answer(
    query: str, form: str, expected: str, completed: JobFolder, capsys: Captured
) -> None:
    arguments = ["job", "show", "-n", completed.name, "--query", query, "-o", form]
    assert answer(capsys, *arguments) == expected


def test_a_query_can_name_a_job_for_the_next_command(store: Workspace, capsys: Captured) -> None:
    completed_job(store, "first")
    failed_job(store, "second")
    query = "[?status=='Failed'].name"
    assert answer(capsys, "job", "list", "--query", query, "-o", "tsv") == "second\n"


def test_a_wrong_query_is_refused_before_anything_happens(
    store: Workspace, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "p.yml").write_text("type: pipeline\njobs:\n  a: {type: command, command: ls}\n")
    assert run(["job", "create", "-f", str(tmp_path / "p.yml"), "--query", "a["]) == 2
    assert "no JMESPath expression" in capsys.readouterr().err
    assert list(store.jobs_folder.iterdir()) == []


def test_a_query_that_does_not_fit_the_answer_is_wrong_usage(
    completed: JobFolder, capsys: Captured
) -> None:
    assert run(["job", "show", "-n", completed.name, "--query", "length(seconds)"]) == 2
    assert "cannot be applied" in capsys.readouterr().err


def test_a_cell_cannot_break_its_line(store: Workspace, capsys: Captured) -> None:
    folder = failed_job(store, error="a\tb\nc \x1b[2J")
    told = answer(capsys, "job", "show", "-n", folder.name, "--query", "error", "-o", "tsv")
    assert told == "a\\tb\\nc \\x1b[2J\n"


def test_the_last_line_of_a_followed_failure_names_the_log(
    store: Workspace, capsys: Captured
) -> None:
    folder = failed_job(store)
    for form in ("table", "json", "none"):
        assert run(["job", "stream", "-n", folder.name, "-o", form]) == 1
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.endswith(f"Open {folder.step('score').logs / 'job_result.txt'}")
        assert "Failed" in last


@pytest.mark.parametrize("arguments", [["job", "list"], ["job", "show", "-n", "x"]])
def test_looking_makes_no_workspace(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARALLELSDK_HOME")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(arguments) in (0, 2)
    assert list((tmp_path / "here").iterdir()) == []


def test_validating_makes_no_workspace_and_answers_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.delenv("PARALLELSDK_HOME")
    monkeypatch.chdir(tmp_path)
    Path("p.yml").write_text(
        "type: pipeline\nsettings: {force_reran: true}\njobs:\n  a: {type: command, command: ls}\n"
    )
    assert run(["job", "validate", "-f", "p.yml"]) == 0
    assert "warning: " in capsys.readouterr().err
    assert run(["job", "validate", "-f", "p.yml", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"] == "Succeeded"
    assert run(["job", "validate", "-f", "p.yml", "--strict"]) == 2
    assert "1 problem found" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["p.yml"]


def test_a_damaged_job_is_listed_as_unknown_beside_the_others(
    store: Workspace, capsys: Captured
) -> None:
    completed_job(store, "good")
    prepared_job(store, "bad")[0].events.write_bytes(b"nonsense\n")
    assert run(["job", "list"]) == 0
    told = capsys.readouterr()
    assert {tuple(line.split()[:2]) for line in told.out.splitlines()[1:]} == {
        ("good", "Completed"),
        ("bad", "Unknown"),
    }
    assert "warning: bad: " in told.err
    found = json.loads(answer(capsys, "job", "list", "-o", "json"))
    assert {job["name"]: job["status"] for job in found} == {"good": "Completed", "bad": "Unknown"}
