"""The Python code that a step can import besides its own: installed, or found on PYTHONPATH.

A version tells what is in an installed package. What is edited in place is known by its files.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import stat
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import all_suffixes
from pathlib import Path

from parallelsdk.storage.listing import WORKSPACE_MARK
from parallelsdk.storage.uri import is_local, local_path

# Relative name, size in bytes, and what changes with the content: the time of the last change in
# ns, or what a store has for it.
File = tuple[str, int, str]

_MODULES = tuple(all_suffixes())  # .py, and those of extension modules and of bytecode


def files(root: str, paths: Iterable[str]) -> Iterator[File]:
    """The state of the files ``paths``, called as they are seen from ``root``, if there is one.

    Raises OSError for one that is gone, and for what has no content that could be compared.
    """
    below = os.path.join(root, "")
    for path in paths:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no file whose content could be compared", path)
        name = path[len(below) :] if path.startswith(below) else os.path.relpath(path, root)
        yield name, status.st_size, str(status.st_mtime_ns)


def packages() -> Iterator[object]:
    """The interpreter, and the packages that are installed in it.

    Of one that is edited in place (``pip install -e``) the files as well.
    """
    yield from (sys.version, platform.machine())
    found: dict[str, Path] = {}
    for folder in filter(os.path.isdir, sys.path):
        names = (n for n in os.listdir(folder) if n.endswith((".dist-info", ".egg-info")))
        found.update((name, Path(folder, name)) for name in names)
    for name in sorted(found):
        yield name
        source = _edited_source(found[name])
        if source is not None:
            yield from files(source, _modules(source))


def modules_on(path: str, *, besides: str | None) -> Iterator[File]:
    """The files that can be imported from the absolute entries of a PYTHONPATH: modules below its
    folders, and its archives. Entries within ``besides`` are left out."""
    for entry in dict.fromkeys(path.split(os.pathsep)):
        if besides is not None and _is_within(entry, besides):
            continue
        if os.path.isdir(entry):
            yield from files("", _modules(entry))
        elif os.path.isfile(entry):
            yield from files("", [entry])


def _edited_source(metadata: Path) -> str | None:
    """Where the files of a package lie that is edited in place."""
    try:
        origin = json.loads((metadata / "direct_url.json").read_bytes())
    except (OSError, ValueError):
        return None
    edited = origin.get("dir_info", {}).get("editable", False)
    return local_path(origin["url"]) if edited and is_local(origin["url"]) else None


def _modules(root: str) -> Iterator[str]:
    """The files below a folder that Python imports, through links to folders as well, but not those
    of environments, workspaces and hidden folders in it."""
    seen: set[tuple[int, int]] = set()
    for folder, below, names in os.walk(root, followlinks=True):
        status = os.stat(folder)
        identity = (status.st_dev, status.st_ino)
        if "pyvenv.cfg" in names or WORKSPACE_MARK in names or identity in seen:
            below.clear()
            continue
        seen.add(identity)
        below[:] = sorted(name for name in below if not name.startswith((".", "__pycache__")))
        paths = (os.path.join(folder, name) for name in sorted(names) if name.endswith(_MODULES))
        yield from filter(os.path.exists, paths)  # a link may lead nowhere


def _is_within(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))
