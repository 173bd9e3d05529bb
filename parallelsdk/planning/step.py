"""One step becomes its plan: a command's shell line, or a parallel step's words and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parallelsdk._expressions import whole
from parallelsdk.entities._command import Command
from parallelsdk.entities._node import Node
from parallelsdk.entities._parallel import Parallel
from parallelsdk.entities._settings import ParallelTask
from parallelsdk.planning.arguments import Arguments, read_arguments, read_command
from parallelsdk.planning.plan import (
    Codes,
    CommandPlan,
    InputPlan,
    OutputPlan,
    ParallelPlan,
    StepPlan,
)
from parallelsdk.planning.port import StepPorts, ports_of
from parallelsdk.planning.problems import Problems
from parallelsdk.planning.scope import Scope
from parallelsdk.planning.settings import SettingsReader
from parallelsdk.rules.names import did_you_mean

BACKEND = "loky"


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step on its way: its node, the pipeline around it, and what has been decided."""

    name: str  # in the whole job
    path: str
    node: Node
    scope: Scope
    ports: StepPorts
    outputs: tuple[OutputPlan, ...]
    predecessors: tuple[str, ...]  # steps that ``after`` names, by their names in the whole job

    def after(self, inputs: tuple[InputPlan, ...]) -> tuple[str, ...]:
        """The steps that must have completed: the makers of its inputs, and its predecessors."""
        makers = (port.producer for port in inputs if port.producer is not None)
        return tuple(dict.fromkeys((*makers, *self.predecessors)))


