"""Which module of Azure's is played by which of ours, and what one says about a name it lacks.

A played module offers the public names of its actor and nothing else, so that a name that is
missing here is missing there, with a sentence instead of a riddle.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Final

from parallelsdk import __version__
from parallelsdk._lazy import lacking

# The version whose names docs/azure-parity.md compares; the part behind the plus says who plays.
AZURE_VERSION: Final = f"1.35.2+parallelsdk.{__version__}"

ACTORS: Final = {
    "azure.ai.ml": "parallelsdk",
    "azure.ai.ml.constants": "parallelsdk.constants",
    "azure.ai.ml.dsl": "parallelsdk.dsl",
    # Azure's parameter groups live in a private module; code that uses them has no other way.
    "azure.ai.ml.dsl._group_decorator": "parallelsdk.dsl",
    "azure.ai.ml.entities": "parallelsdk.entities",
    "azure.ai.ml.exceptions": "parallelsdk.exceptions",
    "azure.ai.ml.parallel": "parallelsdk.parallel",
    "azure.identity": "parallelsdk.azure.identity",
    "azure.core.exceptions": "parallelsdk.azure.core_exceptions",
    "mltable": "parallelsdk.mltable",
}
PLAYED: Final = ("azure.ai.ml", "azure.identity")
# Packages around others; empty, and there only where nobody has them.
SHARED: Final = ("azure", "azure.ai", "azure.core")
# Played only where nobody has the real ones.
UNDERSTUDIES: Final = ("azure.core.exceptions", "mltable")

ANNOUNCEMENT: Final = (
    f"azure.ai.ml is played by parallelsdk {__version__}, and so is azure.identity: "
    "jobs run on this machine, nothing is sent to Azure."
)


def announce() -> None:
    """Say on standard error, if there is one, that Azure is played."""
    if sys.stderr is not None:  # print() takes None for standard output
        print(ANNOUNCEMENT, file=sys.stderr, flush=True)


def is_played(module: str) -> bool:
    """Whether ``module`` is one of those that are played, or would lie inside one."""
    return any(module == name or module.startswith(name + ".") for name in PLAYED)


def public_names(actor: ModuleType) -> list[str]:
    """What a played module offers: ``__all__``, or the public names that ``actor`` defines."""
    declared: list[str] | None = getattr(actor, "__all__", None)
    if declared is not None:
        return list(declared)
    return [
        name
        for name, value in vars(actor).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == actor.__name__
    ]


def submodules(module: str) -> list[str]:
    """The last names of the played modules directly below ``module``."""
    below = (name.removeprefix(module + ".") for name in ACTORS if name.startswith(module + "."))
    return [name for name in below if "." not in name]


def missing(module: str, name: str) -> str:
    """The sentence about ``name``, which ``module`` has on Azure perhaps, but not here."""
    known: list[str] = []
    if module in ACTORS:
        known = [*public_names(importlib.import_module(ACTORS[module])), *submodules(module)]
    return lacking(f"{module} is played by parallelsdk, which", name, known)


def perform(module: ModuleType) -> None:
    """Fill the new ``module`` with its part: names are looked up at its actor on first use."""
    title = module.__name__
    actor = importlib.import_module(ACTORS[title])
    names, below = public_names(actor), submodules(title)

    def __getattr__(name: str) -> object:
        if name in below:
            return importlib.import_module(f"{title}.{name}")
        if name not in names:
            raise AttributeError(missing(title, name), name=name, obj=module)
        value: object = getattr(actor, name)
        setattr(module, name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(module), *names, *below})

    module.__doc__ = f"{title}, played by {actor.__name__}."
    # Not typed members of ModuleType, but what Python asks a module for (PEP 562).
    vars(module).update(__getattr__=__getattr__, __dir__=__dir__, __all__=names)
    if title == "azure.ai.ml":
        vars(module)["__version__"] = AZURE_VERSION
