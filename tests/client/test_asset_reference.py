"""What users write to name an asset, and what they are told when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallelsdk.exceptions import AssetException
from parallelsdk.jobstore.asset_reference import (
    AssetReference,
    kind_of_input,
    look_up,
    parse_reference,
)
from parallelsdk.jobstore.assets import AssetKind, AssetStore
from parallelsdk.jobstore.layout import Workspace

LONG = "azureml:/subscriptions/s/resourceGroups/r/providers/p/workspaces/w"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("azureml:iris:1", AssetReference("iris", "1")),
        ("azureml:iris@latest", AssetReference("iris", label="latest")),
        ("azureml:iris", AssetReference("iris")),
        ("iris:1.2-b", AssetReference("iris", "1.2-b")),
        ("my-iris_2.x@latest", AssetReference("my-iris_2.x", label="latest")),
        (f"{LONG}/data/iris/versions/3", AssetReference("iris", "3")),
        (f"{LONG}/components/c/labels/latest", AssetReference("c", label="latest")),
    ],
)
def test_a_reference_is_read_in_every_form(text: str, expected: AssetReference) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("iris", "./iris:1", "a/b:1", "https://x/y:1", "azureml:", "azureml:a:b:c", ""),
        *("azureml://datastores/d/paths/p", "azureml://registries/r/data/d/versions/1"),
    ],
)
def test_what_is_no_reference_is_left_alone(text: str) -> None:
    assert parse_reference(text) is None


def test_inputs_of_a_model_type_name_models() -> None:
    assert kind_of_input("mlflow_model") == AssetKind.MODEL
    assert kind_of_input("mltable") == kind_of_input(None) == AssetKind.DATA


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    store = AssetStore(Workspace(tmp_path / "workspace"))
    for n in range(3):
        store.register(AssetKind.DATA, "iris", None, {"n": n}, {})
    return store


def test_the_latest_is_the_newest_that_is_not_archived(store: AssetStore) -> None:
    latest = AssetReference("iris", label="latest")
    assert look_up(store, AssetKind.DATA, latest).version == "3"
    store.set_archived(AssetKind.DATA, "iris", "3", archived=True)
    assert look_up(store, AssetKind.DATA, latest).version == "2"
    assert look_up(store, AssetKind.DATA, AssetReference("iris", "3")).archived


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        (AssetReference("irs", "1"), "no data asset called 'irs' .* Did you mean 'iris'"),
        (AssetReference("zzz"), "Known: iris"),
        (AssetReference("iris", "7"), "no version '7'. There are: 3, 2, 1"),
        (AssetReference("iris", label="prod"), "the only label is 'latest'"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    reference: AssetReference, says: str, store: AssetStore
) -> None:
    with pytest.raises(AssetException, match=says):
        look_up(store, AssetKind.DATA, reference)


def test_an_archived_asset_has_no_latest_version(store: AssetStore) -> None:
    store.set_archived(AssetKind.DATA, "iris", None, archived=True)
    with pytest.raises(AssetException, match=r"All versions .* archived"):
        look_up(store, AssetKind.DATA, AssetReference("iris"))
