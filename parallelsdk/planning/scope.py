"""What the placeholders of one pipeline level mean, seen from the whole job.

A nested pipeline disappears in planning: its steps join the job under dotted names, and a binding
to its inputs or outputs becomes a binding to what lies behind them. Here bindings are followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parallelsdk._expressions import Expression, expressions, fill
from parallelsdk.constants import MOST_NESTED
from parallelsdk.entities._graph import (
    Data,
    FromParent,
    FromStep,
    InputSource,
    OutputTarget,
    Value,
)
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._node import Node
from parallelsdk.entities._pipeline import Pipeline
from parallelsdk.planning.problems import Problems
from parallelsdk.rules.names import did_you_mean


@dataclass(frozen=True, slots=True)
class Given:
    """A literal."""

    value: str | int | float | bool

    @property
    def text(self) -> str:
        """The literal as a command line receives it: Azure writes booleans as True and False."""
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Located:
    """Data that lie somewhere already."""

    uri: str
    type: str


@dataclass(frozen=True, slots=True)
class Produced:
    """An output of a step, both by their names in the whole job."""

    step: str
    output: str


@dataclass(frozen=True, slots=True)
class Absent:
    """An input of a pipeline that nobody gave a value, at its path."""

    path: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A source that cannot work, which has been reported."""


Resolved = Given | Located | Produced | Absent | Broken


