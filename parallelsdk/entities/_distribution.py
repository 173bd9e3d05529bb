"""How a command's processes would be spread over machines in Azure.

Kept and printed, because code that names them must import and build here; a local command is one
process on this machine.
"""

from __future__ import annotations

from typing import Any, ClassVar

from parallelsdk.entities._rules import integer, text, truth
from parallelsdk.entities._typed import Typed


class MpiDistribution(Typed):
    """MPI: a number of processes on each instance."""

    kind: ClassVar[str] = "mpi"

    process_count_per_instance = integer(least=1, from_text=True)


class PyTorchDistribution(Typed):
    """PyTorch: a number of processes on each instance."""

    kind: ClassVar[str] = "pytorch"

    process_count_per_instance = integer(least=1, from_text=True)


class TensorFlowDistribution(Typed):
    """TensorFlow: workers and parameter servers; no parameter server unless told otherwise."""

    kind: ClassVar[str] = "tensorflow"

    parameter_server_count = integer(least=0, from_text=True)
    worker_count = integer(least=1, from_text=True)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"parameter_server_count": 0, **values})


class RayDistribution(Typed):
    """Ray: where its head listens, and what its nodes are started with."""

    kind: ClassVar[str] = "ray"

    port = integer(least=1, from_text=True)
    address = text()
    include_dashboard = truth()
    dashboard_port = integer(least=1, from_text=True)
    head_node_additional_args = text()
    worker_node_additional_args = text()
