"""Names that users write, statuses that they read, and every setting's default, each said once."""

from __future__ import annotations

from typing import Final

__path__: list[str] = []  # so that an import of what is not here asks for it; see _lazy.PLAIN


class AssetTypes:
    """What an input or output is."""

    URI_FILE: Final = "uri_file"
    URI_FOLDER: Final = "uri_folder"
    MLTABLE: Final = "mltable"
    CUSTOM_MODEL: Final = "custom_model"
    MLFLOW_MODEL: Final = "mlflow_model"
    TRITON_MODEL: Final = "triton_model"


class InputOutputModes:
    """How data reach a step, or leave it."""

    MOUNT: Final = "mount"
    DOWNLOAD: Final = "download"
    UPLOAD: Final = "upload"
    RO_MOUNT: Final = "ro_mount"
    RW_MOUNT: Final = "rw_mount"
    EVAL_MOUNT: Final = "eval_mount"
    EVAL_DOWNLOAD: Final = "eval_download"
    DIRECT: Final = "direct"


class InputTypes:
    """Types of literal inputs."""

    STRING: Final = "string"
    INTEGER: Final = "integer"
    NUMBER: Final = "number"
    BOOLEAN: Final = "boolean"


class JobType:
    """Types of components and jobs."""

    COMMAND: Final = "command"
    PARALLEL: Final = "parallel"
    PIPELINE: Final = "pipeline"


class ParallelTaskType:
    """Types of a parallel component's task."""

    RUN_FUNCTION: Final = "run_function"
    FUNCTION: Final = "function"
    MODEL: Final = "model"


class JobStatus:
    """Azure's words for the state of a job or a step."""

    NOT_STARTED: Final = "NotStarted"
    STARTING: Final = "Starting"
    PREPARING: Final = "Preparing"
    QUEUED: Final = "Queued"
    RUNNING: Final = "Running"
    FINALIZING: Final = "Finalizing"
    CANCEL_REQUESTED: Final = "CancelRequested"
    COMPLETED: Final = "Completed"
    FAILED: Final = "Failed"
    CANCELED: Final = "Canceled"
    NOT_RESPONDING: Final = "NotResponding"
    UNKNOWN: Final = "Unknown"


class ListViewType:
    """What a list shows; Azure's words."""

    ACTIVE_ONLY: Final = "ActiveOnly"
    ARCHIVED_ONLY: Final = "ArchivedOnly"
    ALL: Final = "All"


TERMINAL_STATUSES: Final = frozenset(
    {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELED, JobStatus.NOT_RESPONDING}
)

LITERAL_TYPES: Final = frozenset(
    {InputTypes.STRING, InputTypes.INTEGER, InputTypes.NUMBER, InputTypes.BOOLEAN}
)

# Defaults of the parallel job's settings. Source: the table of settings in Azure's how-to guide;
# the mini-batch sizes are those of the runtime's debugging guide.
MINI_BATCH_FILES: Final = 10
MINI_BATCH_BYTES: Final = 1024 * 1024
MINI_BATCH_ERROR_THRESHOLD: Final = -1  # -1 ignores every failed mini-batch
MAX_RETRIES: Final = 2  # attempts = 1 + retries
MOST_RETRIES: Final = 10_000  # that can be asked for
RUN_TIMEOUT: Final = 60  # seconds, one call of run()
ERROR_THRESHOLD: Final = -1  # items; -1 ignores
ALLOWED_FAILED_PERCENT: Final = 100  # of the planned mini-batches; 100 ignores
TASK_OVERHEAD_TIMEOUT: Final = 600  # seconds, loading one mini-batch
FIRST_TASK_CREATION_TIMEOUT: Final = 600  # seconds, from the step's start to its first run()
PROGRESS_UPDATE_TIMEOUT_FLOOR: Final = 600  # seconds; the default is derived, never below this
RESOURCE_MONITOR_INTERVAL: Final = 600  # seconds; 0 = off
COPY_LOGS_TO_PARENT: Final = False
LOGGING_LEVEL: Final = "INFO"
LOGGING_LEVELS: Final = ("DEBUG", "INFO", "WARNING")
INSTANCE_COUNT: Final = 1
MAX_TIMEOUT: Final = 259_200  # seconds; Azure's upper bound of every time-out
APPEND_ROW_FILE_NAME: Final = "parallel_run_step.txt"  # when append_row_to names a folder
APPEND_ROW_VECTORS: Final = ("full", "error")
MOST_NESTED: Final = 20  # pipelines inside one another; YAML that holds more is refused
NAME_BYTES: Final = 255  # of a file's name; what file systems of Linux and macOS allow
