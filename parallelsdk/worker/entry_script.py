"""The user's entry script, called by its contract.

``init()`` and ``shutdown()`` are optional, ``run(mini_batch)`` or ``run(mini_batch, context)`` is
not; the capitalised names of Azure's tables are accepted too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

from parallelsdk.exceptions import EntryScriptException

UserFunction = Callable[..., Any]
NO_RUN = (
    "The entry script {} defines no run(mini_batch). Add one: it gets a list of paths or a "
    "DataFrame and returns a list, a tuple or a DataFrame."
)
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class MiniBatchContext:
    """The second argument of ``run``: which mini-batch this is."""

    minibatch_index: int
    partition_key_value: Mapping[str, str] | None = None
    global_row_index_lower_bound: int | None = None


class EntryScript:
    """A loaded entry script."""

    def __init__(self, module: ModuleType, name: str) -> None:
        """``name`` is what the author calls the script.

        Raises EntryScriptException when it has no ``run``.
        """
        run = _function(module, "run")
        if run is None:
            raise EntryScriptException(NO_RUN.format(name))
        self._run = run
        self._takes_context = takes_context(run)
        self._init = _function(module, "init")
        self._shutdown = _function(module, "shutdown")

    def init(self) -> None:
        """Call the user's ``init()``, if there is one."""
        if self._init is not None:
            self._init()

    def run(self, mini_batch: Any, context: MiniBatchContext) -> Any:
        """Call the user's ``run``, with the context if it expects it."""
        if self._takes_context:
            return self._run(mini_batch, context)
        return self._run(mini_batch)

    def shutdown(self) -> None:
        """Call the user's ``shutdown()``, if there is one."""
        if self._shutdown is not None:
            self._shutdown()


def takes_context(run: UserFunction, layers: int = 20) -> bool:
    """Whether ``run`` expects the context as its second positional argument.

    A parameter with a default is another one unless it is called or annotated as a context. A bare
    ``*args`` is a decorator's, and what that wraps decides, through so many ``layers``; where it
    cannot be found, or the script's own run() is like that, the context is passed.
    """
    try:
        # A decorator may say that it looks like what it wraps and take less.
        signature = inspect.signature(run, follow_wrapped=False)
    except (TypeError, ValueError):  # a callable without a signature, such as a C function
        return False
    parameters = signature.parameters.values()
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    if len(positional) >= 2:
        second = positional[1]
        return second.default is second.empty or _is_context(second)
    if not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return False
    wrapped = _wrapped(run)
    return takes_context(wrapped, layers - 1) if wrapped is not None and layers else True


def _is_context(parameter: inspect.Parameter) -> bool:
    said = f"{parameter.name} {parameter.annotation}".lower()
    return "context" in said or "ctx" in said


def _wrapped(function: UserFunction) -> UserFunction | None:
    """The function that a decorator's ``function`` calls, if there is just one that it can be."""
    said = getattr(function, "__wrapped__", None)
    if callable(said):
        wrapped: UserFunction = said
        return wrapped
    held = [v for v in _held(function) if isinstance(v, FunctionType | MethodType | partial)]
    named = [v for v in held if getattr(v, "__name__", "").lower() == "run"]
    found = named or held
    return found[0] if len(found) == 1 else None


def _held(function: UserFunction) -> list[object]:
    """What a closure, a method's object or a callable object has at hand."""
    if isinstance(function, MethodType):
        return [*_held(function.__func__), *getattr(function.__self__, "__dict__", {}).values()]
    if isinstance(function, FunctionType):
        return [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return list(getattr(function, "__dict__", {}).values())


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a name that was never assigned
        return False


def _function(module: ModuleType, name: str) -> UserFunction | None:
    for spelling in (name, name.capitalize()):
        function = getattr(module, spelling, None)
        if callable(function):
            found: UserFunction = function
            return found
    return None
