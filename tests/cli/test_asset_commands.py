"""``component``, ``environment``, ``data``, ``model`` and ``compute``, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.cli._main import run

Captured = pytest.CaptureFixture[str]
FILES = {
    "component": "name: x\ntype: command\ncommand: echo hello\n",
    "environment": "name: x\nimage: python:3.11\nconda_file: ./conda.yml\n",
    "data": "name: x\ntype: uri_folder\npath: ./data\n",
    "model": "name: x\ntype: custom_model\npath: ./data\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "conda.yml").write_text("dependencies: [python=3.11]\n")
    for kind, text in FILES.items():
        (folder / f"{kind}.yml").write_text(text)
    monkeypatch.chdir(folder)
    return folder


def document(capsys: Captured, *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "-o", "json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("kind", list(FILES))
def test_every_kind_is_registered_shown_listed_archived_and_restored(
    kind: str, capsys: Captured
) -> None:
    assert run([kind, "create", "--file", f"{kind}.yml"]) == 0
    told = capsys.readouterr().out
    assert told == f"Registered the {kind} x, version 1.\nRefer to it as azureml:x:1\n"
    changed = ("--set", "description=d", "--version", "7")
    assert document(capsys, kind, "create", "-f", f"{kind}.yml", *changed)["id"] == "azureml:x:7"
    shown = document(capsys, kind, "show", "-n", "x", "--label", "latest")
    assert (shown["version"], shown["description"]) == ("7", "d")
    assert document(capsys, kind, "show", "-n", "x", "--version", "1")["version"] == "1"
    assert run([kind, "show", "-n", "x", "-v", "1"]) == 0
    assert "id: azureml:x:1\nname: x\n" in capsys.readouterr().out
    assert [found["version"] for found in document(capsys, kind, "list")] == ["7"]
    assert len(document(capsys, kind, "list", "--name", "x")) == 2
    assert len(document(capsys, kind, "list", "--name", "x", "-r", "1")) == 1
    assert run([kind, "archive", "-n", "x", "--version", "7"]) == 0
    assert [found["version"] for found in document(capsys, kind, "list", "-n", "x")] == ["1"]
    assert len(document(capsys, kind, "list", "-n", "x", "--include-archived")) == 2
    assert run([kind, "restore", "-n", "x"]) == 0
    assert [found["version"] for found in document(capsys, kind, "list")] == ["7"]


@pytest.mark.parametrize("kind", list(FILES))
def test_an_empty_list_and_an_unknown_name_are_told(kind: str, capsys: Captured) -> None:
    assert run([kind, "list"]) == 0
    assert f"no {kind} is registered" in capsys.readouterr().err
    assert run([kind, "create", "-f", f"{kind}.yml"]) == 0
    for command in ("show", "archive", "restore"):
        assert run([kind, command, "-n", "xx", "--version", "1"]) == 2
        assert "Did you mean 'x'?" in capsys.readouterr().err


def test_a_table_has_a_line_for_each(capsys: Captured) -> None:
    described = r'description="flowers \x1b[2J"'
    assert run(["data", "create", "-f", "data.yml", "--set", described]) == 0
    capsys.readouterr()
    assert run(["data", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "NAME  VERSION  TYPE        DESCRIPTION",
        r"x     1        uri_folder  flowers \x1b[2J",
    ]


def test_data_models_and_environments_need_no_file(capsys: Captured, project: Path) -> None:
    (project / "data" / "MLTable").write_text("paths: [{pattern: ./*}]\n")
    data = document(capsys, "data", "create", "-n", "d", "--path", "data", "--type", "mltable")
    assert (data["path"], data["type"]) == (str(project / "data"), "mltable")
    model = document(capsys, "model", "create", "-n", "m", "--path", "data")
    assert model["type"] == "custom_model"
    named = ("environment", "create", "-n", "e", "--image", "i", "--conda-file", "conda.yml")
    assert document(capsys, *named)["conda_file"] == {"dependencies": ["python=3.11"]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["component", "create"], "Give --file."),
        (["data", "create", "-n", "d"], "Give --file, or --path, or --type."),
        (["data", "create", "-n", "d", "--path", "data", "--set", "a=b"], "Give --file, too"),
        (["data", "create", "-n", "d", "--path", "nowhere"], "nothing at"),
        (["data", "create", "-f", "nowhere.yml"], "No such file"),
        (["data", "show", "-n", "d"], "Give version, or label"),
        (["component", "create", "-f", "component.yml", "--set", "type=commnd"], "'command'"),
    ],
)
def test_what_is_missing_is_told(arguments: list[str], says: str, capsys: Captured) -> None:
    assert run(arguments) == 2
    assert says in capsys.readouterr().err


def test_a_changed_component_needs_another_version(capsys: Captured) -> None:
    create = ["component", "create", "-f", "component.yml", "--version", "1"]
    assert run(create) == run(create) == 0
    assert run([*create, "--set", "command=ls"]) == 2
    assert "differs in command" in capsys.readouterr().err


def test_a_job_of_registered_assets_is_created_from_its_file(capsys: Captured) -> None:
    for kind in ("component", "data"):
        assert run([kind, "create", "-f", f"{kind}.yml"]) == 0
    Path("pipeline.yml").write_text(
        "type: pipeline\njobs:\n  a: {type: command, component: 'azureml:x@latest'}\n"
    )
    capsys.readouterr()
    assert run(["job", "create", "-f", "pipeline.yml", "--stream", "-o", "none"]) == 0
    assert "step a: Completed" in capsys.readouterr().err


def test_a_compute_is_attached_listed_and_shown(capsys: Captured) -> None:
    assert run(["compute", "attach", "big", "ray://head:10001"]) == 0
    assert "target: ray://head:10001" in capsys.readouterr().out
    assert run(["compute", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "local", "big"]
    assert document(capsys, "compute", "show", "--name", "big")["type"] == "ray"
    assert document(capsys, "compute", "show", "--name", "other")["type"] == "local"
    assert run(["compute", "attach", "big", "http://x"]) == 2
    assert "no target" in capsys.readouterr().err


def test_a_damaged_index_is_told_without_a_traceback(workspace: Path, capsys: Captured) -> None:
    assert run(["compute", "attach", "big", "local"]) == 0
    (workspace / "index.sqlite").write_bytes(b"no database at all" * 100)
    assert run(["compute", "list"]) == 2
    told = capsys.readouterr().err
    assert "is damaged" in told
    assert "Traceback" not in told
