"""A step that stands alone is checked, told and written by what its own file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient, load_component, load_job
from parallelsdk.cli._main import run
from parallelsdk.dsl import pipeline
from parallelsdk.exceptions import ValidationException

COMMAND = """\
command: echo ${{inputs.b}} ${{inputs.c}}
code: ./nosuch
environment: azureml:e:1
inputs:
  a: 1
  c: ${{parent.inputs.x}}
identity: {type: managd}
"""
PIPELINE = """\
type: pipeline
name: flow
inputs: {x: {type: integer}}
jobs:
  one:
    type: command
    environment: azureml:e:1
    command: echo ${{inputs.b}}
    inputs: {a: 1}
"""
NEEDY = "name: c\ncommand: echo ${{inputs.a}}\ninputs: {a: {type: integer}}\n"
OWN = {"command": "c.yml:1:1", "code": "c.yml:2:1", "identity.type": "c.yml:7:12"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARALLELSDK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yml").write_text(COMMAND)
    (tmp_path / "p.yml").write_text(PIPELINE)
    return tmp_path


def test_a_command_of_a_file_tells_its_faults_by_its_own_names_and_places() -> None:
    result = load_job("c.yml")._validate()
    assert {path: result.places[path] for path in result.error_messages} == OWN


def test_the_client_adds_what_a_lonely_step_cannot_know() -> None:
    result = MLClient().jobs.validate(load_job("c.yml"))
    places = {path: result.places[path] for path in result.error_messages}
    assert places == {"inputs.c": "c.yml:6:3", **OWN}


@pytest.mark.parametrize("skip", [False, True])
def test_what_is_submitted_is_refused_with_the_places(skip: bool) -> None:
    with pytest.raises(ValidationException, match=r"c\.yml:1:1: command: "):
        MLClient().jobs.create_or_update(load_job("c.yml"), skip_validation=skip)


def test_the_command_line_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "validate", "-f", "c.yml"]) != 0
    told = capsys.readouterr().err
    assert "c.yml:2:1: code: the code folder does not exist" in told
    assert "jobs." not in told


def test_a_called_pipeline_file_is_checked_by_its_own_places() -> None:
    component: Any = load_component("p.yml")
    for checked in (component(x=1)._validate(), MLClient().jobs.validate(component(x=1))):
        assert checked.places == {"jobs.one.component.command": "p.yml:8:5"}
    assert "x" in component()._validate().error_messages["inputs.x"]


def test_a_step_in_a_pipeline_can_be_checked_by_itself(here: Path) -> None:
    (here / "c.yml").write_text(NEEDY)
    component: Any = load_component("c.yml")
    found = []

    @pipeline()
    def flow(n: int) -> None:
        found.append(component(a=n))
        found.append(component())

    flow(n=1)
    assert found[0]._validate().passed
    assert not found[1]._validate().passed


def test_a_lonely_command_is_written_and_read_again(here: Path) -> None:
    (here / "c.yml").write_text("command: echo ${{inputs.a}}\ninputs: {a: 1}\ncompute: azureml:k\n")
    job: Any = load_job("c.yml")
    job.dump("again.yml")
    again: Any = load_job("again.yml")
    assert again._to_dict() == job._to_dict() and again._validate().passed
