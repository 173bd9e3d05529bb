"""``parallel_run_function`` and the ``RunFunction`` that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parallelsdk.constants import JobType
from parallelsdk.entities._fields import expect_mapping, warn_unknown
from parallelsdk.entities._interface import declared_inputs, preset
from parallelsdk.entities._parallel import Parallel, ParallelComponent
from parallelsdk.entities._settings import ParallelTask, RetrySettings
from parallelsdk.rules.vocabulary import STEPS


class RunFunction(ParallelTask):
    """The entry script of a parallel step, in its ``code`` folder.

    A relative ``code`` belongs to the folder that is current now. ``append_row_to`` names an
    output as ``${{outputs.<name>}}``; ``type`` is always run_function.
    """

    def __init__(
        self,
        *,
        code: Any = None,
        entry_script: str | None = None,
        program_arguments: str | None = None,
        model: Any = None,
        append_row_to: str | None = None,
        environment: Any = None,
        **ignored: Any,
    ) -> None:
        super().__init__(
            **ignored,
            code=code,
            entry_script=entry_script,
            program_arguments=program_arguments,
            model=model,
            append_row_to=append_row_to,
            environment=environment,
        )


def parallel_run_function(
    *,
    name: str | None = None,
    description: str | None = None,
    tags: dict[str, str] | None = None,
    properties: dict[str, Any] | None = None,
    display_name: str | None = None,
    experiment_name: str | None = None,
    compute: str | None = None,
    retry_settings: Mapping[str, Any] | RetrySettings | None = None,
    environment_variables: dict[str, str] | None = None,
    logging_level: str | None = None,
    max_concurrency_per_instance: int | None = None,
    error_threshold: int | None = None,
    mini_batch_error_threshold: int | None = None,
    task: ParallelTask | Mapping[str, Any] | None = None,
    mini_batch_size: str | int | None = None,
    partition_keys: list[str] | None = None,
    input_data: str | None = None,
    inputs: dict[str, Any] | None = None,
    outputs: dict[str, Any] | None = None,
    instance_count: int | None = None,
    instance_type: str | None = None,
    docker_args: str | None = None,
    shm_size: str | None = None,
    identity: Any = None,
    is_deterministic: bool = True,
    **ignored: Any,
) -> Parallel:
    """A parallel step, callable inside a pipeline function like any component.

    ``mini_batch_size`` is a number of files, or a size of tabular data such as ``"10kb"``;
    ``partition_keys`` wins over it. ``inputs`` declare (an Input without a path) or also preset (a
    literal, an Input with a path); ``input_data`` names the one that is split, as
    ``${{inputs.<name>}}``. Unset settings take the defaults of ``parallelsdk.constants`` when the
    job runs. Raises ValidationException naming the field of a bad value.
    """
    resources, comment = ignored.pop("resources", None), ignored.pop("comment", None)
    warn_unknown("parallel_run_function", STEPS[JobType.PARALLEL].faults(ignored))
    component = ParallelComponent(
        name=name,
        display_name=display_name,
        description=description,
        tags=tags,
        is_deterministic=is_deterministic,
        inputs=declared_inputs(inputs),
        outputs=outputs,
        retry_settings=retry_settings,
        logging_level=logging_level,
        max_concurrency_per_instance=max_concurrency_per_instance,
        error_threshold=error_threshold,
        mini_batch_error_threshold=mini_batch_error_threshold,
        task=task,
        mini_batch_size=mini_batch_size,
        partition_keys=partition_keys,
        input_data=input_data,
        instance_count=instance_count,
        instance_type=instance_type,
        docker_args=docker_args,
        shm_size=shm_size,
        resources=resources,
    )
    node = component.new_node()
    preset(node, inputs, outputs)
    node.logging_level, node.error_threshold = component.logging_level, component.error_threshold
    node.name, node.display_name, node.description = name, display_name, description
    node.tags, node.properties = (
        expect_mapping(tags, "tags"),
        expect_mapping(properties, "properties"),
    )
    node.compute, node.identity, node.comment = compute, identity, comment
    node.keep({name: value for name, value in ignored.items() if value is not None})
    node.experiment_name = experiment_name
    node.environment_variables = expect_mapping(environment_variables, "environment_variables")
    return node
