"""The stage: while it is up, ``import azure.ai.ml`` finds parallelsdk; afterwards all is as before.

Two finders do it. The first stands at the head of ``sys.meta_path`` and answers for the modules
that are played; the second stands at the end and supplies the packages ``azure`` and ``azure.ai``
where nobody else does, so that real packages below them (``azure.storage`` ...) are found as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from parallelsdk.azure._roles import (
    ACTORS,
    SHARED,
    UNDERSTUDIES,
    announce,
    is_played,
    missing,
    perform,
)

_ABSENT = object()
# Where Python binds the modules that are set aside: the attribute of the package around each.
_BINDINGS = (("azure", "ai"), ("azure", "identity"), ("azure.ai", "ml"))


@contextmanager
def playing(*, quiet: bool = False) -> Iterator[None]:
    """Within the block, ``azure.ai.ml`` and ``azure.identity`` are played by parallelsdk.

    Says so on standard error, unless ``quiet``. Afterwards ``sys.modules`` and ``sys.meta_path``
    hold what they held of Azure before, the real packages as well if they had been imported. Names
    that were imported within the block stay what they are.
    """
    if not quiet:
        announce()
    stage = Stage()
    stage.enter()
    try:
        yield
    finally:
        stage.leave()


class Stage(MetaPathFinder, Loader):
    """Finder and loader of the modules that are played, and keeper of what it set aside."""

    def __init__(self) -> None:
        self._extra = _Understudies()
        self._modules: dict[str, ModuleType] = {}
        self._bindings: dict[tuple[str, str], object] = {}

    def enter(self) -> None:
        """Set the real modules aside, if any were imported, and answer for them from now on."""
        self._modules = _of_azure()
        for package, name in _BINDINGS:
            owner = self._modules.get(package)
            if owner is not None:
                self._bindings[package, name] = vars(owner).get(name, _ABSENT)
        _forget_played()
        sys.meta_path.insert(0, self)
        sys.meta_path.append(self._extra)

    def leave(self) -> None:
        """Put back what was there; packages that others imported meanwhile stay imported."""
        for finder in (self, self._extra):
            if finder in sys.meta_path:
                sys.meta_path.remove(finder)
        _forget_played()
        for name in reversed(SHARED):
            is_new = name in sys.modules and name not in self._modules
            if is_new and not any(other.startswith(name + ".") for other in sys.modules):
                _forget(name)
        sys.modules.update({n: m for n, m in self._modules.items() if is_played(n) or n in SHARED})
        for (package, name), value in self._bindings.items():
            if value is not _ABSENT:
                setattr(self._modules[package], name, value)

    @staticmethod
    def current() -> Stage | None:
        """The stage that went up last and is still up."""
        return next((finder for finder in sys.meta_path if isinstance(finder, Stage)), None)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The spec of a played module; ImportError for a name below one that is not played.

        Python asks for ``azure.ai.ml.X`` also when code says ``from azure.ai.ml import X`` and the
        module has no such attribute, which is how the sentence reaches the user.
        """
        if not is_played(fullname):
            return None
        if fullname not in ACTORS:
            package, _, name = fullname.rpartition(".")
            raise ImportError(missing(package, name), name=fullname)
        return ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module that Python has just made from one of our specs."""
        perform(module)


class _Understudies(MetaPathFinder, Loader):
    """Modules and empty packages for a Python where nothing that is installed brings them."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The spec of a played module, or of a package without folders."""
        if fullname in UNDERSTUDIES:
            return ModuleSpec(fullname, self, is_package=True)
        return ModuleSpec(fullname, None, is_package=True) if fullname in SHARED else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module that Python has just made from one of our specs."""
        perform(module)


def _of_azure() -> dict[str, ModuleType]:
    return {n: m for n, m in sys.modules.items() if is_played(n) or n in SHARED}


def _forget_played() -> None:
    for name in [name for name in sys.modules if is_played(name) or _is_understudy(name)]:
        _forget(name)


def _is_understudy(name: str) -> bool:
    spec = getattr(sys.modules[name], "__spec__", None)
    return isinstance(getattr(spec, "loader", None), _Understudies)


def _forget(name: str) -> None:
    """Take the module out of ``sys.modules`` and out of the package around it."""
    module = sys.modules.pop(name)
    package, _, last = name.rpartition(".")
    owner = sys.modules.get(package)
    if owner is not None and vars(owner).get(last) is module:
        delattr(owner, last)
