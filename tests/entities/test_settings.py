"""Groups of settings: what each field accepts, and how a bad value is answered."""

from __future__ import annotations

from typing import Any

import pytest

from parallelsdk.entities import (
    BatchRetrySettings,
    JobResourceConfiguration,
    ParallelComponent,
    PipelineJobSettings,
    ResourceConfiguration,
    RetrySettings,
)
from parallelsdk.exceptions import ValidationException


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mini_batch_size", "10 bananas"),
        ("mini_batch_size", 1.5),
        ("error_threshold", -2),
        ("error_threshold", "5"),
        ("error_threshold", True),
        ("mini_batch_error_threshold", -2),
        ("max_concurrency_per_instance", 0),
        ("logging_level", "debug"),
        ("partition_keys", "Store"),
        ("retry_settings", 3),
        ("task", "score.py"),
        ("resources", [2]),
    ],
)
def test_a_bad_setting_is_answered_on_the_spot_with_its_name(name: str, value: Any) -> None:
    with pytest.raises(ValidationException, match=rf"ParallelComponent\.{name}"):
        ParallelComponent(**{name: value})


def test_a_bad_size_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="mini_batch_size"):
        ParallelComponent(mini_batch_size="3tb")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": 259_201}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
    ],
)
def test_retry_settings_know_their_ranges(fields: dict[str, int], name: str) -> None:
    with pytest.raises(
        ValidationException, match=rf"RetrySettings\.{name}: must be a whole number"
    ):
        RetrySettings(**fields)


def test_numbers_written_as_text_are_accepted_where_azure_does() -> None:
    assert RetrySettings(max_retries="2").max_retries == 2
    assert JobResourceConfiguration(instance_count="3").instance_count == 3


def test_mappings_become_objects_and_unknown_keys_are_dropped_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="RetrySettings: 'nonsense' means nothing here") as told:
        component = ParallelComponent(
            retry_settings={"max_retries": 1, "timeout": 5, "nonsense": 1},
            resources={"instance_count": 2},
            task={"code": "./src", "entry_script": "s.py"},
        )
    assert [warning.filename for warning in told] == [__file__]
    assert component.retry_settings == RetrySettings(max_retries=1, timeout=5)
    assert component.resources == JobResourceConfiguration(instance_count=2)
    assert component.task is not None and component.task.type == "run_function"


def test_the_other_spellings_are_accepted() -> None:
    component = ParallelComponent(
        retry_settings=BatchRetrySettings(timeout=5),
        resources=ResourceConfiguration(instance_count=2),
    )
    assert component.retry_settings is not None and component.retry_settings.timeout == 5
    assert ParallelComponent(mini_batch_size=10).mini_batch_size == 10
    assert ParallelComponent(mini_batch_size="10kb").mini_batch_size == 10_240


def test_resources_and_instance_count_together_are_refused() -> None:
    with pytest.raises(ValidationException, match="not both"):
        ParallelComponent(resources={"instance_count": 2}, instance_count=2)


def test_unset_fields_read_none_and_do_not_print() -> None:
    with pytest.warns(UserWarning, match="'my_own' means nothing here"):
        settings = PipelineJobSettings(default_compute="cpu", my_own="kept")
    assert settings.force_rerun is None
    assert settings._to_dict() == {"default_compute": "azureml:cpu", "my_own": "kept"}


def test_settings_are_compared_by_value_and_checked_when_assigned() -> None:
    settings = RetrySettings(timeout=5)
    settings.timeout = 6
    assert settings == RetrySettings(timeout=6)
    with pytest.raises(ValidationException, match=r"RetrySettings\.timeout.*found 'soon'"):
        settings.timeout = "soon"  # type: ignore[assignment]
    assert settings.timeout == 6
