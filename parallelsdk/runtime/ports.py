"""A step's ports at run time: inputs delivered, outputs given a place, words filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from parallelsdk.constants import AssetTypes
from parallelsdk.exceptions import DataException
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.planning.plan import InputPlan, OutputPlan, Reference, StepPlan, Word
from parallelsdk.storage.filesystem import exists
from parallelsdk.storage.staging import deliver_output, stage_input


@dataclass(frozen=True, slots=True)
class Ports:
    """What each port of a step is worth in a command or an argument."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    def value(self, reference: Reference) -> str:
        """The delivered path or the literal."""
        ports = self.inputs if reference.kind == "inputs" else self.outputs
        return ports[reference.name]

    def fill(self, word: Word) -> str:
        """The word with its references replaced; whatever a value holds, it stays one word."""
        return "".join(p if isinstance(p, str) else self.value(p) for p in word.parts)


def open_ports(plan: StepPlan, folder: StepFolder) -> Ports:
    """Deliver the inputs and make room for the outputs. Raises DataException."""
    inputs = {i.name: _deliver(i, folder) for i in plan.inputs}
    for output in plan.outputs:
        path = Path(output.path)
        made = path.parent if output.type == AssetTypes.URI_FILE else path
        made.mkdir(parents=True, exist_ok=True)
    return Ports(inputs, {o.name: o.path for o in plan.outputs})


def publish(outputs: Iterable[OutputPlan]) -> dict[str, str]:
    """Copy finished outputs to where their author wants them; output -> where it lies."""
    places = {}
    for output in outputs:
        places[output.name] = output.path
        if output.destination is not None and Path(output.path).exists():
            deliver_output(output.path, output.destination)
            places[output.name] = output.destination
    return places


def _deliver(port: InputPlan, folder: StepFolder) -> str:
    if port.uri is None:
        return port.literal or ""
    if not exists(port.uri):
        origin = f"step {port.producer!r} did not write it" if port.producer else "it is not there"
        raise DataException(f"Input {port.name!r} cannot be read from {port.uri}: {origin}.")
    return stage_input(port.uri, mode=port.mode, folder=str(folder.inputs / port.name))
