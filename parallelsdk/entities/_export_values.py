"""What an export makes of single values: paths, literals, data, outputs, environments, computes.

Apart, because each says one thing about Azure's loader, and the walk over the job says none.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from parallelsdk.constants import LITERAL_TYPES, AssetTypes, InputOutputModes
from parallelsdk.entities._assets import ANONYMOUS_ENVIRONMENT, Environment
from parallelsdk.entities._fields import plain, refer
from parallelsdk.entities._io import Input, Output, is_local

PLACEHOLDER_ENVIRONMENT: Final = "azureml:your-environment:1"
# Azure evaluates a table for these modes, and takes them for nothing else.
_PLAIN_MODES: Final = {
    InputOutputModes.EVAL_MOUNT: InputOutputModes.RO_MOUNT,
    InputOutputModes.EVAL_DOWNLOAD: InputOutputModes.DOWNLOAD,
}


class Changes:
    """Where the export is written, and what of the job had to be changed for it."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder)
        self.told: list[str] = []

    def tell(self, path: str, message: str) -> None:
        """One more difference, at the dotted ``path`` of the job; each is told once."""
        line = f"{path}: {message}"
        if line not in self.told:
            self.told.append(line)

    def relative(self, path: str) -> str:
        """A local path as seen from the written file; URLs and references as they are."""
        if path.startswith("file://"):
            path = unquote(path.removeprefix("file://"), errors="surrogateescape")
        if not is_local(path):
            return path
        # Links on the way are followed, because ".." of a linked folder is not where it seems.
        parent, name = os.path.split(path.rstrip(os.sep) or os.sep)
        found = os.path.relpath(os.path.join(os.path.realpath(parent), name), self._folder)
        found = found.replace(os.sep, "/")
        return found if found == ".." or found.startswith("../") else f"./{found}"

    def data(self, value: Input, declared: Input | None, place: str) -> dict[str, Any]:
        """Data that were given to an input."""
        kind = value.type or (declared.type if declared is not None else None) or Input().type
        found = {
            "type": kind,
            "mode": self.mode(value.mode, kind, place),
            "path": None if value.resolved_path is None else self.relative(value.resolved_path),
        }
        if value.description is not None:
            self.tell(f"{place}.description", "left out; Azure describes an input at its component")
        return {name: item for name, item in found.items() if item is not None}

    def mode(self, mode: str | None, kind: str | None, place: str) -> str | None:
        """The mode of an input of type ``kind``."""
        if mode not in _PLAIN_MODES or kind == AssetTypes.MLTABLE:
            return mode
        self.tell(place, f"Azure knows {mode} for mltable only; {_PLAIN_MODES[mode]} is written")
        return _PLAIN_MODES[mode]

    def output(self, printed: Any, place: str) -> Any:
        """An output as a job or a step prints it, without what only we can do with it."""
        if not isinstance(printed, Mapping):
            return printed
        known = ("type", "mode", "path", "name", "version", "description")
        found = {name: printed[name] for name in known if printed.get(name) is not None}
        if found.get("type") in LITERAL_TYPES:
            self.tell(place, f"Azure writes no {found['type']} here; {Output().type} is written")
            found["type"] = Output().type
        path = found.get("path")
        if path is not None and (is_local(path) or path.startswith("file:")):
            del found["path"]
            self.tell(
                place,
                f"the path {path} is left out; Azure writes to its datastores, by default to "
                "the workspace's own",
            )
        return found

    def environment(self, value: Environment | str | None, place: str) -> Any:
        """An environment, or the placeholder where Azure cannot do without."""
        if value is None:
            self.tell(
                place, f"Azure needs an environment; {PLACEHOLDER_ENVIRONMENT} stands in for it"
            )
            return PLACEHOLDER_ENVIRONMENT
        if not isinstance(value, Environment):
            return refer(value)
        found = value._to_dict()
        for name in ("properties", "datastore"):
            if found.pop(name, None):
                self.tell(f"{place}.{name}", "left out; Azure takes none in a job")
        if found.get("name") == ANONYMOUS_ENVIRONMENT:
            found = {k: v for k, v in found.items() if k not in ("name", "version")}
        if isinstance(found.get("conda_file"), str):
            self.tell(
                f"{place}.conda_file",
                f"{found.pop('conda_file')} is left out; Azure reads this file from the disk, so "
                "save it and name the copy",
            )
        if "build" in found:
            found["build"] = {**found["build"], "path": self.relative(found["build"]["path"])}
        if "tags" in found:
            found["tags"] = texts(found["tags"])
        return found


def literal(value: Any, place: str, changes: Changes) -> Any:
    """A literal; Azure reads no numbers that are infinite or none, but takes them as text."""
    value = plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        changes.tell(place, f"Azure reads no {value} as a number; it is written as text")
        return str(value)
    return value


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """A mapping of texts to texts; Azure refuses other scalars."""
    return {str(name): str(plain(value)) for name, value in values.items()}


def compute_name(name: Any, place: str, changes: Changes) -> Any:
    """A compute, None for one that only this machine knows."""
    printed = refer(plain(name))
    bare = str(printed).removeprefix("azureml:")
    if printed is None or (bare != "local" and "://" not in bare):
        return printed
    changes.tell(place, f"the compute {bare} is left out; Azure knows none of this name")
    return None
