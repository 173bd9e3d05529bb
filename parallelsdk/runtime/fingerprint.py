"""What a step's result depends on, as digests: equal fingerprints promise equal results.

Apart from the search for earlier runs, because here is the list of what counts. Left out on purpose
is what only decides whether and how fast a step gets to its end: thresholds, time-outs, the number
of workers, log levels.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from parallelsdk.constants import AssetTypes
from parallelsdk.exceptions import DataException
from parallelsdk.mltable._recipe import read_recipe
from parallelsdk.planning.plan import (
    CommandPlan,
    InputPlan,
    ParallelPlan,
    Reference,
    StepPlan,
    Word,
)
from parallelsdk.storage.filesystem import remote_files
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.uri import is_local, local_path

KEPT_FILES = 10_000  # so many are listed, to name the one that has changed
INPUT = "input "  # how the part of an input begins

# Relative name, size in bytes, and what changes with the content: the time of the last change in
# ns, or what a store has for it.
File = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The digest of each part of a step, in the order in which a change is told."""

    parts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The digest of all parts."""
        return _digest(sorted(self.parts.items()))


def fingerprint_of(
    step: StepPlan, origins: Mapping[str, str], paths: Callable[[str], str] = str
) -> Fingerprint:
    """The fingerprint of ``step`` as things are now.

    ``origins`` says of each step before it which run made its outputs, ``paths`` what a path counts
    as: one in the workspace does not change when the workspace is moved. Raises DataException or
    OSError for an input whose state cannot be told.
    """
    parts = {"code": os.path.basename(step.code) if step.code else ""}
    if isinstance(step, CommandPlan):
        parts["command"] = _digest(_word(step.command))
    else:
        parts["entry script"] = _digest(step.entry_script)
        parts["arguments"] = _digest([_word(word) for word in step.arguments])
        parts["settings"] = _digest(_settings(step))
    parts["environment variables"] = _digest(sorted(step.environment_variables.items()))
    parts["outputs"] = _digest([(output.name, output.type) for output in step.outputs])
    parts["Python or its packages"] = _digest(list(_packages()))
    for port in step.inputs:
        parts[INPUT + port.name] = _digest(_input(port, origins, paths))
    return Fingerprint(parts)


def stamp(path: str) -> str | None:
    """The digest of the files at ``path``; None when there are none. OSError when one is gone."""
    files = _files(path, iter_files(path) if os.path.isdir(path) else [path])
    first = next(files, None)
    return _digest_of_files(chain((first,), files)) if first else None


def input_files(step: StepPlan) -> Iterator[tuple[str, File]]:
    """The first files of the inputs that are data of no other step, with the input's name."""
    for port in step.inputs:
        if port.uri is not None and port.producer is None:
            for file in islice(_data(port), KEPT_FILES):
                yield port.name, file


def write_files(step: StepPlan, target: Path) -> None:
    """List the files of the inputs, for people and to name the changed one later."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.writer(file)
        writer.writerow(("Input", "File", "Size", "Version"))
        writer.writerows((name, *found) for name, found in input_files(step))


def changed_file(step: StepPlan, name: str, listed: Path) -> str | None:
    """The first file of the input ``name`` that is not as it is ``listed``, if that can be told."""
    try:
        with listed.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            rows = list(csv.reader(file))[1:]
        before = {row[1]: (row[2], row[3]) for row in rows if row[0] == name}
        now = {f[0]: (str(f[1]), f[2]) for port, f in input_files(step) if port == name}
    except (OSError, DataException, IndexError):
        return None
    if len(before) == KEPT_FILES or len(now) == KEPT_FILES:  # the lists may be cut off
        common = before.keys() & now.keys()
    else:
        common = before.keys() | now.keys()
    return min((file for file in common if before.get(file) != now.get(file)), default=None)


def _settings(step: ParallelPlan) -> object:
    settings = step.settings
    return (
        step.major_input,
        step.append_row_to,
        settings.mini_batch_size,
        settings.partition_keys,
        settings.append_row_file_name,
        settings.append_row_dataframe_header,
        settings.short_return,
        settings.mini_batch_rows,
        settings.mini_batch_bytes,
        settings.dtype_backend,
    )


def _input(port: InputPlan, origins: Mapping[str, str], paths: Callable[[str], str]) -> object:
    if port.uri is None:
        return (port.type, "literal", port.literal)
    if port.producer is not None:
        # Its path is another in each job, below the folder of that job.
        output = Path(port.uri).name
        return (port.type, port.mode, "step", output, origins[port.producer])
    return (port.type, port.mode, "data", paths(port.uri), _digest_of_files(_data(port)))


def _data(port: InputPlan) -> Iterator[File]:
    """The files of an input; of an MLTable also those that it names elsewhere on this machine."""
    uri = port.uri or ""
    if not is_local(uri):
        root = uri.rstrip("/")
        yield from _stored_files(port, root)
    else:
        root = os.path.abspath(local_path(uri))
        if not os.path.isdir(root):
            yield from _files(root, [root])
            return
        yield from _files(root, iter_files(root))
    if port.type != AssetTypes.MLTABLE:
        return
    for file in map(os.fsdecode, read_recipe(uri).files()):
        if is_local(file):
            yield from _files(root, [file])
        elif not file.startswith(root + "/"):
            raise DataException(f"the table {port.name!r} names files of a store elsewhere")


def _stored_files(port: InputPlan, root: str) -> Iterator[File]:
    for file in remote_files(root):
        if not file.version:
            raise DataException(
                f"the store of the input {port.name!r} does not say whether a file has changed"
            )
        yield file.url.removeprefix(root).lstrip("/") or ".", file.size, file.version


def _files(root: str, paths: Iterable[str]) -> Iterator[File]:
    below = os.path.join(root, "")
    for path in paths:
        status = os.stat(path)
        name = path[len(below) :] if path.startswith(below) else os.path.relpath(path, root)
        yield name, status.st_size, str(status.st_mtime_ns)


def _packages() -> Iterator[object]:
    """The interpreter, and the packages that are installed in it.

    A version tells what is in a package, except in one that is edited in place (``pip install -e``)
    and is known by its files.
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
            yield from _modules(source)


def _edited_source(metadata: Path) -> str | None:
    """Where the files of a package lie that is edited in place."""
    try:
        origin = json.loads((metadata / "direct_url.json").read_bytes())
    except (OSError, ValueError):
        return None
    edited = origin.get("dir_info", {}).get("editable", False)
    return local_path(origin["url"]) if edited and is_local(origin["url"]) else None


def _modules(root: str) -> Iterator[File]:
    """The Python files below a folder, but not those of environments and hidden folders in it."""
    for folder, below, files in os.walk(root):
        if "pyvenv.cfg" in files:
            below.clear()
            continue
        below[:] = sorted(name for name in below if not name.startswith((".", "__pycache__")))
        modules = sorted(name for name in files if name.endswith(".py"))
        yield from _files(root, (os.path.join(folder, name) for name in modules))


def _word(word: Word) -> list[object]:
    return [
        {"kind": part.kind, "name": part.name} if isinstance(part, Reference) else part
        for part in word.parts
    ]


def _digest_of_files(files: Iterable[File]) -> str:
    """The digest of any number of files, none of which is kept in memory."""
    digest = hashlib.sha256()
    for name, size, version in files:
        # No name holds the byte 0.
        digest.update(b"%b\0%d %b\n" % (os.fsencode(name), size, version.encode()))
    return digest.hexdigest()[:32]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]
