"""The names that may be written in a job, in a component, in an asset, and in their parts.

Those of Azure's schemas (azure-ai-ml 1.35.2) and a few of ours. A name that Azure's schemas know
counts as known although nothing here heeds it.
"""

from __future__ import annotations

from typing import Final

from parallelsdk.constants import JobType
from parallelsdk.rules.names import Names
from parallelsdk.rules.settings import ARGUMENTS

_RECORD: Final = "creation_context id latest_version"  # what Azure prints of what it has stored
_ASSET: Final = f"$schema name version description tags auto_delete_setting {_RECORD}"
_STEP: Final = (
    "$schema type component compute inputs outputs environment_variables comment properties "
    "identity resources name display_name description tags status log_files services "
    f"experiment_name after is_deterministic version auto_delete_setting {_RECORD}"
)
_COMMAND: Final = (
    "command code environment distribution limits queue_settings parameters additional_includes "
    "parent_job_name"
)
_PARALLEL: Final = (
    "error_threshold input_data logging_level max_concurrency_per_instance "
    "mini_batch_error_threshold mini_batch_size partition_keys retry_settings task"
)
_TASK: Final = "type code entry_script program_arguments append_row_to environment model"
_RETRIES: Final = "max_retries timeout"
_RESOURCES: Final = (
    "instance_count instance_type max_instance_count docker_args shm_size locations properties"
)
_SETTINGS: Final = "default_compute default_datastore continue_on_step_failure force_rerun"
_FLAGS: Final = " ".join(name for name, setting in ARGUMENTS.items() if not setting.attribute)
_OF_JOB: Final = {
    **{name: f"the job's settings, as settings.{name}" for name in _SETTINGS.split()},
    **dict.fromkeys(("jobs",), "a step of type pipeline"),
}


def _names(*texts: str) -> frozenset[str]:
    return frozenset(" ".join(texts).split())


def _at(names: str, where: str) -> dict[str, str]:
    """Where each of the names belongs; ``where`` has a place for it."""
    return {name: where.format(name) for name in names.split()}


_IN_PARALLEL: Final = {
    **_OF_JOB,
    **_at(_FLAGS, "task.program_arguments, as --{}"),
    **_at(_RESOURCES, "resources.{}"),
    **_at(_TASK, "task.{}"),
    **_at(_RETRIES, "retry_settings.{}"),
}
_IN_COMMAND: Final = {
    **_OF_JOB,
    **_at(f"{_PARALLEL} {_FLAGS}", "a step of type parallel"),
    **_at(_RESOURCES, "resources.{}"),
    **_at("timeout", "limits.{}"),
}
_IN_PIPELINE: Final = {
    **_OF_JOB,
    **_at(f"{_PARALLEL} {_COMMAND} {_FLAGS} {_TASK} {_RETRIES}", "one of the steps"),
    "settings": "the job",
}

_OWN: Final = {JobType.COMMAND: _COMMAND, JobType.PARALLEL: _PARALLEL, JobType.PIPELINE: "jobs"}
STEPS: Final = {
    JobType.COMMAND: Names(_names(_STEP, _COMMAND), _IN_COMMAND),
    JobType.PARALLEL: Names(_names(_STEP, _PARALLEL), _IN_PARALLEL),
    JobType.PIPELINE: Names(_names(_STEP, "jobs"), _IN_PIPELINE),
}
_COMPONENT: Final = (
    f"{_ASSET} type display_name is_deterministic inputs outputs properties intellectual_property"
)
_OF_COMPONENT: Final = {
    JobType.COMMAND: "command code environment distribution resources additional_includes",
    JobType.PARALLEL: f"{_PARALLEL} resources code",
    JobType.PIPELINE: "jobs",
}
COMPONENTS: Final = {
    kind: Names(
        _names(_COMPONENT, own),
        {
            **STEPS[kind].elsewhere,
            **_at(f"{_STEP} {_OWN[kind]} settings", "the step that uses the component"),
        },
    )
    for kind, own in _OF_COMPONENT.items()
}
COMMAND_FUNCTION: Final = Names(
    _names(_STEP, _COMMAND, "locations job_tier priority"),
    _IN_COMMAND,
)
JOB: Final = Names(
    _names(
        "$schema type name display_name description experiment_name tags properties compute inputs",
        "outputs jobs component settings identity services status log_files parent_job_name",
        _RECORD,
    ),
    {
        **_at(_SETTINGS, "settings.{}"),
        **_at(f"{_PARALLEL} {_COMMAND} {_FLAGS} {_TASK} {_RETRIES}", "a step, below jobs"),
        **_at(_RESOURCES, "the resources of a step"),
        "environment_variables": "a step, below jobs",
    },
)
SETTINGS: Final = Names(
    _names(_SETTINGS, "on_init on_finalize"),
    {"compute": "the job, beside settings", "experiment_name": "the job, beside settings"},
)
TASK: Final = Names(
    _names(_TASK),
    {
        **_at(_FLAGS, "program_arguments, as --{}"),
        **_at(_PARALLEL, "the step, beside task"),
        **_at(_RETRIES, "the step's retry_settings"),
        "environment_variables": "the step, beside task",
        "inputs": "the step, beside task",
        "outputs": "the step, beside task",
    },
)
RETRY_SETTINGS: Final = Names(
    _names(_RETRIES),
    {
        **_at("error_threshold mini_batch_error_threshold", "the step, beside retry_settings"),
        **_at(_FLAGS, "task.program_arguments, as --{}"),
    },
)
RESOURCES: Final = Names(
    _names(_RESOURCES), _at("max_concurrency_per_instance compute", "the step, beside resources")
)
LIMITS: Final = Names(
    _names("timeout"), _at("max_retries", "the retry_settings of a parallel step")
)
INPUT: Final = Names(
    _names(
        "$schema type path mode path_on_compute datastore description optional default min max",
        "enum",
    )
)
OUTPUT: Final = Names(
    _names("$schema type path mode name version description path_on_compute early_available"),
    {"default": "an input", "optional": "an input"},
)
ENVIRONMENT: Final = Names(
    _names(
        _ASSET,
        "image conda_file build os_type datastore inference_config intellectual_property",
        "properties",
    )
)
DATA: Final = Names(_names(_ASSET, "type path datastore properties"))
MODEL: Final = Names(
    _names(
        _ASSET,
        "type path datastore properties stage flavors job_name system_metadata utc_time_created",
        "intellectual_property default_deployment_template allowed_deployment_templates",
    )
)
PORT: Final = Names(_names("type path mode description"))
OUTPUT_PORT: Final = Names(_names("type path mode name version description"))
