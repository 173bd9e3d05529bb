"""A step's ports at run time: inputs delivered, outputs given a place, words filled."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parallelsdk.constants import AssetTypes, InputOutputModes
from parallelsdk.data.evaluation import evaluate
from parallelsdk.exceptions import DataException
from parallelsdk.jobstore.layout import StepFolder, Workspace
from parallelsdk.planning.plan import (
    InputPlan,
    OutputPlan,
    ParallelPlan,
    Reference,
    StepPlan,
    Word,
)
from parallelsdk.storage.filesystem import exists
from parallelsdk.storage.mount import MountPlace
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.remote_transfer import Progress
from parallelsdk.storage.staging import PRIVATE_COPY, deliver_output, stage_input, staged_path
from parallelsdk.storage.uri import is_local, local_path

_EVALUATED = (InputOutputModes.EVAL_MOUNT, InputOutputModes.EVAL_DOWNLOAD)
Watch = Callable[[str], Progress | None]  # of what a transfer is -> who hears of it


@dataclass(frozen=True, slots=True)
class Ports:
    """What each port of a step is worth in a command or an argument.

    ``major`` is the path or URL of the input that is split, ``mount`` where workers find its files
    when they do not lie there under their own names.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    major: str = ""
    mount: MountPlace | None = field(default=None)

    def value(self, reference: Reference) -> str:
        """The delivered path or the literal."""
        ports = self.inputs if reference.kind == "inputs" else self.outputs
        return ports[reference.name]

    def fill(self, word: Word) -> str:
        """The word with its references replaced; whatever a value holds, it stays one word."""
        return "".join(p if isinstance(p, str) else self.value(p) for p in word.parts)


def open_ports(plan: StepPlan, folder: StepFolder, workspace: Workspace, watch: Watch) -> Ports:
    """Deliver the inputs and make room for the outputs. Raises DataException."""
    major = plan.major_input if isinstance(plan, ParallelPlan) else None
    inputs, source, mount = {}, "", None
    for port in plan.inputs:
        place = folder.inputs / port.name
        if port.uri is not None and not exists(port.uri):
            raise _missing(port)
        if port.uri is None:
            inputs[port.name] = port.literal or ""
        elif port.name == major:
            inputs[port.name], source, mount = _major(port, port.uri, place, workspace, watch)
        else:
            inputs[port.name] = _side(port, port.uri, place, workspace, watch)
    for output in plan.outputs:
        path = Path(output.path)
        made = path.parent if output.type == AssetTypes.URI_FILE else path
        made.mkdir(parents=True, exist_ok=True)
    return Ports(inputs, {o.name: o.path for o in plan.outputs}, source, mount)


def publish(outputs: Iterable[OutputPlan], watch: Watch) -> dict[str, str]:
    """Copy finished outputs to where their author wants them; output -> where it lies."""
    places = {}
    for output in outputs:
        places[output.name] = output.path
        if output.destination is not None and Path(output.path).exists():
            deliver_output(output.path, output.destination, watch(f"output {output.name}"))
            places[output.name] = output.destination
    return places


def _side(port: InputPlan, uri: str, folder: Path, workspace: Workspace, watch: Watch) -> str:
    """An input that every worker gets whole."""
    if port.type == AssetTypes.MLTABLE and port.mode in _EVALUATED:
        copies = port.mode == InputOutputModes.EVAL_DOWNLOAD
        return evaluate(uri, str(folder), workspace=workspace, copies=copies)
    return stage_input(
        uri,
        mode=port.mode,
        folder=str(folder),
        progress=watch(f"input {port.name}"),
    )


def _major(
    port: InputPlan, uri: str, folder: Path, workspace: Workspace, watch: Watch
) -> tuple[str, str, MountPlace | None]:
    """The input that is split: its value in arguments, where it is planned from, and its mount.

    What is remote is not fetched here unless the mode says so; workers fetch what they need.
    """
    is_table = port.type == AssetTypes.MLTABLE
    evaluated = is_table and port.mode == InputOutputModes.EVAL_DOWNLOAD
    if port.mode == InputOutputModes.DIRECT and not is_local(uri):
        return uri, uri, None
    if not evaluated and (is_local(uri) or port.mode in PRIVATE_COPY):
        path = stage_input(
            uri,
            mode=port.mode,
            folder=str(folder),
            progress=watch(f"input {port.name}"),
        )
        # An MLTable file of this machine may name files of a store.
        return path, path, MountPlace(path, str(folder / "mount")) if is_table else None
    mount = MountPlace(
        os.path.abspath(local_path(uri)) if is_local(uri) else uri,
        staged_path(uri, str(folder)),
        copies_local=evaluated,
    )
    os.makedirs(mount.folder, exist_ok=True)
    return mount.folder, mount.root, mount


def _missing(port: InputPlan) -> DataException:
    origin = f"step {port.producer!r} did not write it" if port.producer else "it is not there"
    return DataException(
        f"Input {port.name!r} cannot be read from {without_secrets(port.uri or '')}: {origin}."
    )
