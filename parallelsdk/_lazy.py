"""Lazy faces: a public name is imported when it is first asked for.

``import parallelsdk`` must cost nothing, so a public package lists its names as text, and the
module that holds a name is loaded on first use. An optional package that is not installed becomes a
sentence.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Final

from parallelsdk.exceptions import MissingExtraException

# Public modules without lazy names. Each has an empty ``__path__``, as if it were a package, so
# that Python asks for what it lacks.
PLAIN: Final = frozenset({"parallelsdk.constants", "parallelsdk.exceptions"})
NAME: Final = "parallelsdk-local"  # of the distribution
PAGE: Final = "docs/azure-parity.md"  # what there is of Azure's SDK, name by name


def lazy_exports(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of ``package``; ``names`` maps a name to its module, or
    to itself below ``package`` when it is one.

    A name is looked up once and then stays on the package. An unknown name raises AttributeError,
    and ImportError in an import statement, with the nearest name and the page of Azure's names.
    """
    _LACKING.packages[package] = names
    if _LACKING not in sys.meta_path:
        sys.meta_path.append(_LACKING)

    def __getattr__(name: str) -> object:
        module = names.get(name)
        if module is None:
            raise AttributeError(lacking(package, name, names))
        found = importlib.import_module(module)
        value: object = found if module == f"{package}.{name}" else getattr(found, name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted(set(vars(sys.modules[package])) | set(names))

    return __getattr__, __dir__


class _Lacking:
    """The last finder: Python asks it for what nobody has, and drops what an AttributeError says.

    So ``from parallelsdk import sweep`` ends in a sentence, and not in a riddle. No subclass of
    MetaPathFinder, whose module costs more than all the rest of ``import parallelsdk``.
    """

    def __init__(self) -> None:
        self.packages: dict[str, Iterable[str]] = {}

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for a name of ours that nobody has."""
        package, _, name = fullname.rpartition(".")
        known = vars(sys.modules[package]) if package in PLAIN else self.packages.get(package)
        if known is not None and not name.startswith("_"):
            raise ImportError(lacking(package, name, known), name=fullname)


_LACKING: Final = _Lacking()


def lacking(module: str, name: str, known: Iterable[str]) -> str:
    """The sentence about ``name``, which Azure's module has perhaps, but ``module`` has not."""
    import difflib

    near = difflib.get_close_matches(name, known, 1, 0.8)
    return (
        f"{module} has no {name!r}. "
        + (f"Did you mean {near[0]!r}? " if near else "")
        + f"{PAGE} lists the names of Azure's SDK that there are, and those that are not yet."
    )


def require(module: str, extra: str) -> ModuleType:
    """The optional ``module``, imported.

    Raises MissingExtraException, naming ``extra``, when the package that holds it is not installed.
    A module that is installed but fails to import one of its own parts keeps its ImportError.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not (module + ".").startswith(error.name + "."):
            raise
        raise MissingExtraException(
            f"The package {error.name!r} is not installed. {how_to_install(extra)}"
        ) from error


def how_to_install(extra: str) -> str:
    """The command that installs an extra: of the checkout that this runs from, if it is one."""
    import shlex

    checkout = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    is_checkout = os.path.isfile(os.path.join(checkout, "pyproject.toml"))
    what = f"-e {shlex.quote(f'{checkout}[{extra}]')}" if is_checkout else f"'{NAME}[{extra}]'"
    return f"Install it: {shlex.quote(sys.executable)} -m pip install {what}"
