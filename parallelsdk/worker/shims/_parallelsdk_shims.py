"""What the stand-ins of this folder share: they step aside for a real package, and find their own.

On the PYTHONPATH of a command this folder precedes the packages of its Python, whichever that is.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import runpy
import sys
from collections.abc import Callable

_HERE = os.path.dirname(os.path.realpath(__file__))
_PACKAGE = os.path.dirname(os.path.dirname(_HERE))
_PYTHON = "PARALLELSDK_PYTHON"  # the variable that names the Python that runs the job


def stand_in(name: str, fill: Callable[[], None]) -> None:
    """Make the module ``name``, which is being imported: the real one, if there is one, else what
    ``fill`` makes of it. ModuleNotFoundError where this Python has not what that needs."""
    spec = _other(name)
    if spec is not None and spec.loader is not None:
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return
    try:
        _find_ours()
        fill()
    except (ImportError, SyntaxError, TypeError, AttributeError) as error:  # an older Python, too
        raise ModuleNotFoundError(f"No module named {name!r}", name=name) from error


def _other(name: str) -> importlib.machinery.ModuleSpec | None:
    """The spec of a package or module of that name that lies elsewhere."""
    package = name.rpartition(".")[0]
    path = sys.modules[package].__path__ if package else sys.path
    elsewhere = [entry for entry in path if not _is_here(entry)]
    for finder in sys.meta_path:
        is_by_path = package or finder is importlib.machinery.PathFinder
        spec = finder.find_spec(name, elsewhere if is_by_path else None)
        if spec is not None and spec.origin is not None:  # a folder alone is no package
            return spec
    return None


def _is_here(entry: str) -> bool:
    return (os.path.realpath(entry) + os.sep).startswith(_HERE + os.sep)


def _find_ours() -> None:
    """Load the parallelsdk that this folder belongs to. What was installed beside it alone can be
    imported, too, last of all, where this is the Python that it was installed for."""
    runpy.run_path(os.path.join(_PACKAGE, "_start.py"))["load_package"]()
    around = os.path.dirname(_PACKAGE)
    if os.environ.get(_PYTHON) == sys.executable and around not in sys.path:
        sys.path.append(around)
