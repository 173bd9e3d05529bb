"""The file of the entry script as a module: found, given a name, imported by its place.

Alone, because what a script is called must not matter: ``types.py``, ``test/score.py`` and
``code/main.py`` are scripts like others, though modules of these names are there already. A name
that leads a fresh interpreter to another file is not used; the script then lies in a package that
stands for the code folder, and children of the worker find it there, too.
"""

from __future__ import annotations

import importlib
import os
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from parallelsdk.exceptions import EntryScriptException

_CHILDREN: Final = str(Path(__file__).with_name("children"))
_PACKAGE: Final = "parallelsdk_code"
_MAIN: Final = "parallelsdk_main"
_ODD: Final = "parallelsdk_entry"
_CODE_VARIABLE: Final = "PARALLELSDK_CODE"
_FILE_VARIABLE: Final = "PARALLELSDK_ENTRY_FILE"
_MODULE_VARIABLE: Final = "PARALLELSDK_ENTRY_MODULE"


def locate(code: str, entry_script: str) -> Path:
    """The file of ``entry_script`` below the folder ``code``: a path, or a dotted module name.

    Raises EntryScriptException.
    """
    candidates = [entry_script]
    if not entry_script.endswith(".py"):
        candidates.append(entry_script.replace(".", "/") + ".py")
    for candidate in candidates:
        path = Path(os.path.normpath(os.path.join(code, candidate)))
        if path.is_file() and path.is_relative_to(code):
            return path
    raise EntryScriptException(
        f"There is no entry script {entry_script!r} in the code folder. "
        "Give its path below the folder that 'code' names."
    )


@dataclass(frozen=True, slots=True)
class Script:
    """An entry script and the name under which this process and its children import it."""

    path: Path
    name: str

    @classmethod
    def find(cls, code: str, entry_script: str) -> Script:
        """The script below the folder ``code``; afterwards it and its siblings can be imported.

        Raises EntryScriptException.
        """
        path = locate(code, entry_script)
        _add_to_path(code, path)
        importlib.invalidate_caches()
        script = cls(path, _name_of(Path(code), path))
        os.environ[_CODE_VARIABLE] = code
        os.environ[_FILE_VARIABLE] = str(path)
        os.environ[_MODULE_VARIABLE] = script.name
        return script

    def become_main(self) -> None:
        """Give this process a ``__main__`` as it would have if the script had been started."""
        sys.modules["__main__"] = _Main(self.name, self.path)

    def load(self) -> ModuleType:
        """Import the script. Raises what its own top level raises."""
        return importlib.import_module(self.name)


def _add_to_path(code: str, path: Path) -> None:
    """Put the code folder first and the script's own folder behind the standard library.

    In front of it, a ``types.py`` or ``logging.py`` beside a script in a package would be found by
    everybody. For the same reason a script that is itself called like something else that can be
    imported has its folder behind that.
    """
    folder, library = str(path.parent), _end_of_library(sys.path)
    last = len(sys.path)
    if path.stem in sys.stdlib_module_names:
        earliest = library
    elif PathFinder.find_spec(path.stem, sys.path) is not None:
        earliest = last
    else:
        earliest = 0
    if folder != code:
        is_package = (path.parent / "__init__.py").exists()
        sys.path.insert(last if is_package else max(library, earliest), folder)
        earliest = 0
    sys.path.insert(earliest, code)
    sys.path.append(_CHILDREN)


def _end_of_library(path: Sequence[str]) -> int:
    """The place in ``path`` behind the folders of the standard library."""
    folders = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    folders |= {os.path.join(folder, "lib-dynload") for folder in folders}
    places = [place for place, folder in enumerate(path) if folder in folders]
    return max(places, default=-1) + 1


def _name_of(code: Path, path: Path) -> str:
    parts = path.relative_to(code).with_suffix("").parts
    for name in (".".join(parts), parts[-1]):
        if _leads_to(name, path):
            return name
    if any("." in part for part in parts) or path.suffix != ".py":
        return f"{_PACKAGE}.{_ODD}"
    return f"{_PACKAGE}.{'.'.join(parts)}"


def _leads_to(name: str, path: Path) -> bool:
    """Whether importing ``name`` gives ``path``, in this process and in a fresh one.

    Nothing is imported to find out: it might be a large package that only shares the name.
    """
    if name.partition(".")[0] in sys.stdlib_module_names:
        return False
    folders: Sequence[str] | None = None  # of the package; None: sys.path
    full_name, spec = "", None
    for part in name.split("."):
        full_name = f"{full_name}.{part}".lstrip(".")
        if full_name in sys.modules:
            spec = getattr(sys.modules[full_name], "__spec__", None)
        else:
            # By its last part alone: a folder that is a package without a file of its own would
            # ask for the module above it, which is not imported here.
            spec = PathFinder.find_spec(part, folders)
        if spec is None:
            return False
        folders = list(spec.submodule_search_locations or ())
    return spec is not None and spec.origin is not None and os.path.samefile(spec.origin, path)


class _Main(ModuleType):
    """``__main__`` as a script has it: its names are those of the entry script."""

    def __init__(self, script: str, path: Path) -> None:
        super().__init__("__main__")
        self._script = script
        self.__file__ = str(path)
        # What multiprocessing has its children run as their ``__main__``.
        self.__spec__ = ModuleSpec(_MAIN, None)

    def __getattr__(self, name: str) -> Any:
        module = sys.modules.get(self._script)
        if module is None:
            raise AttributeError(f"module '__main__' has no attribute {name!r}")
        return getattr(module, name)