class Scope:
    """One pipeline: the job itself (no ``outer``), or a pipeline step of the scope around it."""

    def __init__(
        self,
        pipeline: PipelineJob | Pipeline,
        problems: Problems,
        *,
        outer: Scope | None = None,
        name: str = "",
    ) -> None:
        self.outer = outer
        self.name = name
        own = outer.node_path(name) if outer else ""
        self.path = f"{own}.component." if outer else ""
        self.prefix: str = f"{outer.prefix}{name}." if outer else ""
        self._ports_path = f"{own}." if outer else ""
        self.nodes: Mapping[str, Node] = (
            pipeline.jobs if isinstance(pipeline, PipelineJob) else pipeline.component.jobs
        )
        self._pipeline = pipeline
        self._problems = problems
        self._inputs = self._read_inputs(outer)

    def node_path(self, step: str) -> str:
        """The dotted path of a step of this pipeline."""
        return f"{self.path}jobs.{step}"

    def flat_name(self, step: str) -> str:
        """The name of a step of this pipeline in the whole job."""
        return self.prefix + step

    def steps(self) -> Iterator[tuple[Scope, str, Node]]:
        """Every step that does something, with its scope and its name there; depth first.

        What is nested too deeply is reported and left out.
        """
        for name, node in self.nodes.items():
            if isinstance(node, Pipeline) and self.path.count(".component.") >= MOST_NESTED - 1:
                told = f"holds pipelines that are nested more than {MOST_NESTED} deep"
                self._problems.add(self.node_path(name), told)
            elif isinstance(node, Pipeline):
                yield from Scope(node, self._problems, outer=self, name=name).steps()
            else:
                yield self, name, node

    def resolve(self, source: InputSource, path: str) -> Resolved:
        """What ``source``, given at ``path`` to a step of this pipeline, stands for."""
        match source:
            case Value(value=str() as text):
                filled = self.fill(text, path)
                return Broken() if filled is None else Given(filled)
            case Value(value=value):
                return Given(value)
            case Data(path=uri, type=type_):
                return Located(uri, type_)
            case FromParent(name=name):
                return self._input(name, path)
            case FromStep(step=step, output=output):
                return self._producer(step, output, path)

    def fill(self, text: str, path: str) -> str | None:
        """``text`` with the literals of this pipeline's inputs; None when that was refused."""
        texts = {}
        for expression in expressions(text):
            found = self._literal(expression, path)
            if found is None:
                return None
            texts[expression] = found
        return fill(text, lambda expression: texts[expression])

    def target(self, target: OutputTarget) -> OutputTarget:
        """``target`` with what the pipelines around say of the output: the outermost counts."""
        if target.parent_output is None:
            return target
        outer = self._pipeline.output_targets().get(target.parent_output)
        if outer is None:
            return target
        declared = self._pipeline.component.outputs.get(target.parent_output)
        merged = OutputTarget(
            type=outer.type or target.type or (declared.given_type if declared else None),
            mode=outer.mode or target.mode,
            path=outer.path or target.path,
            parent_output=outer.parent_output,
            asset=outer.asset or target.asset,
            version=outer.version if outer.asset else target.version,
            folder=outer.folder if outer.path else target.folder,
        )
        return self.outer.target(merged) if self.outer else merged

    def job_output(self, target: OutputTarget) -> str | None:
        """The output of the whole job that a step's output is, if it is one."""
        if target.parent_output is None or self.outer is None:
            return target.parent_output
        outer = self._pipeline.output_targets().get(target.parent_output)
        return self.outer.job_output(outer) if outer else None

    def output_names(self) -> list[str]:
        """The outputs that this pipeline declares."""
        return list(
            dict.fromkeys([*self._pipeline.component.outputs, *self._pipeline.output_targets()])
        )

    def _read_inputs(self, outer: Scope | None) -> dict[str, Resolved]:
        """Every input of this pipeline: given, else its default, else absent."""
        declared = self._pipeline.component.inputs
        inputs: dict[str, Resolved] = {}
        for name, declaration in declared.items():
            default = declaration.default
            path = f"{self._ports_path}inputs.{name}"
            inputs[name] = Absent(path) if default is None else Given(default)
        for name, source in self._pipeline.input_sources().items():
            path = f"{self._ports_path}inputs.{name}"
            if name not in declared and outer is not None:
                self._problems.add(
                    path, f"the pipeline has no such input{did_you_mean(name, declared)}"
                )
                continue
            # The job's own literals stand as written: there is nothing around them to refer to.
            found = outer.resolve(source, path) if outer else _outermost(source)
            if isinstance(found, Given) and name in declared:
                complaint = declared[name].fault_of(found.value)
                if complaint:
                    self._problems.add(path, complaint)
                    found = Broken()
            if not (isinstance(found, Absent) and isinstance(inputs.get(name), Given)):
                inputs[name] = found
        return inputs

    def _input(self, name: str, path: str) -> Resolved:
        if name in self._inputs:
            return self._inputs[name]
        self._problems.add(
            path,
            f"${{{{parent.inputs.{name}}}}} names no input of the pipeline"
            + did_you_mean(name, self._inputs),
        )
        return Broken()

    def _producer(self, step: str, output: str, path: str) -> Resolved:
        binding = f"${{{{parent.jobs.{step}.outputs.{output}}}}}"
        node = self.nodes.get(step)
        if node is None:
            self._problems.add(
                path, f"{binding} names no step of the pipeline{did_you_mean(step, self.nodes)}"
            )
            return Broken()
        declared = node.component.outputs
        if output not in declared:
            self._problems.add(
                path, f'{binding}: "{step}" has no such output{did_you_mean(output, declared)}'
            )
            return Broken()
        return self._behind(node, self.flat_name(step), output, path)

    def _behind(self, node: Node, flat_name: str, output: str, path: str) -> Resolved:
        """The step output that an output of ``node`` is, through any number of nested pipelines."""
        if not isinstance(node, Pipeline):
            return Produced(flat_name, output)
        for name, inner in node.component.jobs.items():
            for inner_output, target in inner.output_targets().items():
                if target.parent_output == output:
                    return self._behind(inner, f"{flat_name}.{name}", inner_output, path)
        self._problems.add(
            path, f'no step of the pipeline "{flat_name}" writes its output "{output}"'
        )
        return Broken()

    def _literal(self, expression: Expression, path: str) -> str | None:
        match expression.path:
            case ("parent", "inputs", *name):
                found = self._input(".".join(name), path)
            case _:
                self._problems.add(
                    path,
                    f"{expression.text} cannot stand inside a text; only literal inputs of the "
                    "pipeline can, as ${{parent.inputs.<name>}}",
                )
                return None
        if isinstance(found, Given):
            return found.text
        if isinstance(found, Absent):
            self._problems.add(found.path, f"has no value, but {path} needs it")
        elif not isinstance(found, Broken):
            self._problems.add(
                path,
                f"{expression.text} is data, not a literal; bind it as a whole input of the step",
            )
        return None


def _outermost(source: InputSource) -> Resolved:
    match source:
        case Value(value=value):
            return Given(value)
        case Data(path=uri, type=type_):
            return Located(uri, type_)
    raise TypeError(f"a job's input cannot be {source!r}")
