"""Clusters are kept, printed and loaded."""

from __future__ import annotations

import io

from parallelsdk import load_compute
from parallelsdk.entities import AmlCompute, Compute


def test_a_cluster_has_azures_defaults() -> None:
    cluster = AmlCompute(name="cpu-cluster", size="small")
    assert (cluster.type, cluster.min_instances, cluster.max_instances) == ("amlcompute", 0, 4)
    assert str(cluster).startswith("name: cpu-cluster\ntype: amlcompute\n")


def test_a_file_gives_a_cluster_or_another_compute() -> None:
    cluster = load_compute(
        io.StringIO("{name: a, type: amlcompute, size: big}"),
        params_override=[{"max_instances": 9}],
    )
    other = load_compute(io.StringIO("{name: b, type: dask, target: 'dask://host:8786'}"))
    assert isinstance(cluster, AmlCompute) and cluster.max_instances == 9
    assert type(other) is Compute and other.type == "dask"
    assert other._to_dict() == {"name": "b", "type": "dask", "target": "dask://host:8786"}
