"""Compute names answer, because this machine stands in for every one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallelsdk import MLClient, load_job
from parallelsdk.client.compute import Compute, ComputeOperations
from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.runtime.capacity import core_count


def test_a_name_that_nobody_attached_means_this_machine(tmp_path: Path) -> None:
    found = ComputeOperations(Workspace(tmp_path)).get("azureml:cpu-cluster")
    assert (found.name, found.type, found.cores) == ("cpu-cluster", "local", core_count())
    assert f"size: {found.size}" in str(found)
    assert "stands in for cpu-cluster" in str(found)


def test_the_list_holds_this_machine(tmp_path: Path) -> None:
    assert [compute.name for compute in ComputeOperations(Workspace(tmp_path)).list()] == ["local"]


@pytest.mark.parametrize("name", ["", "  ", None, 5])
def test_what_is_no_name_is_refused(name: object, tmp_path: Path) -> None:
    with pytest.raises(ValidationException, match="no name of a compute"):
        ComputeOperations(Workspace(tmp_path)).get(name)  # type: ignore[arg-type]


def test_at_least_one_core_is_counted() -> None:
    assert core_count() >= 1


def test_an_attached_name_is_remembered(workspace: Path) -> None:
    MLClient().compute.attach("big", "dask://scheduler:8786")
    found = MLClient().compute.get("azureml:big")
    assert (found.type, found.target, found.cores) == ("dask", "dask://scheduler:8786", None)
    assert [compute.name for compute in MLClient().compute.list()] == ["local", "big"]


def test_what_azure_calls_a_cluster_stands_for_this_machine(workspace: Path) -> None:
    class Cluster:
        name = "cpu-cluster"
        size = "STANDARD_D2"

    client = MLClient()
    for begin in (client.compute.begin_create_or_update, client.begin_create_or_update):
        assert begin(Cluster()).result().type == "local"
    poller = client.compute.begin_create_or_update(Compute("far", "ray://head:10001"))
    assert (poller.done(), poller.result().target) == (True, "ray://head:10001")


@pytest.mark.parametrize("target", ["", "dask", "http://x", None, "local:1", "dask://a b"])
def test_what_is_no_target_is_refused(target: object, workspace: Path) -> None:
    with pytest.raises(ValidationException, match="no target of a compute"):
        MLClient().compute.attach("big", target)  # type: ignore[arg-type]
    with pytest.raises(ValidationException, match="always means this machine"):
        MLClient().compute.attach("local", "dask://x:1")


def test_a_job_for_an_engine_that_is_not_there_is_refused_where_it_names_it(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.yml").write_text(
        "type: pipeline\nsettings:\n  default_compute: azureml:big\njobs:\n"
        "  a: {type: command, command: ls}\n  b: {type: command, command: ls, compute: big}\n"
    )
    client = MLClient()
    job = load_job("pipeline.yml")
    assert client.jobs.validate(job).passed
    client.compute.attach("big", "dask://scheduler:8786")
    result = client.jobs.validate(job)
    assert {path: result.places[path] for path in result.error_messages} == {
        "settings.default_compute": "pipeline.yml:3:3",
        "jobs.b.compute": "pipeline.yml:6:35",
    }
    for skip in (True, False):
        with pytest.raises(ValidationException, match="no engine for that yet"):
            client.jobs.create_or_update(job, skip_validation=skip)
    client.compute.attach("big", "local")
    assert client.jobs.validate(job).passed
