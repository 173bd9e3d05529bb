"""An exception of user code as text: the user's files under the user's names, and a word of advice.

Alone, because what is told of an error is decided here and nowhere else: which frames count, what a
snapshot of the code is called, and what usually helps.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from parallelsdk._units import first_line
from parallelsdk.exceptions import MlException
from parallelsdk.worker.blame import item_of
from parallelsdk.worker.messages import ErrorText

_OWN = str(Path(__file__).parent) + os.sep
_FROZEN = "<frozen importlib"
# What argparse says of arguments that the script knows.
_OF_ITS_OWN = ("argument ", "the following arguments are required")
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES)


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where the code that runs lies, and where its author has it, if that is known."""

    snapshot: str
    source: str | None = None

    def rename(self, text: str) -> str:
        """``text`` with the author's names of the files."""
        if self.source is None:
            return text
        folder = os.path.dirname(self.source) if os.path.isfile(self.source) else self.source
        return text.replace(self.snapshot + os.sep, folder + os.sep)


def error_text(
    error: BaseException, code: CodePlace | None = None, items: Sequence[object] = ()
) -> ErrorText:
    """``error`` as text, its traceback cut to the frames of the user's code.

    ``items`` are the paths that ``run()`` was given: the text tells which of several it was at.
    """
    shown = traceback.TracebackException.from_exception(error)
    _cut(shown, error.__traceback__)
    lines = "".join(shown.format())
    if isinstance(error, MlException):  # ours say it all
        message = str(error)
    elif isinstance(error, SyntaxError):  # its text names the file and the line
        message = f"{type(error).__name__}: {error}"
    else:
        message = next(shown.format_exception_only()).strip()  # what follows are its notes
    root = _root(shown)
    if root:
        message = f"{message} (from {root})"
    advice = _advice(error)
    if advice:
        message = f"{message} ({advice})"
        lines = f"{lines}{advice}\n"
    if code is not None:
        message, lines = code.rename(message), code.rename(lines)
    return ErrorText(message, lines, item_of(error, items))


def _root(shown: traceback.TracebackException) -> str:
    """What an error was raised from in the end, in one line; "" if it says so itself."""
    one = shown.__cause__
    while one is not None and one.__cause__ is not None:
        one = one.__cause__
    if one is None:
        return ""
    text = first_line(next(one.format_exception_only()))
    own = next(shown.format_exception_only())
    return "" if text.partition(": ")[2] and text.partition(": ")[2] in own else text


def tell_of_threads(code: CodePlace) -> None:
    """Have what ends a thread printed as Python does it, with the author's names of the files."""
    as_ever = threading.excepthook

    def tell(args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        if error is None or isinstance(error, SystemExit) or sys.stderr is None:
            as_ever(args)
            return
        name = args.thread.name if args.thread is not None else str(threading.get_ident())
        trace = "".join(traceback.format_exception(error))
        sys.stderr.write(f"Exception in thread {name}:\n{code.rename(trace)}")
        sys.stderr.flush()

    threading.excepthook = tell


def _cut(shown: traceback.TracebackException, trace: TracebackType | None) -> None:
    """Leave out our own frames and those of the import system, in what led to it, too."""
    pending = [shown]
    while pending:
        one = pending.pop()
        kept = [frame for frame in one.stack if not _is_ours(frame.filename)]
        if kept:  # an error of our own has no others
            one.stack[:] = kept
        pending += filter(None, (one.__cause__, one.__context__, *(one.exceptions or ())))


def _is_ours(file: str) -> bool:
    return file.startswith((_OWN, _FROZEN))


def _advice(error: BaseException) -> str:
    """What usually helps, where that is known."""
    if isinstance(error, SystemExit):
        refused = _refused_by_argparse(error.__traceback__)
        if refused.startswith(_OF_ITS_OWN):
            return (
                f"argparse: {refused}; correct program_arguments, and where they hold more than "
                "the script's own, let it call parse_known_args()"
            )
        return refused and (
            f"argparse: {refused}; sys.argv holds arguments of the job beside the script's own, so "
            "let the script call parse_known_args() in place of parse_args()"
        )
    missing = _relative_file(error)
    return missing and (
        f"{missing!r} was looked for in the current folder, which is the worker's own"
        f"{_current_folder()}; files of the code lie in os.path.dirname(__file__)"
    )


def _refused_by_argparse(trace: TracebackType | None) -> str:
    """What argparse said before it ended the process; "" if it did not."""
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == argparse.__file__ and code.co_name == "error":
            return str(trace.tb_frame.f_locals.get("message") or "an argument was refused")
        trace = trace.tb_next
    return ""


def _relative_file(error: BaseException | None) -> str:
    """The relative path that could not be opened, if the error or one behind it is of that kind."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, OSError) and error.errno in _NO_FILE:
            name = error.filename
            if isinstance(name, str) and not os.path.isabs(name):
                return name
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return ""


def _current_folder() -> str:
    try:
        return f": {os.getcwd()}"
    except OSError:  # it was removed
        return ""
