"""Backends by name. The table holds text, so that naming a backend imports nothing.

Ours stand in it as a stranger's would: a package registers its own with an entry point in the group
``parallelsdk.backends``, whose name is the backend's and whose object is its class.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import Any

from parallelsdk.backends._base import Backend
from parallelsdk.backends._reaper import Reaper
from parallelsdk.exceptions import ValidationException

ENTRY_POINT_GROUP = "parallelsdk.backends"
_BUILT_IN = {"loky": "parallelsdk.backends._loky:LokyBackend"}


def backend_names() -> list[str]:
    """The names of all backends that could be opened, ours first."""
    foreign = {entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)}
    return [*_BUILT_IN, *sorted(foreign - set(_BUILT_IN))]


def open_backend(name: str, *, reaper: Reaper) -> Backend:
    """The backend of that name, opened. Raises ValidationException when nobody registered it."""
    backend: Backend = _find(name)(reaper=reaper)
    return backend


def _find(name: str) -> Any:
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        return getattr(importlib.import_module(module), attribute)
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=name):
        return entry.load()
    raise ValidationException(
        f"There is no backend {name!r}. Known are: {', '.join(backend_names())}."
    )
