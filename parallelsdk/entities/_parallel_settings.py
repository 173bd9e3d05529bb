"""The settings of a parallel step, each stated once for the component and for the node.

On the component every assignment is checked. On a node they only convert, because a value may be
bound to a pipeline input there; validation applies the same rules later.
"""

from __future__ import annotations

from typing import Any

from parallelsdk._units import parse_mini_batch_size
from parallelsdk.entities._fields import Field, Form
from parallelsdk.entities._rules import one_of, part, setting, text, texts
from parallelsdk.entities._settings import (
    JobResourceConfiguration,
    ParallelTask,
    ResourceConfiguration,
    RetrySettings,
)
from parallelsdk.rules.settings import SETTINGS


def _mini_batch_size_rule(value: Any) -> int | None:
    return parse_mini_batch_size(value) or None  # Azure writes '0' for "not set"


class ParallelSettings:
    """Fields shared by ``ParallelComponent`` and the ``Parallel`` node; None = not set."""

    resources = part(JobResourceConfiguration, ResourceConfiguration)
    input_data = text()
    logging_level = one_of(SETTINGS["logging_level"].choices)
    max_concurrency_per_instance = setting("max_concurrency_per_instance")
    error_threshold = setting("error_threshold")
    mini_batch_error_threshold = setting("mini_batch_error_threshold")
    mini_batch_size: Field[int] = Field(
        _mini_batch_size_rule,
        form=Form((str, int), least=0, pattern=r"^\d+ *([kKmMgG][bB])?$"),
    )
    partition_keys = texts()
    retry_settings = part(RetrySettings)
    task = part(ParallelTask)
