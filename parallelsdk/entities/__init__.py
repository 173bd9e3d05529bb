"""What the user writes: components, steps, jobs, and what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallelsdk._lazy import lazy_exports

if TYPE_CHECKING:
    from parallelsdk.entities._assets import BuildContext as BuildContext
    from parallelsdk.entities._assets import Data as Data
    from parallelsdk.entities._assets import Environment as Environment
    from parallelsdk.entities._assets import Model as Model
    from parallelsdk.entities._base_job import Job as Job
    from parallelsdk.entities._command import Command as Command
    from parallelsdk.entities._command import CommandComponent as CommandComponent
    from parallelsdk.entities._command import CommandJob as CommandJob
    from parallelsdk.entities._component import Component as Component
    from parallelsdk.entities._compute import AmlCompute as AmlCompute
    from parallelsdk.entities._compute import Compute as Compute
    from parallelsdk.entities._job import PipelineJob as PipelineJob
    from parallelsdk.entities._parallel import Parallel as Parallel
    from parallelsdk.entities._parallel import ParallelComponent as ParallelComponent
    from parallelsdk.entities._pipeline import Pipeline as Pipeline
    from parallelsdk.entities._pipeline import PipelineComponent as PipelineComponent
    from parallelsdk.entities._settings import BatchRetrySettings as BatchRetrySettings
    from parallelsdk.entities._settings import CommandJobLimits as CommandJobLimits
    from parallelsdk.entities._settings import JobResourceConfiguration as JobResourceConfiguration
    from parallelsdk.entities._settings import ParallelTask as ParallelTask
    from parallelsdk.entities._settings import PipelineJobSettings as PipelineJobSettings
    from parallelsdk.entities._settings import ResourceConfiguration as ResourceConfiguration
    from parallelsdk.entities._settings import RetrySettings as RetrySettings
    from parallelsdk.entities._system_data import JobService as JobService
    from parallelsdk.entities._typed import AmlTokenConfiguration as AmlTokenConfiguration
    from parallelsdk.entities._typed import JupyterLabJobService as JupyterLabJobService
    from parallelsdk.entities._typed import (
        ManagedIdentityConfiguration as ManagedIdentityConfiguration,
    )
    from parallelsdk.entities._typed import QueueSettings as QueueSettings
    from parallelsdk.entities._typed import SshJobService as SshJobService
    from parallelsdk.entities._typed import TensorBoardJobService as TensorBoardJobService
    from parallelsdk.entities._typed import UserIdentityConfiguration as UserIdentityConfiguration
    from parallelsdk.entities._typed import VsCodeJobService as VsCodeJobService
    from parallelsdk.entities._validation_result import ValidationResult as ValidationResult

_HOMES = {
    "_assets": ("BuildContext", "Data", "Environment", "Model"),
    "_base_job": ("Job",),
    "_command": ("Command", "CommandComponent", "CommandJob"),
    "_component": ("Component",),
    "_compute": ("AmlCompute", "Compute"),
    "_job": ("PipelineJob",),
    "_parallel": ("Parallel", "ParallelComponent"),
    "_pipeline": ("Pipeline", "PipelineComponent"),
    "_settings": (
        *("BatchRetrySettings", "CommandJobLimits", "JobResourceConfiguration", "ParallelTask"),
        *("PipelineJobSettings", "ResourceConfiguration", "RetrySettings"),
    ),
    "_system_data": ("JobService",),
    "_typed": (
        *("AmlTokenConfiguration", "JupyterLabJobService", "ManagedIdentityConfiguration"),
        *("QueueSettings", "SshJobService", "TensorBoardJobService"),
        *("UserIdentityConfiguration", "VsCodeJobService"),
    ),
    "_validation_result": ("ValidationResult",),
}
_NAMES = {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names}

__all__ = sorted(_NAMES)
__getattr__, __dir__ = lazy_exports(__name__, _NAMES)