class StepPlanner:
    """Plans the steps of one job on a machine of ``cpu_count`` cores.

    ``codes`` maps a code folder and what comes beside it to their snapshot, which is the folder
    when missing.
    """

    def __init__(self, problems: Problems, codes: Codes, cpu_count: int) -> None:
        self._problems = problems
        self._codes = codes
        self._cpu_count = cpu_count

    def plan(self, at: PlacedStep, inputs: tuple[InputPlan, ...]) -> StepPlan | None:
        """The plan of the step ``at`` with these inputs; None when it was reported as a whole."""
        if isinstance(at.node, Command):
            return self._command(at, at.node, inputs)
        if isinstance(at.node, Parallel):
            return self._parallel(at, at.node, inputs)
        self._problems.add(
            at.path, f"is a step of type {at.node.type}; steps are command, parallel or pipeline"
        )
        return None

    def _command(self, at: PlacedStep, node: Command, inputs: tuple[InputPlan, ...]) -> CommandPlan:
        word, complaints = read_command(
            node.component.command or "", ports_of(node.component.inputs, inputs, at.outputs)
        )
        self._complain(f"{at.path}.component.command", complaints)
        if not (node.component.command or "").strip():
            self._problems.add(f"{at.path}.component.command", "the step has no command to run")
        reader = self._reader(at, Arguments())
        return CommandPlan(
            name=at.name,
            inputs=inputs,
            outputs=at.outputs,
            after=at.after(inputs),
            command=word,
            code=self._code(node.code_path, node.component.resolved_includes),
            environment_variables=self._environment_variables(at),
            timeout=reader.timeout("limits.timeout"),
            display_name=node.display_name,
            is_deterministic=node.component.is_deterministic is not False,
            text=node.component.command or "",
            code_source=node.code_path,
            code_includes=node.component.resolved_includes,
        )

    def _parallel(
        self, at: PlacedStep, node: Parallel, inputs: tuple[InputPlan, ...]
    ) -> ParallelPlan | None:
        task: ParallelTask | None = node.setting("task")
        if task is None:
            self._problems.add(
                f"{at.path}.task", "the step has no task: give it code and entry_script"
            )
            return None
        arguments = read_arguments(
            task.program_arguments or "", ports_of(node.component.inputs, inputs, at.outputs)
        )
        self._complain(f"{at.path}.task.program_arguments", arguments.problems)
        for warning in arguments.warnings:
            self._problems.warn(f"{at.path}.task.program_arguments", warning)
        reader = self._reader(at, arguments)
        instance_count, slots = reader.instances(self._cpu_count)
        major = self._major_input(at, node, inputs)
        settings = reader.run_settings(major.type if major else "")
        code = self._required(f"{at.path}.task.code", self._code(node.task_code), "the folder")
        entry_script = self._required(
            f"{at.path}.task.entry_script", task.entry_script, "the Python file"
        )
        return ParallelPlan(
            name=at.name,
            inputs=inputs,
            outputs=at.outputs,
            after=at.after(inputs),
            major_input=major.name if major else "",
            code=code,
            entry_script=entry_script,
            arguments=arguments.words,
            append_row_to=self._append_row_to(at, task.append_row_to),
            instance_count=instance_count,
            slots_per_instance=slots,
            backend=BACKEND,
            settings=settings,
            environment_variables=self._environment_variables(at),
            display_name=node.display_name,
            is_deterministic=node.component.is_deterministic is not False,
            text=task.program_arguments or "",
            code_source=node.task_code,
        )

    def _reader(self, at: PlacedStep, arguments: Arguments) -> SettingsReader:
        return SettingsReader(
            at.node.setting,
            arguments,
            fill=at.scope.fill,
            path=at.path,
            problems=self._problems,
        )

    def _major_input(
        self, at: PlacedStep, node: Parallel, inputs: tuple[InputPlan, ...]
    ) -> InputPlan | None:
        """The input that is split; None when it was reported."""
        path = f"{at.path}.input_data"
        declared = node.component.inputs
        text: str | None = node.setting("input_data")
        if not text:
            hint = next(iter(declared), "data")
            self._problems.add(
                path, f"names no input to split. Write input_data: ${{{{inputs.{hint}}}}}"
            )
            return None
        expression = whole(text)
        if expression is None or expression.path[0] != "inputs":
            self._problems.add(
                path, f"is {text!r}; it must name one input, as ${{{{inputs.<name>}}}}"
            )
            return None
        name = ".".join(expression.path[1:])
        if name not in declared:
            self._problems.add(
                path, f"{expression.text} names no input{did_you_mean(name, declared)}"
            )
            return None
        major = next((port for port in inputs if port.name == name), None)
        if major is None:  # reported as an input
            return None
        if major.uri is None:
            what = "a literal" if major.literal is not None else "without a value"
            self._problems.add(
                path, f'names the input "{name}", which is {what}; only data are split'
            )
            return None
        return major

    def _append_row_to(self, at: PlacedStep, text: str | None) -> str | None:
        if not text:
            return None
        path = f"{at.path}.task.append_row_to"
        expression = whole(text)
        known = [output.name for output in at.outputs]
        if expression is None or expression.path[0] != "outputs":
            self._problems.add(
                path, f"is {text!r}; it must name one output, as ${{{{outputs.<name>}}}}"
            )
            return None
        name = ".".join(expression.path[1:])
        if name not in known:
            self._problems.add(path, f"{text} names no output{did_you_mean(name, known)}")
        return name

    def _code(self, path: str | None, includes: tuple[str, ...] = ()) -> str | None:
        return self._codes.get((path, includes), path)

    def _environment_variables(self, at: PlacedStep) -> dict[str, str]:
        variables: Any = at.node.environment_variables or {}
        path = f"{at.path}.environment_variables"
        if not isinstance(variables, Mapping):
            self._problems.add(path, f"must be a mapping of names, found {variables!r:.80}")
            return {}
        filled = {
            name: at.scope.fill("" if value is None else str(value), f"{path}.{name}")
            for name, value in variables.items()
        }
        return {name: value for name, value in filled.items() if value is not None}

    def _required(self, path: str, value: str | None, what: str) -> str:
        if not value:
            self._problems.add(path, f"is missing; give {what} that holds run(mini_batch)")
        return value or ""

    def _complain(self, path: str, messages: tuple[str, ...]) -> None:
        for message in messages:
            self._problems.add(path, message)
