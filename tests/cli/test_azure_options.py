"""``sed 's/az ml/parallelsdk/'``: a script for ``az ml`` runs as it is."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from parallelsdk.cli._main import root, run
from parallelsdk.jobstore.layout import Workspace
from tests.client.job_folders import completed_job

Captured = pytest.CaptureFixture[str]
EVERYWHERE = ["--resource-group", "--workspace-name", "--subscription", "--debug", "--verbose"]


def leaves(group: click.Group, words: str = "") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        inner = isinstance(command, click.Group)
        found += leaves(command, f"{words}{name} ") if inner else [(f"{words}{name}", command)]
    return found


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


@pytest.mark.parametrize(
    "command", [c for words, c in leaves(root) if not words.startswith("azure")]
)
def test_every_command_takes_the_options_of_az(command: click.Command) -> None:
    taken = [name for option in command.params for name in option.opts]
    assert set(EVERYWHERE) | {"--only-show-errors", "-g", "-w"} <= set(taken)
    assert len(taken) == len(set(taken)), "an option that means two things"


def test_options_without_an_effect_are_noted_once(store: Workspace, capsys: Captured) -> None:
    folder = completed_job(store)
    assert run(["job", "list", "-g", "rg", "-w", "ws", "--subscription", "s"]) == 0
    told = capsys.readouterr()
    assert told.err == (
        "note: --resource-group, --workspace-name, --subscription change nothing here: the "
        f"workspace is {store.root}\n"
    )
    assert folder.name in told.out
    assert run(["job", "archive", "-n", folder.name, "-g", "rg"]) == 0
    assert "--resource-group changes nothing here" in capsys.readouterr().err
    assert run(["job", "list", "-g", "rg", "--only-show-errors", "--include-archived"]) == 0
    assert capsys.readouterr().err == ""


def test_debug_shows_the_traceback(store: Workspace, capsys: Captured) -> None:
    assert run(["job", "show", "-n", "nope"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert run(["job", "show", "-n", "nope", "--debug"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("Traceback") and "Error: There is no job" in told.splitlines()[-1]


def test_the_steps_of_a_job_are_listed(store: Workspace, capsys: Captured) -> None:
    folder = completed_job(store)
    ask = ["job", "list", "--parent-job-name", folder.name, "--all-results", "true"]
    assert run([*ask, "-o", "jsonc"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [step["name"] for step in found] == [f"{folder.name}_prepare", f"{folder.name}_score"]
    assert run([*ask, "-r", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_job_is_created_shown_and_saved_as_az_does(
    store: Workspace, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "hello.yml").write_text("command: echo hello\nname: hello_1\n")
    saved = tmp_path / "saved.yml"
    create = ["job", "create", "-f", str(tmp_path / "hello.yml"), "--stream"]
    assert run([*create, "--web", "--save-as", str(saved), "-w", "ws"]) == 0
    assert "note: the job can be looked at in file://" in capsys.readouterr().err
    assert saved.read_text().startswith("name: hello_1\n")
    assert run(["job", "show", "-n", "hello_1", "--web"]) == 0
    assert "note: the job can be looked at in file://" in capsys.readouterr().err
    assert run(["job", "show-services", "-n", "hello_1", "-o", "json"]) == 0
    services = json.loads(capsys.readouterr().out)
    assert services["Studio"]["endpoint"] == (store.root / "jobs" / "hello_1").as_uri()


def test_what_scripts_make_first_is_there(
    store: Workspace, tmp_path: Path, capsys: Captured
) -> None:
    given = ["-n", "cpu", "--type", "amlcompute", "--min-instances", "0", "--size", "STANDARD"]
    assert run(["compute", "create", *given, "-g", "rg", "-o", "json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["target"] == "local"
    assert "--min-instances, --size make no difference here" in told.err
    (tmp_path / "c.yml").write_text("type: amlcompute\nname: gpu\nmax_instances: 2\n")
    assert run(["compute", "create", "-f", str(tmp_path / "c.yml"), "-o", "tsv"]) == 0
    assert capsys.readouterr().out.startswith("gpu\t")
    assert run(["compute", "create"]) == 2
    for words in (["workspace", "list"], ["datastore", "list"], ["workspace", "show"]):
        assert run([*words, "-o", "json"]) == 0
    assert run(["datastore", "show", "-n", "anything", "-o", "json"]) == 0
    assert "anything" in capsys.readouterr().out
