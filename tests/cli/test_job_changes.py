"""Commands that change a job: cancel, archive, restore, update."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parallelsdk.cli._main import run
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.store import read_job
from tests.client.job_folders import completed_job, prepared_job

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


@pytest.fixture
def stored(store: Workspace) -> JobFolder:
    """A completed job with its file."""
    folder = completed_job(store)
    folder.job_yml.write_text(
        "type: pipeline\ntags: {old: '1'}\njobs:\n  a: {type: command, command: ls}\n"
    )
    return folder


def test_cancel_ends_a_job_and_tells_how(store: Workspace, capsys: Captured) -> None:
    folder, _ = prepared_job(store)
    assert run(["job", "cancel", "-n", folder.name]) == 0
    assert capsys.readouterr().out == f"The job {folder.name} has ended: Canceled.\n"
    assert run(["job", "cancel", "-n", folder.name, "--query", "status", "-o", "tsv"]) == 0
    assert capsys.readouterr().out == "Canceled\n"


def test_cancel_of_a_job_that_has_ended_says_so(stored: JobFolder, capsys: Captured) -> None:
    assert run(["job", "cancel", "-n", stored.name]) == 0
    assert "had ended already: Completed" in capsys.readouterr().out


def test_an_archived_job_is_listed_only_if_asked_for(stored: JobFolder, capsys: Captured) -> None:
    assert run(["job", "archive", "-n", stored.name]) == 0

    def listed(*options: str) -> list[str]:
        capsys.readouterr()
        assert run(["job", "list", "-o", "json", *options]) == 0
        return [job["name"] for job in json.loads(capsys.readouterr().out)]

    assert listed() == []
    assert listed("--archived-only") == listed("--include-archived") == [stored.name]
    assert run(["job", "list", "--archived-only", "--include-archived"]) == 2
    assert run(["job", "restore", "-n", stored.name]) == 0
    assert listed() == [stored.name]


def test_update_adds_tags_and_changes_texts(stored: JobFolder, capsys: Captured) -> None:
    arguments = ["--set", "tags.new=a=b", "--set", "description=d", "--display-name", "shown"]
    assert run(["job", "update", "-n", stored.name, *arguments]) == 0
    record = read_job(stored)
    assert record.tags == {"old": "1", "new": "a=b"}
    assert (record.description, record.display_name) == ("d", "shown")
    assert "shown (job" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["--set", "status=Completed"], ["--set", "tags=x"], ["--set", "description"]]
)
def test_update_refuses_what_cannot_be_changed(
    arguments: list[str], stored: JobFolder, capsys: Captured
) -> None:
    before = stored.events.read_bytes()
    assert run(["job", "update", "-n", stored.name, *arguments]) == 2
    assert "Error" in capsys.readouterr().err
    assert stored.events.read_bytes() == before
