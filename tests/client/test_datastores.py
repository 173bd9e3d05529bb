"""Datastores are folders, in the workspace or where its configuration says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from parallelsdk import MLClient
from parallelsdk.client.datastores import with_located_data
from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.layout import Workspace
from tests.client.job_folders import prepared_job, two_step_plan


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


def configure(store: Workspace, text: str) -> None:
    store.config.write_text(text)


def local(store: Workspace, uri: str) -> str:
    folder, _ = prepared_job(store)
    plan = two_step_plan(folder)
    port = dataclasses.replace(plan.steps[1].inputs[0], uri=uri)
    step = dataclasses.replace(plan.steps[1], inputs=(port,))
    found, problems = with_located_data(dataclasses.replace(plan, steps=(step,)), store)
    assert problems == {}
    return str(found.steps[0].inputs[0].uri)


def test_a_datastore_is_a_folder_of_the_workspace(store: Workspace) -> None:
    expected = store.root / "datastores" / "mine"
    assert MLClient().datastores.get("mine").path == str(expected)
    assert local(store, "azureml://datastores/mine/paths/a/b") == str(expected / "a" / "b")


def test_the_configuration_maps_a_name_to_another_folder(store: Workspace, tmp_path: Path) -> None:
    configure(store, f'[datastores]\nmine = "{tmp_path}/images"\nnear = "stores/near"\n')
    long = "azureml://subscriptions/s/resourceGroups/r/workspaces/w/datastores/mine/paths/a/b"
    assert local(store, long) == f"{tmp_path}/images/a/b"
    stores = {found.name: found.path for found in MLClient().datastores.list()}
    assert stores["mine"] == f"{tmp_path}/images"
    assert stores["near"] == str(store.root / "stores" / "near")


@pytest.mark.parametrize("path", ["", "x/"])
def test_the_root_of_a_datastore_is_its_folder(path: str, store: Workspace, tmp_path: Path) -> None:
    configure(store, f'[datastores]\nmine = "{tmp_path}"\n')
    assert local(store, f"azureml://datastores/mine/paths/{path}").startswith(str(tmp_path))


def test_the_default_datastore_is_azures(store: Workspace) -> None:
    assert MLClient().datastores.get_default().name == "workspaceblobstore"
    (store.root / "datastores" / "used").mkdir(parents=True)
    assert [found.name for found in MLClient().datastores.list()] == ["used", "workspaceblobstore"]


@pytest.mark.parametrize("text", ["[datastores", "[datastores]\na = 5", "datastores = 7"])
def test_a_configuration_that_cannot_be_read_is_told(text: str, store: Workspace) -> None:
    configure(store, text)
    with pytest.raises(ValidationException, match=r"config\.toml"):
        MLClient().datastores.get("mine")


@pytest.mark.parametrize("name", ["../x", "", "a/b"])
def test_what_is_no_name_is_refused(name: str, store: Workspace) -> None:
    with pytest.raises(ValidationException, match="no valid datastore name"):
        MLClient().datastores.get(name)
