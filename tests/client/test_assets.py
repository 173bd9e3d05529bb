"""Environments, data and models in a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient, command
from parallelsdk.entities import BuildContext, Data, Environment, Model
from parallelsdk.exceptions import AssetException, UserErrorException, ValidationException

CONDA = {"name": "e", "dependencies": ["python=3.11", {"pip": ["pandas"]}]}


@pytest.fixture
def client(workspace: Path) -> MLClient:
    return MLClient()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_a_data_asset_comes_back_as_it_was_registered(client: MLClient, folder: Path) -> None:
    (folder / "MLTable").write_text("paths: [{pattern: ./*}]\n")
    given = Data(name="iris", path=folder, type="mltable", description="d", tags={"a": "b"})
    stored = client.data.create_or_update(given)
    assert (stored.name, stored.version, stored.id) == ("iris", "1", "azureml:iris:1")
    assert given.version is None
    found = client.data.get("iris", version="1")
    assert found == stored
    assert (found.path, found.type, found.tags) == (str(folder), "mltable", {"a": "b"})


@pytest.mark.parametrize(
    "environment",
    [
        Environment(name="e", image="python:3.11"),
        Environment(name="e", image="python:3.11", conda_file=CONDA, tags={"a": "b"}),
        Environment(name="e", build=BuildContext(path="./docker"), description="d"),
    ],
)
def test_an_environment_comes_back_in_every_form(
    environment: Environment, client: MLClient
) -> None:
    client.environments.create_or_update(environment)
    found = client.environments.get("e", label="latest")
    environment.version = "1"
    assert found._to_dict() == environment._to_dict()


def test_assets_without_a_name_get_one(client: MLClient, folder: Path) -> None:
    assert client.data.create_or_update(Data(path=folder)).name
    model = Model(path=folder)
    first = client.models.create_or_update(model)
    assert first.name == client.models.create_or_update(model).name
    anonymous = client.environments.create_or_update(Environment(image="x"))
    assert anonymous.name == "CliV2AnonymousEnvironment"


def test_a_version_that_is_there_never_changes_but_its_description_may(
    client: MLClient, folder: Path
) -> None:
    client.data.create_or_update(Data(name="d", version="5", path=folder))
    client.data.create_or_update(Data(name="d", version="5", path=folder, description="new"))
    assert client.data.get("d", "5").description == "new"
    with pytest.raises(AssetException, match="differs in path"):
        client.data.create_or_update(Data(name="d", version="5", path=folder.parent))


@pytest.mark.parametrize("kind", ["environments", "data", "models"])
def test_get_asks_for_a_version_or_a_label_and_not_for_both(kind: str, client: MLClient) -> None:
    operations = getattr(client, kind)
    with pytest.raises(ValidationException, match="Give version, or label='latest'"):
        operations.get("a")
    with pytest.raises(ValidationException, match="not both"):
        operations.get("a", version="1", label="latest")
    with pytest.raises(AssetException, match="called 'a'"):
        operations.get("a", "1")


def test_a_list_shows_the_newest_of_each_or_all_versions_of_one(
    client: MLClient, folder: Path
) -> None:
    for name in ("a", "b", "a"):
        client.data.create_or_update(Data(name=name, path=folder))
    assert [(d.name, d.version) for d in client.data.list()] == [("a", "2"), ("b", "1")]
    assert [d.version for d in client.data.list(name="a")] == ["2", "1"]
    assert list(client.data.list(name="zzz")) == []


def test_archived_assets_are_hidden_and_can_still_be_used(client: MLClient, folder: Path) -> None:
    for _ in range(2):
        client.data.create_or_update(Data(name="a", path=folder))
    client.data.archive("a", label="latest")
    assert [d.version for d in client.data.list("a")] == ["1"]
    assert [d.version for d in client.data.list("a", list_view_type="ArchivedOnly")] == ["2"]
    assert len(list(client.data.list("a", list_view_type="All"))) == 2
    assert client.data.get("a", "2").version == "2"
    client.data.archive("a")
    assert list(client.data.list()) == []
    client.data.restore("a")
    assert [d.version for d in client.data.list("a")] == ["2", "1"]
    for call in (client.data.archive, client.data.restore):
        with pytest.raises(AssetException, match="called 'b'"):
            call("b")
    with pytest.raises(ValidationException, match="no list_view_type"):
        list(client.data.list("a", list_view_type="Everything"))


def test_a_path_that_is_not_there_is_refused(client: MLClient, tmp_path: Path) -> None:
    with pytest.raises(ValidationException, match="nothing at"):
        client.data.create_or_update(Data(name="a", path=tmp_path / "nowhere"))
    with pytest.raises(ValidationException, match="has no path"):
        client.models.create_or_update(Model(name="a"))
    url = "https://example.org/a.csv"
    assert client.data.create_or_update(Data(name="a", path=url)).path == url


@pytest.mark.parametrize("given", [{"name": "a"}, None, Environment(image="x")])
def test_an_object_of_another_kind_is_refused(given: Any, client: MLClient) -> None:
    with pytest.raises(UserErrorException, match="Expected an object of the class Data"):
        client.data.create_or_update(given)


def test_the_client_finds_the_place_for_every_entity(client: MLClient, folder: Path) -> None:
    for entity in (Data(name="x", path=folder), Model(name="x", path=folder)):
        assert client.create_or_update(entity).id == "azureml:x:1"
    assert client.create_or_update(Environment(name="x", image="i")).id == "azureml:x:1"
    assert [len(list(o.list())) for o in (client.data, client.models, client.environments)] == [
        1,
        1,
        1,
    ]


def test_the_client_takes_jobs_and_components_as_well(client: MLClient) -> None:
    hello = command(name="hello", command="true", environment="AzureML-minimal")

    assert client.create_or_update(hello.component, version="7").version == "7"
    assert client.components.get("hello").version == "7"
    job = client.create_or_update(hello)
    client.jobs.stream(job.name)
    assert client.jobs.get(job.name).status == "Completed"


def test_a_client_that_only_reads_makes_no_workspace(client: MLClient, workspace: Path) -> None:
    for operations in (client.data, client.jobs, client.compute, client.datastores):
        list(operations.list())
    assert client.workspaces.get("any").name == "any"
    assert not workspace.exists()
