"""Groups of settings: retries, resources, limits, the parallel task, those of the pipeline."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from parallelsdk.constants import ParallelTaskType
from parallelsdk.entities._assets import Environment
from parallelsdk.entities._fields import Checked, Field, Form, expect_mapping, refer
from parallelsdk.entities._io import resolve
from parallelsdk.entities._rules import anything, integer, mapping, setting, text, texts, truth
from parallelsdk.rules import vocabulary


class RetrySettings(Checked):
    """How often a failed mini-batch is tried again, and the seconds that one ``run()`` may take."""

    words = vocabulary.RETRY_SETTINGS
    open_in_files = True

    timeout = setting("timeout", from_text=True)
    max_retries = setting("max_retries", from_text=True)


class BatchRetrySettings(RetrySettings):
    """Azure's other name for the same two settings; accepted wherever ``RetrySettings`` is."""


class ResourceConfiguration(Checked):
    """How many instances, and of which kind."""

    words = vocabulary.RESOURCES

    instance_count = setting("instance_count", from_text=True)
    instance_type = anything()
    properties = mapping()

    def __init__(self, **values: Any) -> None:
        self.properties = {}
        super().__init__(**values)

    def _to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in super()._to_dict().items() if value != {}}


class JobResourceConfiguration(ResourceConfiguration):
    """The resources of one step. Everything but ``instance_count`` is kept for Azure and not used
    here.
    """

    locations = texts()
    docker_args = anything()
    shm_size = text()
    max_instance_count = integer(least=1, from_text=True)


class CommandJobLimits(Checked):
    """Limits of a command step: ``timeout`` in seconds."""

    words = vocabulary.LIMITS
    refuses_unknown = True

    timeout = integer(least=1, from_text=True)


class PipelineJobSettings(Checked):
    """Settings of a whole pipeline job; fields that are not known are kept."""

    keeps_unknown = True
    words = vocabulary.SETTINGS
    open_in_files = True

    default_compute = text()
    default_datastore = text()
    continue_on_step_failure = truth()
    force_rerun = truth()

    def _to_dict(self) -> dict[str, Any]:
        names = ("default_compute", "default_datastore")
        return {n: refer(v) if n in names else v for n, v in super()._to_dict().items()}


def pipeline_settings(
    value: PipelineJobSettings | Mapping[str, Any] | None,
) -> PipelineJobSettings:
    """The settings themselves, or those in a mapping. Raises BadTypeError for anything else."""
    if isinstance(value, PipelineJobSettings):
        return value
    return PipelineJobSettings(
        **expect_mapping(value, "settings", "PipelineJobSettings or a mapping")
    )


def _environment_rule(value: Any) -> Environment | str:
    if isinstance(value, Environment | str):
        return value
    raise ValueError(
        f"must be an Environment or a reference such as 'azureml:name:1', found {value!r}"
    )


def environment_field() -> Field[Environment | str]:
    """An ``Environment``, a mapping of its fields, or a reference as text."""
    return Field(_environment_rule, part=Environment, form=Form((str,)))


class ParallelTask(Checked):
    """What a parallel step runs over its mini-batches: an entry script in a code folder.

    ``code`` belongs to the folder that was current when the task was made, or to its YAML file.
    """

    words = vocabulary.TASK
    open_in_files = True

    type = text()
    code = text()
    entry_script = text()
    program_arguments = text()
    model = anything()
    append_row_to = text()
    environment = environment_field()

    def __init__(self, **values: Any) -> None:
        self._folder = os.getcwd()
        super().__init__(**{"type": ParallelTaskType.RUN_FUNCTION, **values})

    def rooted(self, folder: str) -> None:
        """Let a relative ``code`` belong to ``folder``."""
        self._folder = folder

    @property
    def resolved_code(self) -> str | None:
        """The code folder, absolute if it is local; None when none was given."""
        return None if self.code is None else resolve(self.code, self._folder)

    def _to_dict(self) -> dict[str, Any]:
        found = super()._to_dict()
        if "code" in found:
            found["code"] = self.resolved_code
        if "environment" in found:
            found["environment"] = refer(found["environment"])
        return found
