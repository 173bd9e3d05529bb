"""What a step's result depends on, as digests: equal fingerprints promise equal results.

Apart from the search for earlier runs, because here is the list of what counts. Left out on purpose
is what only decides whether and how fast a step gets to its end: thresholds, time-outs, the number
of workers, log levels.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
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
from parallelsdk.rules.settings import SETTINGS
from parallelsdk.runtime.importable import File, files, modules_on, packages
from parallelsdk.runtime.inherited import Inherited
from parallelsdk.storage.filesystem import remote_files
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.uri import is_local, local_path

KEPT_FILES = 10_000  # so many are listed, to name the one that has changed
INPUT = "input "  # how the part of an input begins
INHERITED = "inherited environment"
MODULES = "modules on PYTHONPATH"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The digest of each part of a step, in the order in which a change is told.

    Beside them the digests and the first files that two of the parts are made of: for the words.
    """

    parts: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[File, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of all parts."""
        return _digest(sorted(self.parts.items()))


def fingerprint_of(
    step: StepPlan,
    origins: Mapping[str, str],
    inherited: Inherited,
    paths: Callable[[str], str] = str,
) -> Fingerprint:
    """The fingerprint of ``step`` as things are now.

    ``origins`` says of each step before it which run made its outputs, ``paths`` what a path counts
    as: one in the workspace does not change when the workspace is moved. Raises DataException or
    OSError for an input whose state cannot be told.
    """
    variables = inherited.digests(besides=step.environment_variables)
    modules = _Digest()
    for file in modules_on(inherited.python_path(step), besides=step.code):
        modules.add(file)
    parts = {"code": os.path.basename(step.code) if step.code else ""}
    if isinstance(step, CommandPlan):
        parts["command"] = _digest(_word(step.command))
    else:
        parts["entry script"] = _digest(step.entry_script)
        parts["arguments"] = _digest([_word(word) for word in step.arguments])
        parts["settings"] = _digest(_settings(step))
    parts["environment variables"] = _digest(sorted(step.environment_variables.items()))
    parts[INHERITED] = _digest(sorted(variables.items()))
    parts["outputs"] = _digest([(output.name, output.type) for output in step.outputs])
    parts["Python or its packages"] = _digest(list(packages()))
    parts[MODULES] = modules.text()
    for port in step.inputs:
        parts[INPUT + port.name] = _digest(_input(port, origins, paths))
    return Fingerprint(parts, variables, tuple(modules.first))


def stamp(path: str) -> str | None:
    """The digest of the files at ``path``; None when there are none. OSError when one is gone."""
    found = files(path, iter_files(path) if os.path.isdir(path) else [path])
    first = next(found, None)
    return _digest_of_files(chain((first,), found)) if first else None


def _settings(step: ParallelPlan) -> object:
    counting = [name for name, setting in SETTINGS.items() if setting.counts]
    return (
        step.major_input,
        step.append_row_to,
        [(name, getattr(step.settings, name)) for name in counting],
        *(["bytes"] if step.settings.size_has_unit else []),
    )


def _input(port: InputPlan, origins: Mapping[str, str], paths: Callable[[str], str]) -> object:
    if port.uri is None:
        return (port.type, "literal", port.literal)
    if port.producer is not None:
        # Its path is another in each job, below the folder of that job.
        output = Path(port.uri).name
        return (port.type, port.mode, "step", output, origins[port.producer])
    return (port.type, port.mode, "data", paths(port.uri), _digest_of_files(data_files(port)))


def data_files(port: InputPlan) -> Iterator[File]:
    """The files of an input; of an MLTable also those that it names elsewhere on this machine."""
    uri = port.uri or ""
    if not is_local(uri):
        root = uri.rstrip("/")
        yield from _stored_files(port, root)
    else:
        root = os.path.abspath(local_path(uri))
        if not os.path.isdir(root):
            yield from files(root, [root])
            return
        yield from files(root, iter_files(root))
    if port.type != AssetTypes.MLTABLE:
        return
    for file in map(os.fsdecode, read_recipe(uri).files()):
        if is_local(file):
            yield from files(root, [file])
        elif not file.startswith(root + "/"):
            raise DataException(f"the table {port.name!r} names files of a store elsewhere")


def _stored_files(port: InputPlan, root: str) -> Iterator[File]:
    for file in remote_files(root):
        if not file.version:
            raise DataException(
                f"the store of the input {port.name!r} does not say whether a file has changed"
            )
        yield file.url.removeprefix(root).lstrip("/") or ".", file.size, file.version


def _word(word: Word) -> list[object]:
    return [
        {"kind": part.kind, "name": part.name} if isinstance(part, Reference) else part
        for part in word.parts
    ]


class _Digest:
    """The digest of any number of files, of which only the first are kept in memory."""

    def __init__(self) -> None:
        self.first: list[File] = []
        self._digest = hashlib.sha256()

    def add(self, file: File) -> None:
        name, size, version = file
        # No name holds the byte 0.
        self._digest.update(b"%b\0%d %b\n" % (os.fsencode(name), size, version.encode()))
        if len(self.first) < KEPT_FILES:
            self.first.append(file)

    def text(self) -> str:
        return self._digest.hexdigest()[:32]


def _digest_of_files(found: Iterable[File]) -> str:
    digest = _Digest()
    for file in found:
        digest.add(file)
    return digest.text()


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]
