"""The inputs and outputs of one step: checked against their declarations and made concrete."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping

from parallelsdk import constants
from parallelsdk._expressions import Expression, expressions, fill
from parallelsdk.constants import AssetTypes, InputOutputModes, InputTypes
from parallelsdk.entities._graph import InputSource, OutputTarget, Value
from parallelsdk.entities._io import Input, resolve
from parallelsdk.entities._node import Node
from parallelsdk.planning.arguments import Ports
from parallelsdk.planning.plan import InputPlan, OutputPlan
from parallelsdk.planning.problems import Problems
from parallelsdk.planning.scope import Absent, Broken, Given, Located, Produced, Scope
from parallelsdk.rules import literals
from parallelsdk.rules.identifiers import output_fault
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.ports import DATA_TYPES, INPUT_MODES, OUTPUT_MODES, settled

DEFAULT_DATASTORE = "workspaceblobstore"
NOTHING = OutputTarget(type=None, mode=None, path=None, parent_output=None)
Produce = Mapping[tuple[str, str], OutputPlan]  # by step, in the whole job, and output


class StepPorts:
    """Plans the ports of one step of ``scope``."""

    def __init__(
        self,
        scope: Scope,
        step: str,
        node: Node,
        problems: Problems,
    ) -> None:
        self._scope = scope
        self._node = node
        self._path = scope.node_path(step)
        self._problems = problems

    def inputs(self, produced: Produce) -> tuple[InputPlan, ...]:
        """Every declared input, in order; left out are those that were reported.

        ``produced`` holds the outputs of all steps.
        """
        declared = self._node.component.inputs
        sources = self._node.input_sources()
        for name in sources:
            if name not in declared:
                self._problems.add(
                    f"{self._path}.inputs.{name}",
                    f"the step has no such input{did_you_mean(name, declared)}",
                )
        plans = (
            self._input(name, declared[name], sources.get(name), produced) for name in declared
        )
        return tuple(plan for plan in plans if plan is not None)

    def _input(
        self, name: str, declared: Input, source: InputSource | None, produced: Produce
    ) -> InputPlan | None:
        path = f"{self._path}.inputs.{name}"
        found = self._scope.resolve(source, path) if source is not None else Absent(path)
        match found:
            case Broken():
                return None
            case Absent():
                return self._without_value(name, declared, found)
            case Given():
                return self._literal(name, declared, found, path)
            case Located() | Produced():
                mode = None if source is None or isinstance(source, Value) else source.mode
                return self._data(name, declared, found, mode, produced, path)

    def _without_value(self, name: str, declared: Input, absent: Absent) -> InputPlan | None:
        if declared.default is not None:
            return self._literal(name, declared, Given(declared.default), absent.path)
        if declared.optional:
            return InputPlan(name, declared.type or InputTypes.STRING)
        user = f"{self._path}.inputs.{name}"
        needed = "" if absent.path == user else f", and {user} needs it"
        self._problems.add(absent.path, f"the required input has no value{needed}. Give it one")
        return None

    def _literal(self, name: str, declared: Input, given: Given, path: str) -> InputPlan | None:
        type_ = declared.type or InputTypes.STRING
        if type_ not in constants.LITERAL_TYPES:
            self._problems.add(
                path,
                f"is the literal {given.value!r}, but the input takes {type_}; "
                "give a mapping with type and path, or bind an output",
            )
            return None
        complaint = declared.fault_of(given.value)
        if complaint:
            self._problems.add(path, complaint)
            return None
        if note := literals.coercion(given.value, type_):
            self._problems.warn(path, note)
        return InputPlan(name, type_, literal=Given(literals.coerced(given.value, type_)).text)

    def _data(
        self,
        name: str,
        declared: Input,
        found: Located | Produced,
        mode: str | None,
        produced: Produce,
        path: str,
    ) -> InputPlan | None:
        if declared.type in constants.LITERAL_TYPES:
            self._problems.add(
                path, f"is data, but the input takes a literal of type {declared.type}"
            )
            return None
        mode = mode or declared.mode or InputOutputModes.RO_MOUNT
        if mode not in INPUT_MODES:
            self._problems.add(
                path, f'has the mode "{mode}"; an input takes {", ".join(INPUT_MODES)}'
            )
        if isinstance(found, Produced):
            output = produced.get((found.step, found.output))
            if output is None:  # its step was reported
                return None
            return InputPlan(
                name,
                settled(declared.type) or output.type,
                mode,
                uri=output.path,
                producer=found.step,
                optional=bool(declared.optional),
            )
        return InputPlan(name, settled(declared.type) or found.type, mode, uri=found.uri)

    def outputs(
        self, folder: str, job: str, flat_name: str, datastore: str
    ) -> tuple[OutputPlan, ...]:
        """Every output of the step, with its place below the job's ``folder``."""
        declared = self._node.component.outputs
        targets = self._node.output_targets()
        for name, target in targets.items():
            if name not in declared:
                self._problems.add(
                    f"{self._path}.outputs.{name}",
                    f"the step has no such output{did_you_mean(name, declared)}",
                )
            elif target.parent_output and target.parent_output not in self._scope.output_names():
                known = self._scope.output_names()
                self._problems.add(
                    f"{self._path}.outputs.{name}",
                    f"${{{{parent.outputs.{target.parent_output}}}}} names no output of the "
                    f"pipeline{did_you_mean(target.parent_output, known)}",
                )
        values = {
            "name": f"{job}_{flat_name}",
            "default_datastore": datastore,
        }
        return tuple(
            self._output(name, f"{folder}/steps/{flat_name}/outputs/{name}", values)
            for name in declared
        )

    def _output(self, name: str, place: str, values: Mapping[str, str]) -> OutputPlan:
        path = f"{self._path}.outputs.{name}"
        wish = self._wish(name)
        type_, mode, destination = str(wish.type), str(wish.mode), wish.path
        if fault := output_fault(name):
            self._problems.add(path, fault)
        if len(os.fsencode(name)) > constants.NAME_BYTES:
            self._problems.add(path, f"is a name of over {constants.NAME_BYTES} bytes; shorten it")
        if mode not in OUTPUT_MODES:
            self._problems.add(
                path, f'has the mode "{mode}"; an output takes {", ".join(OUTPUT_MODES)}'
            )
        if type_ not in DATA_TYPES:
            self._problems.add(
                path, f'has the type "{type_}"; an output is one of {", ".join(DATA_TYPES)}'
            )
        if type_ == AssetTypes.URI_FILE:
            place = f"{place}/{name}"
        if destination is not None:
            filled = self._fill(destination, {**values, "output_name": name}, path)
            if not filled and expressions(destination):
                self._problems.add(path, f"has the path {destination}, which is empty; give it one")
            destination = resolve(filled, wish.folder)
        return OutputPlan(name, type_, mode, place, destination, wish.asset, wish.version)

    def _wish(self, name: str) -> OutputTarget:
        """What the pipelines around the step say of an output, then the step, then its component,
        then uri_folder and rw_mount.
        """
        target = self._scope.target(self._node.output_targets().get(name, NOTHING))
        declared = self._node.component.outputs[name]
        return dataclasses.replace(
            target,
            type=target.type or settled(declared.type) or AssetTypes.URI_FOLDER,
            mode=target.mode or declared.mode or InputOutputModes.RW_MOUNT,
            path=target.path or declared.path,
            folder=target.folder if target.path else declared.folder,
        )

    def _fill(self, text: str, values: Mapping[str, str], path: str) -> str:
        def text_of(expression: Expression) -> str:
            known = values.get(".".join(expression.path))
            if known is not None:
                return known
            if expression.path[:2] == ("parent", "inputs"):
                return self._scope.fill(expression.text, path) or ""
            self._problems.add(
                path,
                f"{expression.text} means nothing in the path of an output; "
                "use ${{name}}, ${{output_name}} or ${{default_datastore}}",
            )
            return ""

        return fill(text, text_of)


def ports_of(
    declared: Iterable[str], inputs: tuple[InputPlan, ...], outputs: tuple[OutputPlan, ...]
) -> Ports:
    """What the texts of a step may refer to.

    A declared input without a plan was reported; its name is known all the same, as if for data.
    """
    refused = set(declared) - {port.name for port in inputs}
    return Ports(
        literals={port.name: port.literal for port in inputs if port.literal is not None},
        data=frozenset(refused | {port.name for port in inputs if port.uri is not None}),
        missing=frozenset(
            port.name for port in inputs if port.literal is None and port.uri is None
        ),
        outputs=frozenset(port.name for port in outputs),
    )
