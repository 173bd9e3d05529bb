"""A step's ports at run time: inputs delivered, outputs given a place, words filled."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parallelsdk.constants import AssetTypes, InputOutputModes
from parallelsdk.data.evaluation import evaluate
from parallelsdk.exceptions import DataException
from parallelsdk.jobstore.layout import StepFolder, Workspace
from parallelsdk.planning.plan import (
    InputPlan,
    ParallelPlan,
    Reference,
    StepPlan,
    Word,
)
from parallelsdk.runtime.shown_output import show_contents
from parallelsdk.storage.filesystem import exists
from parallelsdk.storage.mount import MountPlace
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.remote_transfer import Progress
from parallelsdk.storage.staging import PRIVATE_COPY, stage_copy, stage_input, staged_path
from parallelsdk.storage.uri import is_local, local_path

_EVALUATED = (InputOutputModes.EVAL_MOUNT, InputOutputModes.EVAL_DOWNLOAD)
Watch = Callable[[str], Progress | None]  # of what a transfer is -> who hears of it
Warn = Callable[[str], None]  # hears of what whoever watches the job should know


@dataclass(frozen=True, slots=True)
class Ports:
    """What each port of a step is worth in a command or an argument.

    ``major`` is the path or URL of the input that is split, ``mount`` where workers find its files
    when they do not lie there under their own names. ``copied`` is the state of the data that a
    private copy of it was made of, as ``tree_state`` tells it.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    major: str = ""
    mount: MountPlace | None = field(default=None)
    copied: str = ""

    def value(self, reference: Reference) -> str:
        """The delivered path or the literal."""
        ports = self.inputs if reference.kind == "inputs" else self.outputs
        return ports[reference.name]

    def fill(self, word: Word) -> str:
        """The word with its references replaced; whatever a value holds, it stays one word."""
        return "".join(p if isinstance(p, str) else self.value(p) for p in word.parts)


def open_ports(
    plan: StepPlan,
    folder: StepFolder,
    workspace: Workspace,
    watch: Watch,
    *,
    warn: Warn = lambda _: None,
    goes_on: bool = False,
) -> Ports:
    """Deliver the inputs and make room for the outputs; a step that ``goes_on`` has written there.

    ``warn`` hears of outputs whose destination holds what the step does not see. Raises
    DataException.
    """
    major = plan.major_input if isinstance(plan, ParallelPlan) else None
    inputs: dict[str, str] = {}
    found = _Major("", "")
    for port in plan.inputs:
        place = folder.inputs / port.name
        staging = _Staging(place, folder.unfinished / port.name, watch(f"input {port.name}"))
        if port.uri is not None and not exists(port.uri):
            raise _missing(port)
        if port.uri is None:
            inputs[port.name] = port.literal or ""
        elif port.name == major:
            found = _major(port, port.uri, staging)
            inputs[port.name] = found.value
        else:
            inputs[port.name] = _side(port, port.uri, staging, workspace)
    if not goes_on:
        show_contents(plan, folder, warn)
    for output in plan.outputs:
        path = Path(output.path)
        made = path.parent if output.type == AssetTypes.URI_FILE else path
        made.mkdir(parents=True, exist_ok=True)
    outputs = {output.name: output.path for output in plan.outputs}
    return Ports(inputs, outputs, found.source, found.mount, found.copied)


@dataclass(frozen=True, slots=True)
class _Staging:
    """Where an input is brought to, where it lies on its way, and who hears of that."""

    folder: Path
    unfinished: Path
    progress: Progress | None

    def stage(self, uri: str, mode: str | None) -> str:
        """The path or URL of the input, brought here if the mode says so."""
        return stage_input(
            uri,
            mode=mode,
            folder=str(self.folder),
            progress=self.progress,
            unfinished=str(self.unfinished),
        )


@dataclass(frozen=True, slots=True)
class _Major:
    """The input that is split: its value in arguments, where it is planned from, and its mount."""

    value: str
    source: str
    mount: MountPlace | None = None
    copied: str = ""


def _side(port: InputPlan, uri: str, staging: _Staging, workspace: Workspace) -> str:
    """An input that every worker gets whole."""
    if port.type == AssetTypes.MLTABLE and port.mode in _EVALUATED:
        copies = port.mode == InputOutputModes.EVAL_DOWNLOAD
        return evaluate(uri, str(staging.folder), workspace=workspace, copies=copies)
    return staging.stage(uri, port.mode)


def _major(port: InputPlan, uri: str, staging: _Staging) -> _Major:
    """What is remote is not fetched unless the mode says so; workers fetch what they need."""
    folder = staging.folder
    is_table = port.type == AssetTypes.MLTABLE
    evaluated = is_table and port.mode == InputOutputModes.EVAL_DOWNLOAD
    if port.mode == InputOutputModes.DIRECT and not is_local(uri):
        return _Major(uri, uri)
    if not evaluated and (is_local(uri) or port.mode in PRIVATE_COPY):
        copied = ""
        if is_local(uri) and port.mode in PRIVATE_COPY:
            source = os.path.abspath(local_path(uri))
            copy = stage_copy(source, str(folder), unfinished=str(staging.unfinished))
            path, copied = copy.path, copy.state
        else:
            path = staging.stage(uri, port.mode)
        # An MLTable file of this machine may name files of a store.
        mount = MountPlace(path, str(folder / "mount")) if is_table else None
        return _Major(path, path, mount, copied)
    mount = MountPlace(
        os.path.abspath(local_path(uri)) if is_local(uri) else uri,
        staged_path(uri, str(folder)),
        copies_local=evaluated,
    )
    os.makedirs(mount.folder, exist_ok=True)
    return _Major(mount.folder, mount.root, mount)


def _missing(port: InputPlan) -> DataException:
    origin = f"step {port.producer!r} did not write it" if port.producer else "it is not there"
    return DataException(
        f"Input {port.name!r} cannot be read from {without_secrets(port.uri or '')}: {origin}."
    )
