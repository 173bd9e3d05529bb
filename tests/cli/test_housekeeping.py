"""``job delete``, ``job prune`` and ``workspace``: disk use is seen, and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parallelsdk.cli import _options
from parallelsdk.cli._main import run
from parallelsdk.jobstore.layout import Workspace
from tests.client.job_folders import completed_job

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


def test_a_job_is_deleted_only_with_a_yes(store: Workspace, capsys: Captured) -> None:
    folder = completed_job(store)
    assert run(["job", "delete", "-n", folder.name]) == 2
    assert "Give --yes: there is no terminal to ask on." in capsys.readouterr().err
    assert folder.path.exists()
    assert run(["job", "delete", "-n", folder.name, "--yes"]) == 0
    assert capsys.readouterr().out == f"Deleted the job {folder.name}.\n"
    assert not folder.path.exists()


def test_pruning_says_what_it_takes(store: Workspace, capsys: Captured) -> None:
    folder = completed_job(store)
    assert run(["job", "prune"]) == 2
    assert run(["job", "prune", "--older-than", "soon"]) == 2
    assert "'soon' is no age; write 30d" in capsys.readouterr().err
    assert run(["job", "prune", "--older-than", "30d", "-y"]) == 0
    assert folder.path.exists()
    assert capsys.readouterr().err == "Deleted 0 jobs; 0 B freed.\n"
    assert run(["job", "prune", "--keep", "0", "--dry-run"]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == (f"{folder.name}\n", "1 job would be deleted.\n")
    assert run(["job", "prune", "--keep", "0", "-y"]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("Deleted 1 job; ") and told.err.endswith(" freed.\n")
    assert not folder.path.exists()


def test_pruning_takes_what_was_agreed_to_and_no_more(
    store: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, later = completed_job(store), store.job("later")

    def agree(question: str, *, yes: bool) -> bool:
        completed_job(store, later.name)  # ends while somebody thinks about it
        return question == "Delete 1 job and its results?" and not yes

    monkeypatch.setattr(_options, "agreed", agree)
    assert run(["job", "prune", "--keep", "0"]) == 0
    assert not folder.path.exists() and later.path.exists()


def test_the_workspace_tells_what_it_takes(store: Workspace, capsys: Captured) -> None:
    folder = completed_job(store)
    assert run(["workspace", "du"]) == 0
    told = capsys.readouterr()
    assert folder.name in told.out and told.out.splitlines()[-1].endswith("  total")
    assert str(store.root) in told.err
    assert run(["workspace", "du", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bytes"] >= found["jobs"][folder.name] > 0
    assert run(["workspace", "show", "-n", "anything", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(store.root)
