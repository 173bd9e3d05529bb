"""What an exception means to somebody at a terminal: a message and an exit code, never a traceback.

0 the job completed, 1 it failed, 2 wrong usage or an invalid file, 4 the environment is at fault,
5 parallelsdk itself is at fault, 130 interrupted.
"""

from __future__ import annotations

import os
import tempfile
import traceback

FAILED = 1
WRONG = 2
ENVIRONMENT = 4
INTERNAL = 5


def explain(error: Exception, *, debug: bool = False) -> tuple[str, int]:
    """The text for standard error, and the exit code; with ``debug`` the traceback before it."""
    message, code = _explained(error)
    if not debug:
        return message, code
    return f"{''.join(traceback.format_exception(error))}{message}", code


def _explained(error: Exception) -> tuple[str, int]:
    from parallelsdk.client.plain_text import printable
    from parallelsdk.exceptions import MissingExtraException, MlException

    if isinstance(error, MissingExtraException):
        return f"Error: {printable(error.message)}", ENVIRONMENT
    if isinstance(error, MlException):
        return f"Error: {printable(error.message)}", _code_of(error)
    if isinstance(error, OSError):
        return f"Error: {printable(_os_message(error))}", ENVIRONMENT
    if isinstance(error, ModuleNotFoundError) and _is_foreign(error):
        text = (
            f"the package {error.name} is not installed in this environment. Install it with pip."
        )
        return f"Error: {text}", ENVIRONMENT
    return _internal(error), INTERNAL


def _code_of(error: Exception) -> int:
    """A job that failed is 1; everything else that the user can mend is 2."""
    from parallelsdk.exceptions import ErrorCategory, JobException

    if isinstance(error, JobException) and error.error_category != ErrorCategory.USER_ERROR:
        return FAILED
    return WRONG


def _os_message(error: OSError) -> str:
    if not error.filename and _is_without_folder():
        return "The current folder no longer exists. Change into another one, and try again."
    where = f": {os.fsdecode(error.filename)}" if error.filename else ""
    return f"{error.strerror or error}{where}. Check the disk, its space and its permissions."


def _is_without_folder() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _is_foreign(error: ModuleNotFoundError) -> bool:
    return error.name is not None and error.name.partition(".")[0] != "parallelsdk"


def _internal(error: Exception) -> str:
    from parallelsdk.client.plain_text import printable

    trace = "".join(traceback.format_exception(error))
    summary = printable(f"{type(error).__name__}: {error}", keep="")
    try:
        fd, path = tempfile.mkstemp(prefix="parallelsdk-trace-", suffix=".txt")
        with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(trace)
        where = f"The trace is in {path}; please report it together with what you did."
    except OSError:
        where = "Please report it together with what you did; the trace could not be written."
    return f"Internal error of parallelsdk: {summary}\n{where}"
