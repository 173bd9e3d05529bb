"""parallelsdk: Azure ML's parallel jobs in pipelines, on the machines that you have.

The names that users import from the package itself. They are loaded when they are first asked for,
so that ``import parallelsdk`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallelsdk._lazy import lazy_exports

__version__ = "0.1.0"

if TYPE_CHECKING:
    from parallelsdk.client.ml_client import MLClient as MLClient
    from parallelsdk.entities._command import command as command
    from parallelsdk.entities._distribution import MpiDistribution as MpiDistribution
    from parallelsdk.entities._distribution import PyTorchDistribution as PyTorchDistribution
    from parallelsdk.entities._distribution import RayDistribution as RayDistribution
    from parallelsdk.entities._distribution import TensorFlowDistribution as TensorFlowDistribution
    from parallelsdk.entities._io import Input as Input
    from parallelsdk.entities._io import Output as Output
    from parallelsdk.entities._loading import load_component as load_component
    from parallelsdk.entities._loading import load_compute as load_compute
    from parallelsdk.entities._loading import load_data as load_data
    from parallelsdk.entities._loading import load_environment as load_environment
    from parallelsdk.entities._loading import load_job as load_job
    from parallelsdk.entities._loading import load_model as load_model
    from parallelsdk.entities._typed import AmlTokenConfiguration as AmlTokenConfiguration
    from parallelsdk.entities._typed import (
        ManagedIdentityConfiguration as ManagedIdentityConfiguration,
    )
    from parallelsdk.entities._typed import UserIdentityConfiguration as UserIdentityConfiguration

__all__ = [
    "AmlTokenConfiguration",
    "Input",
    "MLClient",
    "ManagedIdentityConfiguration",
    "MpiDistribution",
    "Output",
    "PyTorchDistribution",
    "RayDistribution",
    "TensorFlowDistribution",
    "UserIdentityConfiguration",
    "command",
    "load_component",
    "load_compute",
    "load_data",
    "load_environment",
    "load_job",
    "load_model",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        **{
            name: f"parallelsdk.{name}"
            for name in ("constants", "dsl", "entities", "exceptions", "mltable", "parallel")
        },
        "AmlTokenConfiguration": "parallelsdk.entities._typed",
        "Input": "parallelsdk.entities._io",
        "MLClient": "parallelsdk.client.ml_client",
        "ManagedIdentityConfiguration": "parallelsdk.entities._typed",
        "MpiDistribution": "parallelsdk.entities._distribution",
        "Output": "parallelsdk.entities._io",
        "PyTorchDistribution": "parallelsdk.entities._distribution",
        "RayDistribution": "parallelsdk.entities._distribution",
        "TensorFlowDistribution": "parallelsdk.entities._distribution",
        "UserIdentityConfiguration": "parallelsdk.entities._typed",
        "command": "parallelsdk.entities._command",
        "load_component": "parallelsdk.entities._loading",
        "load_compute": "parallelsdk.entities._loading",
        "load_data": "parallelsdk.entities._loading",
        "load_environment": "parallelsdk.entities._loading",
        "load_job": "parallelsdk.entities._loading",
        "load_model": "parallelsdk.entities._loading",
    },
)
