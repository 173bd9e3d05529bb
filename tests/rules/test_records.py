"""Mappings that only Azure's service reads: a wrong name or word in one is found here already."""

from __future__ import annotations

from typing import Any

import pytest

from parallelsdk.rules.records import RECORDS

RIGHT: list[tuple[str, Any]] = [
    ("distribution", {"type": "mpi", "process_count_per_instance": 2}),
    ("distribution", {"type": "PyTorch"}),
    ("distribution", {"type": "ray", "head_node_additional_args": "--x"}),
    ("identity", {"type": "managed", "client_id": "x"}),
    ("identity", {"type": "ManagedIdentity"}),
    ("identity", {"type": "UserIdentity"}),
    ("services", {"a": {"type": "ssh", "port": 22}, "b": {"type": "tensor_board", "log_dir": "x"}}),
    ("queue_settings", {"job_tier": "Spot", "priority": "medium"}),
    ("queue_settings", {}),
]
WRONG: list[tuple[str, Any, str, str]] = [
    ("distribution", {"type": "pytorh"}, "type", "did you mean 'pytorch'"),
    ("distribution", {"type": "mpi", "worker_count": 2}, "worker_count", "means nothing here"),
    ("distribution", {"typ": "mpi"}, "typ", "did you mean 'type'"),
    ("distribution", {}, "", "type: missing; it is one of mpi, pytorch"),
    ("distribution", "mpi", "", "must be a mapping with type, found 'mpi'"),
    ("identity", {"type": "managd"}, "type", "did you mean 'managed'"),
    ("identity", {"type": "aml_token", "client_id": "x"}, "client_id", "means nothing here"),
    ("identity", "managed", "", "must be a mapping with type"),
    ("services", {"a": {"prt": 1}}, "a.prt", "did you mean 'port'"),
    ("services", {"a": {"job_service_type": "ssh"}}, "a.job_service_type", "the service as type"),
    ("services", {"a": "ssh"}, "a", "must be a mapping of its settings"),
    ("services", {"a": None}, "a", "must be a mapping of its settings"),
    ("services", ["ssh"], "", "must be a mapping of names to services"),
    ("queue_settings", {"job_tir": "spot"}, "job_tir", "did you mean 'job_tier'"),
    ("queue_settings", {"job_tier": "spoot"}, "job_tier", "did you mean 'spot'"),
    ("queue_settings", 3, "", "must be a mapping with job_tier or priority"),
]


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_what_azure_takes_is_right(name: str, value: Any) -> None:
    assert RECORDS[name](value) == {}


@pytest.mark.parametrize(("name", "value", "path", "told"), WRONG)
def test_what_it_does_not_is_told_with_its_path(
    name: str, value: Any, path: str, told: str
) -> None:
    faults = RECORDS[name](value)
    assert list(faults) == [path]
    assert told in faults[path]
