"""The corridor between the wings: a ``PipelineJob`` becomes a frozen ``PipelinePlan``.

Pure: nothing is opened; the machine's size and the job's folder are handed in. What is wrong is
collected, so that one refusal lists every mistake with its place.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping

from parallelsdk.constants import NAME_BYTES
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._node import Node
from parallelsdk.planning.graph import find_cycle, order
from parallelsdk.planning.plan import (
    Codes,
    JobOutputPlan,
    PipelinePlan,
    StepPlan,
)
from parallelsdk.planning.port import DEFAULT_DATASTORE, Produce, StepPorts
from parallelsdk.planning.problems import Problems, refusal, title_of
from parallelsdk.planning.scope import Scope
from parallelsdk.planning.step import PlacedStep, StepPlanner
from parallelsdk.rules.identifiers import output_fault, step_fault
from parallelsdk.rules.names import did_you_mean

CONTINUE_ON_STEP_FAILURE = True  # when unset; Azure's YAML reference says so
DEFAULT_EXPERIMENT = "Default"


def plan_job(
    job: PipelineJob,
    *,
    name: str,
    folder: str,
    codes: Codes,
    cpu_count: int,
) -> PipelinePlan:
    """The plan of ``job`` under ``name``.

    ``folder`` is the absolute path of the job's folder; ``codes`` tells the snapshot of code, which
    is the code folder itself when missing. Raises ValidationException that lists every problem.
    """
    planner = _Planner(job, name=name, folder=folder, codes=codes, cpu_count=cpu_count)
    plan = planner.plan()
    if planner.problems.found:
        title = title_of(job.display_name, job.source_file, job.name)
        found = planner.problems.found
        lines = [str(dataclasses.replace(p, path=job.called(p.path))) for p in found]
        raise refusal(title, lines)
    return plan


def find_problems(job: PipelineJob, *, cpu_count: int) -> Problems:
    """What ``plan_job`` would refuse the job for, or warn of."""
    planner = _Planner(job, name="job", folder="/", codes={}, cpu_count=cpu_count)
    planner.plan()
    return planner.problems


class _Planner:
    def __init__(
        self,
        job: PipelineJob,
        *,
        name: str,
        folder: str,
        codes: Codes,
        cpu_count: int,
    ) -> None:
        self.problems = Problems(job.locate)
        self._job = job
        self._name = name
        self._folder = folder
        self._steps = StepPlanner(self.problems, codes, cpu_count)

    def plan(self) -> PipelinePlan:
        """The plan; not to be used when there are problems."""
        root = Scope(self._job, self.problems)
        names = [scope.flat_name(step) for scope, step, _ in root.steps()]
        placed = [self._place(scope, step, node, names) for scope, step, node in root.steps()]
        if not placed:
            self.problems.add("jobs", "the pipeline has no steps. Add at least one")
        produced = {(at.name, output.name): output for at in placed for output in at.outputs}
        self._check_destinations(produced)
        steps = {at.name: self._steps.plan(at, at.ports.inputs(produced)) for at in placed}
        return PipelinePlan(
            name=self._name,
            display_name=self._job.display_name or self._name,
            experiment_name=self._job.experiment_name or DEFAULT_EXPERIMENT,
            steps=self._in_order(steps),
            outputs=self._job_outputs(root, produced),
            continue_on_step_failure=self._continue_on_step_failure(),
            warnings=tuple(str(warning) for warning in self.problems.warnings),
            force_rerun=self._job.settings.force_rerun is True,
        )

    def _place(self, scope: Scope, step: str, node: Node, names: list[str]) -> PlacedStep:
        path, name = scope.node_path(step), scope.flat_name(step)
        if fault := step_fault(step):
            self.problems.add(path, fault)
        if len(os.fsencode(name)) > NAME_BYTES:  # it names a folder
            self.problems.add(path, f"has a name of over {NAME_BYTES} bytes; shorten it")
        ports = StepPorts(scope, step, node, self.problems)
        datastore = (self._job.settings.default_datastore or DEFAULT_DATASTORE).removeprefix(
            "azureml:"
        )
        outputs = ports.outputs(self._folder, self._name, name, datastore)
        before = self._predecessors(scope, step, node, names)
        return PlacedStep(name, path, node, scope, ports, outputs, before)

    def _predecessors(
        self, scope: Scope, step: str, node: Node, names: list[str]
    ) -> tuple[str, ...]:
        """What ``after`` says of the step and of the pipelines that it is in.

        A pipeline stands for all of its steps.
        """
        found: list[str] = []
        level: Scope | None = scope
        while level is not None:
            for other in node.predecessors():
                flat = level.flat_name(other)
                found += [name for name in names if name == flat or name.startswith(f"{flat}.")]
                if other not in level.nodes:
                    hint = did_you_mean(other, level.nodes)
                    self.problems.add(
                        f"{level.node_path(step)}.after", f"there is no step {other!r}.{hint}"
                    )
            step, level = level.name, level.outer
            if level is not None:
                node = level.nodes[step]
        return tuple(dict.fromkeys(found))

    def _job_outputs(self, root: Scope, produced: Produce) -> tuple[JobOutputPlan, ...]:
        outputs: dict[str, JobOutputPlan] = {}
        for scope, step, node in root.steps():
            for output, target in node.output_targets().items():
                name = scope.job_output(target)
                if name is None or (scope.flat_name(step), output) not in produced:
                    continue
                if name in outputs:
                    self.problems.add(
                        f"{scope.node_path(step)}.outputs.{output}",
                        f'"{outputs[name].step}" writes the pipeline\'s output "{name}" already',
                    )
                    continue
                outputs[name] = JobOutputPlan(name, scope.flat_name(step), output)
        for name in root.output_names():
            if fault := output_fault(name):
                self.problems.add(f"outputs.{name}", fault)
            if name not in outputs:
                self.problems.warn(
                    f"outputs.{name}",
                    f"no step writes it. Bind a step's output to ${{{{parent.outputs.{name}}}}}",
                )
        return tuple(outputs.values())

    def _in_order(self, steps: Mapping[str, StepPlan | None]) -> tuple[StepPlan, ...]:
        plans = {name: plan for name, plan in steps.items() if plan is not None}
        after = {name: plan.after for name, plan in plans.items()}
        cycle = find_cycle(after)
        if cycle:
            self.problems.add(
                f"jobs.{cycle[0]}",
                f"the steps wait for each other: {' -> '.join(cycle)}. "
                "Remove a binding or an after",
            )
        return tuple(plans[name] for name in order(after))

    def _check_destinations(self, produced: Produce) -> None:
        taken: dict[str, str] = {}
        for (step, name), output in produced.items():
            if output.destination is None:
                continue
            first = taken.setdefault(output.destination, f"{step}.outputs.{name}")
            if first != f"{step}.outputs.{name}":
                self.problems.add(
                    f"jobs.{step}.outputs.{name}",
                    f"has the same path as {first}: {output.destination}. Give each its own",
                )

    def _continue_on_step_failure(self) -> bool:
        wish = self._job.settings.continue_on_step_failure
        return CONTINUE_ON_STEP_FAILURE if wish is None else bool(wish)
