"""Every error that parallelsdk raises, in one tree.

Azure's class names are kept where Azure has them, so that ``except`` clauses keep working::

    MlException
    ├── ValidationException          a value, a file or a graph that cannot work
    │   ├── BadValueError            also a ValueError
    │   └── BadTypeError             also a TypeError
    ├── JobException                 a job that failed, or cannot do what was asked of it
    ├── ComponentException           a component that cannot be made or found
    ├── AssetException               an environment, data or model asset that is not to be had
    ├── DataException                input data that is missing, empty or cannot be read
    │   ├── EmptyTableError          a table whose files hold nothing
    │   └── UnreadableFileError      one file, named
    ├── EntryScriptException         an entry script that cannot be loaded, or breaks its contract
    ├── MissingExtraException        a feature whose optional packages are not installed
    ├── HttpResponseError            azure-core's class above the next one
    │   └── ResourceNotFoundError    what ``get`` asks for is not there; also a JobException, ...
    └── UserErrorException           a call that Python would answer with a TypeError
        ├── BadDefaultError          also a ValidationException
        ├── UnsupportedParameterKindError
        └── KeywordError
            ├── MissingPositionalArgsError
            ├── TooManyPositionalArgsError
            ├── MultipleValueError
            ├── ParamValueNotExistsError
            ├── UnexpectedKeywordError
            └── UnexpectedAttributeError    also an AttributeError
                └── UnknownPortError        no input, or no output; also a KeyError

A message says what was found, where, and what to do. A failed mini-batch is data, not an exception.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import Any

__path__: list[str] = []  # so that an import of what is not here asks for it; see _lazy.PLAIN


class ErrorCategory:
    """Who can mend the error; Azure's words."""

    USER_ERROR = "UserError"
    SYSTEM_ERROR = "SystemError"
    UNKNOWN = "Unknown"


class ErrorTarget:
    """What the error is about; Azure's words, of which ours use those of jobs and pipelines."""

    ARM_DEPLOYMENT = "ArmDeployment"
    ARM_RESOURCE = "ArmResource"
    ARTIFACT = "Artifact"
    ASSET = "Asset"
    AUTOML = "AutoML"
    BATCH_DEPLOYMENT = "BatchDeployment"
    BATCH_ENDPOINT = "BatchEndpoint"
    BLOB_DATASTORE = "BlobDatastore"
    CAPABILITY_HOST = "CapabilityHost"
    CODE = "Code"
    COMMAND_JOB = "CommandJob"
    COMPONENT = "Component"
    COMPUTE = "Compute"
    DATA = "Data"
    DATASTORE = "Datastore"
    DATA_TRANSFER_JOB = "DataTransferJob"
    DEPLOYMENT = "Deployment"
    ENDPOINT = "Endpoint"
    ENVIRONMENT = "Environment"
    FEATURE_SET = "FeatureSet"
    FEATURE_STORE_ENTITY = "FeatureStoreEntity"
    FILE_DATASTORE = "FileDatastore"
    FINETUNING = "FineTuning"
    GEN1_DATASTORE = "Gen1Datastore"
    GEN2_DATASTORE = "Gen2Datastore"
    GENERAL = "General"
    IDENTITY = "Identity"
    INDEX = "Index"
    JOB = "Job"
    LOCAL_ENDPOINT = "LocalEndpoint"
    LOCAL_JOB = "LocalJob"
    MODEL = "Model"
    MODEL_MONITORING = "ModelMonitoring"
    ONLINE_DEPLOYMENT = "OnlineDeployment"
    ONLINE_ENDPOINT = "OnlineEndpoint"
    PARALLEL_RUN_STEP = "ParallelRunStep"
    PIPELINE = "Pipeline"
    REGISTRY = "Registry"
    SCHEDULE = "Schedule"
    SERVERLESS_ENDPOINT = "ServerlessEndpoint"
    SPARK_JOB = "SparkJob"
    SWEEP_JOB = "SweepJob"
    UNKNOWN = "Unknown"
    WORKSPACE = "Workspace"


class ValidationErrorType(Enum):
    """What kind of mistake a ValidationException is about; Azure's words."""

    INVALID_VALUE = "INVALID VALUE"
    UNKNOWN_FIELD = "UNKNOWN FIELD"
    MISSING_FIELD = "MISSING FIELD"
    FILE_OR_FOLDER_NOT_FOUND = "FILE OR FOLDER NOT FOUND"
    CANNOT_SERIALIZE = "CANNOT DUMP"
    CANNOT_PARSE = "CANNOT PARSE"
    RESOURCE_NOT_FOUND = "RESOURCE NOT FOUND"
    GENERIC = "GENERIC"


