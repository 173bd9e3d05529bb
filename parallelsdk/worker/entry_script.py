"""The user's entry script: found, loaded once, and called by its contract.

``init()`` and ``shutdown()`` are optional, ``run(mini_batch)`` or ``run(mini_batch, context)`` is
not; the capitalised names of Azure's tables are accepted too.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from parallelsdk.exceptions import EntryScriptException
from parallelsdk.worker.messages import ErrorText

UserFunction = Callable[..., Any]
NO_RUN = (
    "The entry script {} defines no run(mini_batch). Add one: it gets a list of paths or a "
    "DataFrame and returns a list, a tuple or a DataFrame."
)


@dataclass(frozen=True, slots=True)
class MiniBatchContext:
    """The second argument of ``run``: which mini-batch this is."""

    minibatch_index: int
    partition_key_value: Mapping[str, str] | None = None
    global_row_index_lower_bound: int | None = None


class EntryScript:
    """A loaded entry script."""

    def __init__(self, code: str, entry_script: str) -> None:
        """Load ``entry_script``, a path below ``code`` or a dotted module name.

        Raises EntryScriptException when it is not there or has no ``run``, and whatever the
        script's own top level raises.
        """
        path = locate(code, entry_script)
        module = _load(Path(code), path)
        run = _function(module, "run")
        if run is None:
            raise EntryScriptException(NO_RUN.format(entry_script))
        self._run = run
        self._takes_context = _takes_context(run)
        self._init = _function(module, "init")
        self._shutdown = _function(module, "shutdown")

    def init(self) -> None:
        """Call the user's ``init()``, if there is one."""
        if self._init is not None:
            self._init()

    def run(self, mini_batch: Any, context: MiniBatchContext) -> Any:
        """Call the user's ``run``, with the context if it has room for it."""
        if self._takes_context:
            return self._run(mini_batch, context)
        return self._run(mini_batch)

    def shutdown(self) -> None:
        """Call the user's ``shutdown()``, if there is one."""
        if self._shutdown is not None:
            self._shutdown()


def locate(code: str, entry_script: str) -> Path:
    """The file of ``entry_script`` below the folder ``code``. Raises EntryScriptException."""
    candidates = [entry_script]
    if not entry_script.endswith(".py"):
        candidates.append(entry_script.replace(".", "/") + ".py")
    for candidate in candidates:
        path = Path(code) / candidate
        if path.is_file():
            return path
    raise EntryScriptException(
        f"There is no entry script {entry_script!r} in the code folder. "
        "Give its path below the folder that 'code' names."
    )


def error_text(error: BaseException) -> ErrorText:
    """``error`` as text, its traceback cut to the frames of the user's code."""
    trace = _skip_own_frames(error.__traceback__)
    lines = traceback.format_exception(type(error), error, trace)
    if isinstance(error, SyntaxError):  # its text names the file and the line
        message = f"{type(error).__name__}: {error}"
    else:
        message = traceback.format_exception_only(type(error), error)[-1].strip()
    return ErrorText(message, "".join(lines))


def _skip_own_frames(trace: TracebackType | None) -> TracebackType | None:
    own = Path(__file__).parent.as_posix()
    inner = trace
    while inner is not None and inner.tb_frame.f_code.co_filename.startswith(own):
        inner = inner.tb_next
    return inner or trace


def _load(code: Path, path: Path) -> ModuleType:
    """The module in ``path``, under its dotted name below ``code`` where that is possible."""
    name = ".".join(path.relative_to(code).with_suffix("").parts)
    if "." in name and all(part.isidentifier() for part in name.split(".")):
        return importlib.import_module(name)
    if name in sys.modules:  # a script called like a module that is in use, such as code.py
        name += "_entry_script"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise EntryScriptException(f"{path.name} cannot be loaded as a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _function(module: ModuleType, name: str) -> UserFunction | None:
    for spelling in (name, name.capitalize()):
        function = getattr(module, spelling, None)
        if callable(function):
            found: UserFunction = function
            return found
    return None


def _takes_context(run: UserFunction) -> bool:
    """Whether ``run`` has room for a second positional argument."""
    try:
        parameters = inspect.signature(run).parameters.values()
    except (TypeError, ValueError):  # a callable without a signature, such as a C function
        return False
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return True
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional for p in parameters) >= 2
