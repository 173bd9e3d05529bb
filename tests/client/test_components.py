"""Registered components: complete, on their own, and none is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from parallelsdk import Input, MLClient, Output, command, load_component
from parallelsdk.dsl import pipeline
from parallelsdk.entities import Parallel
from parallelsdk.exceptions import AssetException, UserErrorException, ValidationException
from parallelsdk.parallel import RunFunction, parallel_run_function

SCRIPT = "def run(mini_batch):\n    return mini_batch\n"
REGISTER = """
import sys
from parallelsdk import MLClient, command
client = MLClient()
for number in range(200):
    name = "shared" if number % 2 else "own_" + sys.argv[1]
    component = command(name=name, command=f"echo {sys.argv[1]} {number}").component
    client.components.create_or_update(component)
"""


@pytest.fixture
def client(workspace: Path) -> MLClient:
    return MLClient()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "score.py").write_text(SCRIPT)
    monkeypatch.chdir(folder)
    return folder


def scoring(**changes: str) -> Parallel:
    return parallel_run_function(
        name="score",
        inputs={
            "data": Input(type="uri_folder"),
            "rate": Input(type="number", default=0.5, min=0, max=1, optional=True),
        },
        outputs={"rows": Output(type="uri_file")},
        input_data="${{inputs.data}}",
        mini_batch_size="10kb",
        retry_settings={"max_retries": 1, "timeout": 5},
        task=RunFunction(
            **{
                "code": "./src",
                "entry_script": "score.py",
                "append_row_to": "${{outputs.rows}}",
                "program_arguments": "--rate $[[${{inputs.rate}}]]",
                **changes,
            }
        ),
    )


def test_two_processes_that_register_at_once_lose_nothing(
    client: MLClient, workspace: Path
) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", REGISTER, name]) for name in ("a", "b")]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    shared = list(client.components.list("shared"))
    assert sorted(int(str(found.version)) for found in shared) == list(range(1, 201))
    told = {found.command for found in shared}
    assert told == {f"echo {who} {number}" for who in "ab" for number in range(1, 200, 2)}
    for who in "ab":
        own = [found.command for found in client.components.list(f"own_{who}")]
        assert own == [f"echo {who} {number}" for number in range(198, -1, -2)]


def test_a_component_comes_back_as_it_was_but_with_code_of_its_own(
    client: MLClient, project: Path, workspace: Path
) -> None:
    stored = client.components.create_or_update(scoring())
    assert (stored.id, stored.version) == ("azureml:score:1", "1")
    shutil.rmtree(project / "src")
    found = client.components.get("score")
    code = Path(found.task.code)
    assert code.is_relative_to(workspace / "code")
    assert (code / "score.py").read_text() == SCRIPT
    expected = {**scoring().component._to_dict(), "version": "1"}
    expected["task"]["code"] = str(code)
    assert found._to_dict() == expected
    node = found(data=Input(path="./x"), rate=0.7)
    assert (node.type, node.retry_settings.max_retries) == ("parallel", 1)


def test_a_component_is_found_by_each_label_and_by_none(client: MLClient, project: Path) -> None:
    client.components.create_or_update(scoring(), version="1")
    client.components.create_or_update(scoring(program_arguments="--new"), version="2")
    for words in ({}, {"label": "default"}, {"label": "latest"}, {"version": "2"}):
        assert client.components.get("score", **words).version == "2"
    assert client.components.get("score", "1").version == "1"


def test_changed_code_is_another_content(client: MLClient, project: Path) -> None:
    first = client.components.create_or_update(scoring(), version="1")
    assert client.components.create_or_update(scoring(), version="1") == first
    (project / "src" / "score.py").write_text(SCRIPT + "# changed\n")
    with pytest.raises(AssetException, match=r"score:1 .*differs in task"):
        client.components.create_or_update(scoring(), version="1")
    assert client.components.create_or_update(scoring()).version == "2"
    assert client.components.get("score", "1") == first


def test_equal_code_is_stored_once(client: MLClient, project: Path, workspace: Path) -> None:
    for name in ("a", "b"):
        component = scoring().component
        component.name = name
        client.components.create_or_update(component)
    assert len(list((workspace / "code").iterdir())) == 1


def test_a_component_from_a_file_is_registered_with_its_code(
    client: MLClient, project: Path
) -> None:
    (project / "train.yml").write_text(
        "name: train\nversion: 7\ntype: command\ncode: ./src\ncommand: python score.py\n"
        "environment: azureml:any:1\ninputs: {a: {type: integer, default: 1}}\n"
    )
    stored = client.components.create_or_update(load_component(project / "train.yml"))
    assert (stored.version, stored.command, stored.inputs["a"].default) == (
        "7",
        "python score.py",
        1,
    )
    assert (Path(stored.code) / "score.py").exists()


def test_a_pipeline_function_is_registered_with_all_its_steps(
    client: MLClient, project: Path
) -> None:
    score = scoring().component

    @pipeline(description="two")
    def twice(data: Input, rate: float = 0.1) -> dict[str, object]:
        first = score(data=data, rate=rate)
        second = score(data=first.outputs.rows)
        first.name, second.name = "first", "second"
        return {"rows": second.outputs.rows}

    stored = client.components.create_or_update(twice)
    assert (stored.id, stored.type, stored.description) == ("azureml:twice:1", "pipeline", "two")
    shutil.rmtree(project / "src")
    found = client.components.get("twice", label="latest")
    assert list(found.jobs) == ["first", "second"]
    assert (Path(found.jobs["second"].component.task.code) / "score.py").exists()
    assert str(project / "src") not in str(found)
    assert found.inputs["rate"].default == 0.1


def test_what_is_no_component_is_refused(client: MLClient) -> None:
    with pytest.raises(ValidationException, match="Decorate it with @pipeline"):
        client.components.create_or_update(lambda: None)
    with pytest.raises(UserErrorException, match="class Component"):
        client.components.create_or_update({"name": "a"})
    with pytest.raises(ValidationException, match="has no name"):
        client.components.create_or_update(command(command="ls"))
    with pytest.raises(UserErrorException, match="name of a registered component"):
        client.components.create_or_update(Parallel("azureml:a:1"))


def test_missing_code_is_refused_and_nothing_registered(client: MLClient, project: Path) -> None:
    with pytest.raises(ValidationException, match="code folder does not exist"):
        client.components.create_or_update(scoring(code="./nowhere"))
    assert list(client.components.list()) == []
