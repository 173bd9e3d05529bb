"""Distributions are kept and printed."""

from __future__ import annotations

from typing import Any

import pytest

from parallelsdk import (
    MpiDistribution,
    PyTorchDistribution,
    RayDistribution,
    TensorFlowDistribution,
    command,
)


@pytest.mark.parametrize(
    ("distribution", "printed"),
    [
        (
            MpiDistribution(process_count_per_instance=2),
            {"type": "mpi", "process_count_per_instance": 2},
        ),
        (PyTorchDistribution(), {"type": "pytorch"}),
        (
            TensorFlowDistribution(worker_count=3),
            {"type": "tensorflow", "parameter_server_count": 0, "worker_count": 3},
        ),
        (RayDistribution(port=6379), {"type": "ray", "port": 6379}),
    ],
)
def test_a_distribution_prints_on_the_step_and_its_component(
    distribution: Any, printed: dict[str, Any]
) -> None:
    step = command(command="echo", distribution=distribution)()._to_dict()
    assert step["distribution"] == step["component"]["distribution"] == printed
