"""The samples that the guide links, in shape: they load, print, come back equal, and run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient, load_job
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import read_job
from tests.samples.conftest import SAMPLES


def steps(job: Any) -> dict[str, Any]:
    found: dict[str, Any] = job._to_dict()["jobs"]
    return found


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_validates(build: Callable[[str], Any], sample: str) -> None:
    found = build(sample)._validate()

    assert found.passed, found.error_messages


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_prints_dumps_and_loads_again_equal(
    build: Callable[[str], Any], sample: str, tmp_path: Path
) -> None:
    job = build(sample)
    (tmp_path / "elsewhere").mkdir()

    job.dump(tmp_path / "elsewhere" / "dumped.yml")
    again = load_job(tmp_path / "elsewhere" / "dumped.yml")
    again.dump(tmp_path / "elsewhere" / "twice.yml")
    twice = load_job(tmp_path / "elsewhere" / "twice.yml")

    assert again._to_dict() == job._to_dict()
    assert twice._to_dict() == job._to_dict()
    assert str(again) == str(job)
    assert list(again.jobs) == list(job.jobs)
    assert again._validate().passed


def run(job: Any, workspace: Path) -> JobRecord:
    client = MLClient()
    submitted = client.jobs.create_or_update(job)
    client.jobs.stream(submitted.name)
    record = read_job(Workspace.at(workspace).job(submitted.name))
    assert record.status == "Completed"
    return record


@pytest.mark.parametrize("sample", ["iris with a path", "iris with a path, Python"])
def test_iris_appends_its_rows_to_the_file_in_the_datastore(
    build: Callable[[str], Any], workspace: Path, sample: str
) -> None:
    record = run(build(sample), workspace)

    [file] = workspace.rglob("datastores/**/aggregated_returns.csv")
    names = [line.split()[-1] for line in file.read_text().splitlines()]
    assert names == ["small", "medium", "large", "small", "large"]
    assert record.name in str(file)


def test_mnist_runs_its_three_steps_one_after_another(
    build: Callable[[str], Any], workspace: Path
) -> None:
    record = run(build("mnist in three steps"), workspace)

    assert [step.name for step in record.steps] == [
        "prepare_data",
        "predict_digits_mnist",
        "view_prediction_result",
    ]
    assert record.step("predict_digits_mnist").total == 3
    log = Workspace.at(workspace).job(record.name).step("view_prediction_result").logs
    assert "12 of 12 are right" in (log / "std_log.txt").read_text()


@pytest.mark.parametrize("sample", ["mnist with a path", "mnist with a path, Python"])
def test_mnist_appends_its_answers_to_the_file_in_the_datastore(
    build: Callable[[str], Any], workspace: Path, sample: str
) -> None:
    run(build(sample), workspace)

    [file] = workspace.rglob("datastores/**/answers.txt")
    assert file.read_text().splitlines()[-1] == "bars_11.txt 11"


@pytest.mark.parametrize("sample", ["partitions by keys", "partitions by keys, Python"])
def test_a_model_is_made_of_each_partition(
    build: Callable[[str], Any], workspace: Path, sample: str
) -> None:
    record = run(build(sample), workspace)

    step = record.steps[1]
    models = sorted(Path(step.outputs["model_folder"].path).iterdir())
    assert step.total == 6
    assert [path.stem for path in models] == [
        f"{store}_{brand}" for store in (1, 2) for brand in ("apple", "plum", "quince")
    ]
    assert json.loads(models[-1].read_text()) == {"mean": 22.0, "env": "sample"}


def test_what_yaml_settings_become(build: Callable[[str], Any]) -> None:
    step = steps(build("partitions by keys"))["parallel_train"]

    assert step["partition_keys"] == ["Store", "Brand"]
    assert step["inputs"]["data_source"]["mode"] == "direct"
    assert step["inputs"]["drop_cols"] == "Advert,Price"
    assert (step["error_threshold"], step["mini_batch_error_threshold"]) == (-1, 5)
    assert step["compute"] == "azureml:cpu-cluster"


def test_ten_kilobytes_are_10240_bytes_and_stay_kilobytes(build: Callable[[str], Any]) -> None:
    job = build("iris with a path")
    assert job.jobs["batch_prediction"].mini_batch_size == 10240
    assert steps(job)["batch_prediction"]["mini_batch_size"] == "10kb"


def test_an_instance_overrides_the_function_and_keeps_its_name(
    build: Callable[[str], Any],
) -> None:
    found = steps(build("partitions by keys, Python"))
    step = found["train_many_models_with_partition_keys"]
    component = step["component"]

    assert list(found) == ["partition_job", "train_many_models_with_partition_keys"]
    assert step["resources"] == {"instance_count": 3}
    assert (step["max_concurrency_per_instance"], step["mini_batch_error_threshold"]) == (2, 10)
    assert component["resources"] == {"instance_count": 2}
    assert component["max_concurrency_per_instance"] == 1
    assert component["mini_batch_error_threshold"] == 5
    assert "mode" not in step["inputs"]["data_source"]
    assert component["inputs"]["data_source"]["mode"] == "direct"
