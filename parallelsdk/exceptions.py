"""Every error that parallelsdk raises, in one tree.

Azure's class names are kept where Azure has them, so that ``except`` clauses keep working::

    MlException
    ├── ValidationException          a value, a file or a graph that cannot work
    ├── JobException                 a job that failed, or cannot do what was asked of it
    ├── ComponentException           a component that cannot be made or found
    ├── AssetException               an environment, data or model asset that is not to be had
    ├── DataException                input data that is missing, empty or cannot be read
    ├── EntryScriptException         an entry script that cannot be loaded, or breaks its contract
    ├── MissingExtraException        a feature whose optional packages are not installed
    └── UserErrorException           a call that Python would answer with a TypeError
        ├── UnsupportedParameterKindError
        └── KeywordError
            ├── MissingPositionalArgsError
            ├── TooManyPositionalArgsError
            ├── MultipleValueError
            ├── ParamValueNotExistsError
            ├── UnexpectedKeywordError
            └── UnexpectedAttributeError   (also an AttributeError)

A message says what was found, where, and what to do. A failed mini-batch is data, not an exception.
"""

from __future__ import annotations


class ErrorCategory:
    """Who can mend the error; Azure's words."""

    USER_ERROR = "UserError"
    SYSTEM_ERROR = "SystemError"
    UNKNOWN = "Unknown"


class ErrorTarget:
    """What the error is about; Azure's words, those that concern pipelines."""

    UNKNOWN = "Unknown"
    COMMAND_JOB = "CommandJob"
    COMPONENT = "Component"
    COMPUTE = "Compute"
    DATA = "Data"
    ENVIRONMENT = "Environment"
    JOB = "Job"
    MODEL = "Model"
    PARALLEL_RUN_STEP = "ParallelRunStep"
    PIPELINE = "Pipeline"


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
    """A value, a file or a graph that cannot work, found before anything ran."""

    default_category = ErrorCategory.USER_ERROR


class JobException(MlException):
    """A job that failed, or that cannot do what was asked of it in its present state."""


class ComponentException(MlException):
    """A component that cannot be made or found."""


class AssetException(MlException):
    """An environment, data or model asset that cannot be made or found."""


class DataException(MlException):
    """Input data that is missing, empty or cannot be read; the message names the file."""

    default_category = ErrorCategory.USER_ERROR


class EntryScriptException(MlException):
    """An entry script that cannot be loaded, or breaks the contract of init, run and shutdown."""

    default_category = ErrorCategory.USER_ERROR


class MissingExtraException(MlException):
    """A feature whose optional packages are not installed; the message names the extra."""

    default_category = ErrorCategory.USER_ERROR


class UserErrorException(MlException):
    """A call that cannot be understood."""

    default_category = ErrorCategory.USER_ERROR


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
