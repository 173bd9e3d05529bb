"""Compute names answer, because this machine stands in for every one of them."""

from __future__ import annotations

import pytest

from parallelsdk.client.compute import ComputeOperations, core_count
from parallelsdk.exceptions import ValidationException


def test_a_name_that_nobody_attached_means_this_machine() -> None:
    found = ComputeOperations().get("azureml:cpu-cluster")
    assert (found.name, found.type, found.cores) == ("cpu-cluster", "local", core_count())
    assert f"size: {found.size}" in str(found)
    assert "stands in for cpu-cluster" in str(found)


def test_the_list_holds_this_machine() -> None:
    assert [compute.name for compute in ComputeOperations().list()] == ["local"]


@pytest.mark.parametrize("name", ["", "  ", None, 5])
def test_what_is_no_name_is_refused(name: object) -> None:
    with pytest.raises(ValidationException, match="no name of a compute"):
        ComputeOperations().get(name)  # type: ignore[arg-type]


def test_at_least_one_core_is_counted() -> None:
    assert core_count() >= 1