class MlException(Exception):
    """The root of the tree: ``message``, ``target`` (an ErrorTarget) and ``error_category``."""

    default_category = ErrorCategory.UNKNOWN

    def __init__(
        self,
        message: str,
        no_personal_data_message: str | None = None,
        *args: object,
        target: str = ErrorTarget.UNKNOWN,
        error_category: str | None = None,
    ) -> None:
        super().__init__(message, *args)
        self.message = message
        self.no_personal_data_message = no_personal_data_message or ""
        self.target = target
        self.error_category = error_category or self.default_category

    def __str__(self) -> str:
        return self.message


class ValidationException(MlException):
    """A value, a file or a graph that cannot work, found before anything ran.

    ``error_type`` is a ValidationErrorType; ours are all GENERIC.
    """

    default_category = ErrorCategory.USER_ERROR

    def __init__(
        self,
        message: str,
        no_personal_data_message: str | None = None,
        *args: object,
        error_type: ValidationErrorType = ValidationErrorType.GENERIC,
        target: str = ErrorTarget.UNKNOWN,
        error_category: str | None = None,
    ) -> None:
        super().__init__(
            message, no_personal_data_message, *args, target=target, error_category=error_category
        )
        self.error_type = error_type


class BadValueError(ValidationException, ValueError):
    """A bad value of a field; also a ValueError, which is what Azure raises for some of them."""


class BadTypeError(ValidationException, TypeError):
    """A value of a kind that cannot be; also a TypeError, which is what Azure raises for some."""


class JobException(MlException):
    """A job that failed, or that cannot do what was asked of it in its present state."""


class ComponentException(MlException):
    """A component that cannot be made or found."""


class AssetException(MlException):
    """An environment, data or model asset that cannot be made or found."""


class DataException(MlException):
    """Input data that is missing, empty or cannot be read; the message names the file."""

    default_category = ErrorCategory.USER_ERROR


class EmptyTableError(DataException):
    """A table without columns, because its files hold nothing."""


class UnreadableFileError(DataException):
    """A file that cannot be read at all; the message names it and says why.

    Apart from other errors of data, because whoever splits an input leaves it to the one
    mini-batch that holds the file.
    """


class EntryScriptException(MlException):
    """An entry script that cannot be loaded, or breaks the contract of init, run and shutdown."""

    default_category = ErrorCategory.USER_ERROR


class MissingExtraException(MlException):
    """A feature whose optional packages are not installed; the message names the extra."""

    default_category = ErrorCategory.USER_ERROR


class HttpResponseError(MlException):
    """The answer of a service that is no success; azure-core's name, and never raised itself."""

    status_code: int | None = None


class ResourceNotFoundError(HttpResponseError):
    """What is asked for by its name is not there. Azure raises azure-core's error of that name."""

    status_code = 404


def not_found(kind: type[MlException], message: str, *, target: str = ErrorTarget.UNKNOWN) -> Any:
    """An error of the class ``kind`` that is a ResourceNotFoundError as well.

    It is azure-core's, too, where that was imported, so that ``except`` clauses for Azure hold.
    """
    azure = sys.modules.get("azure.core.exceptions")
    real = getattr(azure, ResourceNotFoundError.__name__, ResourceNotFoundError)
    bases: Any = tuple(dict.fromkeys((kind, ResourceNotFoundError, real)))
    body = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__reduce__": _reduced}
    both: Any = type(kind.__name__, bases, body)
    error = both(message, target=target, error_category=ErrorCategory.USER_ERROR)
    error.status_code = ResourceNotFoundError.status_code
    return error


def _reduced(error: MlException) -> tuple[Any, ...]:
    """For pickle: the class was made at run time."""
    return (not_found, (type(error).__mro__[1], error.message))


class UserErrorException(MlException):
    """A call that cannot be understood."""

    default_category = ErrorCategory.USER_ERROR


class BadDefaultError(ValidationException, UserErrorException):
    """A declaration that no call could satisfy; Azure raises a UserErrorException for it."""


class BadFileError(BadDefaultError, BadValueError):
    """Both, in one file."""


class UnsupportedParameterKindError(UserErrorException):
    """A pipeline function that takes ``*args`` or ``**kwargs``."""


class KeywordError(UserErrorException):
    """Arguments that do not fit the names of what was called."""


class MissingPositionalArgsError(KeywordError):
    """A pipeline function called without a value that it needs."""


class TooManyPositionalArgsError(KeywordError):
    """A pipeline function called with more values than it has parameters."""


class MultipleValueError(KeywordError):
    """A pipeline function called with two values for one parameter."""


class ParamValueNotExistsError(KeywordError):
    """``non_pipeline_inputs`` naming a parameter that the function does not have."""


class UnexpectedKeywordError(KeywordError):
    """A keyword argument that the component or pipeline function does not declare."""


class UnexpectedAttributeError(KeywordError, AttributeError):
    """An attribute, such as an output's name, that does not exist."""


class UnknownPortError(UnexpectedAttributeError, KeyError):
    """A name that is no input, or no output; also a KeyError, as Azure raises for inputs."""
