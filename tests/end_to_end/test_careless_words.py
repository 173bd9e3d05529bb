"""What is misspelt, out of range or no text is told before anything starts, and never a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import (
    Input,
    MLClient,
    Output,
    command,
    load_component,
    load_compute,
    load_data,
    load_environment,
    load_job,
    load_model,
)
from parallelsdk.cli._main import run
from parallelsdk.dsl import pipeline
from parallelsdk.entities import Data, Model
from parallelsdk.exceptions import MlException
from tests.end_to_end.conftest import Project

Captured = pytest.CaptureFixture[str]
HELLO = (
    "type: command\ncommand: echo ${{inputs.who}}\ninputs: {who: you}\nenvironment: azureml:e:1\n"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARALLELSDK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hello.yml").write_text(HELLO)
    return tmp_path


@pytest.mark.parametrize("name", ["whoo", "nobody"])
def test_an_override_of_an_input_that_nothing_reads_is_told(name: str, here: Path) -> None:
    hint = "; did you mean 'who'?" if name == "whoo" else ""
    with pytest.warns(UserWarning, match=f"nothing reads an input '{name}'{hint}") as caught:
        load_job("hello.yml", params_override=[{f"inputs.{name}": 1}])
    assert len(caught) == 1


@pytest.mark.filterwarnings("error")
def test_an_override_that_gives_what_is_read_is_not(here: Path) -> None:
    job = load_job("hello.yml", params_override=[{"inputs.who": "all"}])
    assert job.component.inputs["who"].default == "all"
    (here / "open.yml").write_text(HELLO.replace("inputs: {who: you}\n", ""))
    load_job("open.yml", params_override=[{"inputs.who": "all"}])


def test_names_that_mean_nothing_are_told_when_a_component_is_registered(here: Path) -> None:
    (here / "c.yml").write_text(HELLO + "name: c\nis_determinstic: true\n")
    with pytest.warns(UserWarning, match="is_determinstic: .* did you mean 'is_deterministic'"):
        MLClient().components.create_or_update(load_component("c.yml"))


def test_names_that_mean_nothing_are_refused_in_a_cluster(here: Path) -> None:
    (here / "k.yml").write_text("name: k\ntype: amlcompute\nmin_instancs: 3\n")
    with pytest.raises(MlException, match=r"k.yml:3:1: min_instancs: .* 'min_instances'"):
        load_compute("k.yml")


@pytest.mark.parametrize(
    "load", [load_job, load_component, load_data, load_model, load_environment]
)
@pytest.mark.parametrize("source", [None, 3, 1.5])
def test_a_source_that_is_no_file_is_refused(load: Any, source: Any) -> None:
    with pytest.raises(MlException, match="source: must be the path of a file"):
        load(source)


@pytest.mark.parametrize("overrides", [["name=x"], 3, "x"])
def test_overrides_that_are_no_mappings_are_refused(overrides: Any, here: Path) -> None:
    with pytest.raises(MlException, match="params_override: must be a list of mappings"):
        load_job("hello.yml", params_override=overrides)


@pytest.mark.parametrize(
    "text", ['command: "a\\0b"', 'inputs: {"a\\0b": 1}', 'environment_variables: {A: "\\0"}']
)
def test_a_nul_character_in_a_file_is_told_with_its_place(text: str, here: Path) -> None:
    (here / "nul.yml").write_text(f"type: command\n{text}\nenvironment: azureml:e:1\n")
    with pytest.raises(MlException, match=r"nul.yml:2:\d+: .*a NUL character is part of no"):
        load_job("nul.yml")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"type": "uri_foldr"}, "the type 'uri_foldr', .* did you mean 'uri_folder'"),
        ({"type": "uri_file"}, "is a folder, and the type is uri_file"),
        ({"type": "mltable"}, "holds no file MLTable"),
        ({"path": "azureml://jobs/hello/output/o"}, "is not of the form azureml://jobs/"),
        ({"path": "azureml://jobs/hello"}, "is not of the form azureml://jobs/"),
    ],
)
def test_an_asset_that_nothing_could_use_is_not_registered(
    values: dict[str, str], said: str, here: Path
) -> None:
    (here / "folder").mkdir()
    with pytest.raises(MlException, match=said):
        MLClient().data.create_or_update(Data(**{"name": "x", "path": "folder", **values}))


@pytest.mark.parametrize("kind", ["table", "mltabel"])
def test_a_model_of_an_unknown_type_is_not_registered(kind: str, here: Path) -> None:
    with pytest.raises(MlException, match=f"the type '{kind}', which no such asset has"):
        MLClient().models.create_or_update(Model(name="m", path=str(here), type=kind))


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"A": "a\0b"}, "NUL character"),
        ({"A\0": "b"}, "is no name of an environment variable"),
        ({"A=B": "b"}, "is no name of an environment variable"),
        ({"": "b"}, "is no name of an environment variable"),
        ({"A": ["b"]}, "must be a text"),
    ],
)
def test_an_environment_variable_that_cannot_be_is_told(variables: Any, said: str) -> None:
    step = command(command="true", environment="azureml:e:1")

    @pipeline()
    def flow() -> None:
        one = step()
        one.environment_variables = variables

    [(path, told)] = flow()._validate().error_messages.items()
    assert path.startswith("jobs.one.environment_variables") and said in told


def test_warnings_of_the_command_line_name_no_line_of_ours(project: Project) -> None:
    project.write()
    done = project.run("job", "validate", "-f", "pipeline.yml", "--set", "inputs.nobody=1")
    warned = [line for line in done.stderr.splitlines() if "nobody" in line]
    assert len(warned) == 1 and warned[0].startswith("warning: override inputs.nobody: ")
    assert ".py" not in done.stderr


def test_a_nul_character_in_python_is_told_with_its_field() -> None:
    with pytest.raises(MlException, match=r"Output\.path: holds a NUL character"):
        Output(path="a\0b")


@pytest.mark.parametrize("name", [None, 3, "\udcff"])
def test_what_is_no_name_names_nothing(name: Any, here: Path) -> None:
    client = MLClient()
    for operations in (client.data, client.models, client.environments, client.components):
        with pytest.raises(MlException):
            operations.get(name, "1")
    for ask in (client.jobs.get, client.jobs.begin_cancel, client.datastores.get):
        with pytest.raises(MlException):
            ask(name)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("job prune --older-than 99999999999999d", "is over a thousand years"),
        ("job create -f hello.yml --save-as /nonexistent/x.yml", "is no place for a file"),
        ("job create -f hello.yml --save-as .", "is no place for a file"),
    ],
)
def test_what_cannot_be_is_refused_before_there_is_a_job(
    words: str, said: str, here: Path, capsys: Captured
) -> None:
    assert run(words.split()) == 2
    assert said in capsys.readouterr().err
    assert list(MLClient().jobs.list()) == []


def test_all_results_needs_no_value(here: Path) -> None:
    for words in ("", "true", "-o jsonc"):
        assert run(["job", "list", "--all-results", *words.split()]) == 0


def test_a_step_is_told_from_a_job(project: Project, capsys: Captured) -> None:
    job = MLClient().jobs.create_or_update(load_job(project.write()))
    MLClient().jobs.stream(job.name)
    child = f"{job.name}_score"
    for verb in ("show", "errors", "stream", "cancel"):
        assert run(["job", verb, "-n", child]) == 2
        assert f'"{child}" is the step score of the job {job.name}' in capsys.readouterr().err
    assert run(["job", "download", "-n", child, "-p", str(project.root / "dl")]) == 0
    assert MLClient().jobs.get(child).failures == []
    assert run(["job", "errors", "-n", str(job.name), "--mini-batch", "99"]) == 2
    assert "There is no mini-batch 99; they are numbered 0 to" in capsys.readouterr().err


def test_a_path_from_a_parameter_belongs_to_the_folder_of_the_script(here: Path) -> None:
    write = command(
        name="write",
        command="echo hi > ${{outputs.out}}/hi.txt",
        environment="azureml:e:1",
        outputs={"out": Output(type="uri_folder")},
    )

    @pipeline()
    def written(where: str) -> Any:
        step = write()
        step.outputs.out = Output(type="uri_folder", path=where)
        return {"out": step.outputs.out}

    client = MLClient()
    job = client.jobs.create_or_update(written("./there"))
    client.jobs.stream(job.name)
    assert (here / "there" / "hi.txt").read_text() == "hi\n"
    assert client.jobs.get(job.name).outputs["out"].path == str(here / "there")
    with pytest.raises(MlException, match="is empty; give it one"):
        client.jobs.create_or_update(written(""))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tags": {"lr": {"a": "b"}}}, "tags: lr must be a text"),
        ({"tags": {"lr": "a\0b"}}, "NUL character"),
        ({"tags": 3}, "tags: must be a mapping"),
        ({"description": "a\0b"}, "description: holds a NUL character"),
        ({"description": object()}, "description: must be a text"),
        ({"experiment_name": ["x"]}, "experiment_name: must be a text"),
    ],
)
@pytest.mark.parametrize("skip", [False, True])
def test_what_could_not_be_read_again_makes_no_job(
    given: dict[str, Any], said: str, skip: bool, here: Path
) -> None:
    client = MLClient()
    with pytest.raises(MlException, match=said):
        client.jobs.create_or_update(load_job("hello.yml"), **given, skip_validation=skip)
    assert list(client.jobs.list()) == []


def test_attributes_that_mean_nothing_are_told(here: Path) -> None:
    step = command(command="echo ${{inputs.a}}", environment="azureml:e:1", inputs={"a": Input()})

    @pipeline()
    def flow(a: Input) -> None:
        one = step(a=a)
        with pytest.warns(UserWarning, match="'moed' means nothing here; did you mean 'mode'"):
            one.inputs.a.moed = "download"

    job = flow(a=Input(path=str(here)))
    with pytest.warns(UserWarning, match="'force_rerun' .*settings.force_rerun"):
        job.force_rerun = True
    with pytest.warns(UserWarning, match="'compte' means nothing here; did you mean 'compute'"):
        job.compte = "x"


@pytest.mark.parametrize("name", ["names", "code_path", "document", "_to_dict", "__class__"])
@pytest.mark.parametrize("where", ["component", "step", "settings"])
def test_names_of_our_own_are_names_like_others(name: str, where: str, here: Path) -> None:
    (here / "c.yml").write_text(
        "type: command\nname: c\ncommand: ls\nenvironment: azureml:e:1\n"
        + (f"{name}: x\n" if where == "component" else "")
    )
    (here / "j.yml").write_text(
        "type: pipeline\njobs:\n  one:\n    component: ./c.yml\n"
        + (f"    {name}: x\n" if where == "step" else "")
        + (f"settings: {{{name}: x}}\n" if where == "settings" else "")
    )
    result = MLClient().jobs.validate(load_job("j.yml"))
    assert result.passed and any(path.endswith(f".{name}") for path in result.warnings)
