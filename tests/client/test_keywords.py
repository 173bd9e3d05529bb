"""Keywords of client calls that nothing heeds are told, and those of Azure's requests are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient, command
from parallelsdk.client.assets import AssetOperations
from parallelsdk.entities import Data
from parallelsdk.exceptions import BadTypeError, BadValueError

Call = Callable[[MLClient], Any]
JOB = command(name="one", command="true", environment="azureml:e:1")

CARELESS: list[tuple[str, Call, str]] = [
    ("jobs.list", lambda c: c.jobs.list(parent="x"), "did you mean 'parent_job_name'"),
    ("jobs.list of a tag", lambda c: c.jobs.list(tag="x"), "'tag' means nothing here"),
    ("jobs.validate", lambda c: c.jobs.validate(JOB, raise_on_failur=True), "'raise_on_failure'"),
    (
        "components.create_or_update",
        lambda c: c.components.create_or_update(JOB, verion="3"),
        "did you mean 'version'",
    ),
    ("components.validate", lambda c: c.components.validate(JOB, raise_on=True), "'raise_on_fail"),
    ("workspaces.get", lambda c: c.workspaces.get(nam="x"), "did you mean 'name'"),
    ("MLClient", lambda _: MLClient(worksapce_name="x"), "did you mean 'workspace_name'"),
    ("from_config", lambda _: MLClient.from_config(fil_name="x"), "did you mean 'file_name'"),
    (
        "create_or_update of an asset",
        lambda c: c.create_or_update(Data(name="d", path="."), verion="3"),
        "'verion' means nothing here",
    ),
    ("data.archive", lambda c: c.data.archive("d", versoin="1"), "did you mean 'version'"),
]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MLClient:
    monkeypatch.setenv("PARALLELSDK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    client = MLClient()
    client.data.create_or_update(Data(name="d", version="1", path="."))
    return client


@pytest.mark.parametrize(
    ("call", "told"),
    [(call, told) for _, call, told in CARELESS],
    ids=[name for name, *_ in CARELESS],
)
def test_a_keyword_that_nothing_heeds_is_told_once(call: Call, told: str, client: MLClient) -> None:
    with pytest.warns(UserWarning, match=told) as found:
        call(client)
    assert len(found) == 1
    assert found[0].filename == __file__


@pytest.mark.filterwarnings("error")
def test_keywords_of_azure_and_of_its_requests_are_taken(client: MLClient) -> None:
    MLClient(None, "a", "b", "c", logging_enable=True, cloud="AzureCloud", show_progress=False)
    MLClient.from_config(None, workspace_name="x", enable_telemetry=False)
    list(client.jobs.list(headers={}, max_results=3))
    client.workspaces.get("x", resource_group="y")
    client.datastores.get_default(include_secrets=True)
    list(client.workspaces.list(scope="subscription"))


@pytest.mark.parametrize("name", ["data", "models", "environments", "components"])
def test_a_list_takes_the_keywords_of_azures_alone(name: str, client: MLClient) -> None:
    operations: AssetOperations[Any] = getattr(client, name)
    with pytest.raises(TypeError, match="list_view_typ"):
        operations.list(list_view_typ="x")  # type: ignore[call-arg]


def test_what_is_no_path_is_refused(client: MLClient) -> None:
    with pytest.raises(BadTypeError, match="download_path: must be a path, found 3"):
        client.jobs.download("x", download_path=3)  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match="download_path: a NUL character"):
        client.jobs.download("x", download_path="a\0b")
    with pytest.raises(BadTypeError, match="path: must be a path, found 3"):
        MLClient(path=3)
    with pytest.raises(BadTypeError, match="dest: must be a path, found 3"):
        JOB.dump(3)  # type: ignore[arg-type]
