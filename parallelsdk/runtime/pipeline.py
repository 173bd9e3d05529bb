"""Walks the graph: starts every step whose inputs exist, and settles how the job ended."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import traceback
from functools import partial
from pathlib import Path
from shutil import copytree

from parallelsdk._units import counted
from parallelsdk.backends._reaper import Reaper
from parallelsdk.backends._registry import open_backend
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import MlException
from parallelsdk.jobstore.asset_reference import kind_of_input
from parallelsdk.jobstore.assets import AssetStore
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.store import DriverLog, read_job
from parallelsdk.planning.omission import leave_out
from parallelsdk.planning.plan import CommandPlan, OutputPlan, PipelinePlan, StepPlan
from parallelsdk.runtime.capacity import core_count, processes_of
from parallelsdk.runtime.command_step import run_command_step
from parallelsdk.runtime.parallel_step import run_parallel_step
from parallelsdk.runtime.publishing import publish, sweep_destinations
from parallelsdk.runtime.read_only import ReadOnlyInputs
from parallelsdk.runtime.reuse import Reuse
from parallelsdk.runtime.step_logs import StepLogs
from parallelsdk.runtime.step_result import StepResult
from parallelsdk.runtime.stop import CANCELED, CancelSignal, Stop
from parallelsdk.runtime.transfers import TransferWatch
from parallelsdk.storage.transfer import remove


class PipelineRun:
    """One run of a plan, in the process that drives it."""

    def __init__(
        self,
        plan: PipelinePlan,
        folder: JobFolder,
        reaper: Reaper,
        canceled: CancelSignal,
        *,
        open_files: int = 0,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._reaper = reaper
        self._canceled = canceled
        self._open_files = open_files  # that what is started is to find
        self._stop = Stop()  # set by a cancel, or by a failure that ends the job
        self._events = DriverLog(folder)
        self._ended: queue.SimpleQueue[tuple[StepPlan, StepResult]] = queue.SimpleQueue()
        self._results: dict[str, StepResult] = {}
        self._capacity = core_count()
        self._told_waiting: set[str] = set()
        self._reuse = Reuse(plan, folder, self._stop)
        self._accept_changes = read_job(folder).accepts_changes

    def run(self) -> StepResult:
        """Run every step that can run; how the job ended."""
        self._results = self._results_before()
        waiting = [step for step in self._plan.steps if step.name not in self._results]
        running: dict[str, int] = {}  # step -> how many processes it works with
        while True:
            for step in waiting.copy():
                if running and sum(running.values()) + processes_of(step) > self._capacity:
                    self._tell_waiting(step, running)
                    continue  # its turn comes when another has ended
                due = self._due(step, waiting)
                if due is None:
                    continue
                waiting.remove(step)
                running[step.name] = processes_of(step)
                # A thread of its own, which outlives the workers that it starts.
                threading.Thread(target=self._run_step, args=(due,), name=step.name).start()
            if not running:
                break
            del running[self._take_result()]
        return self._conclusion(waiting)

    def _tell_waiting(self, step: StepPlan, running: dict[str, int]) -> None:
        """Say once that a step that could run waits for cores."""
        ready = all(name in self._results for name in step.after)
        if not ready or step.name in self._told_waiting:
            return
        self._told_waiting.add(step.name)
        names = ", ".join(running)
        busy = counted(sum(running.values()), "process", "processes")
        reason = f"It waits for cores: {names} work{'s' if len(running) == 1 else ''} with {busy}."
        self._events.append("step_waiting", step=step.name, reason=reason)

    def _results_before(self) -> dict[str, StepResult]:
        """On a resume, the steps that had completed: they do not run again.

        One that began without an optional input begins anew, because the input may come now, and
        nothing that was made without it may be mixed with what is made of it.
        """
        record = read_job(self._folder)
        done = {step.name for step in record.steps if step.status == JobStatus.COMPLETED}
        begun = {step.name for step in record.steps if step.started is not None} | done
        for step in self._plan.steps:  # in an order in which they could run
            if step.name in begun and not done.issuperset(step.after):
                done.discard(step.name)
                remove(str(self._folder.step(step.name).path))
        return {name: StepResult("Completed") for name in done}

    def _take_result(self) -> str:
        """Wait for a step to end; its name."""
        while True:
            if self._canceled.is_set():
                self._stop.ask(CANCELED)
            try:
                step, result = self._ended.get(timeout=0.2)
            except queue.Empty:
                continue
            self._results[step.name] = result
            if result.status == "Failed" and not self._plan.continue_on_step_failure:
                self._stop.ask(f"Step {step.name} failed, and continue_on_step_failure is off.")
            return step.name

    def _due(self, step: StepPlan, waiting: list[StepPlan]) -> StepPlan | None:
        """The step as it can run now, perhaps without optional inputs; None if it cannot."""
        if self._stop.is_set():
            return None
        missing: set[str] = set()
        for name in step.after:
            result = self._results.get(name)
            if result is not None and result.status == "Completed":
                continue
            if result is None and name not in self._lost(waiting):
                return None  # it may still come
            ports = [port.name for port in step.inputs if port.producer == name]
            if not ports:
                return None  # to be after it is all that was wanted
            missing.update(ports)
        return self._without(step, missing) if missing else step

    def _without(self, step: StepPlan, missing: set[str]) -> StepPlan | None:
        due = leave_out(step, missing)
        if due is not None:
            names = ", ".join(sorted(missing))
            message = f"runs without its optional input {names}: what makes it did not complete"
            self._events.append("warning", step=step.name, message=f"step {step.name} {message}")
        return due

    def _lost(self, waiting: list[StepPlan]) -> set[str]:
        """The steps that did not complete, and those that therefore never run."""
        lost = {n for n, result in self._results.items() if result.status != "Completed"}
        for step in waiting:  # in an order in which they could run
            needed = {port.name for port in step.inputs if port.producer in lost}
            ordered = lost.intersection(step.after) - {port.producer for port in step.inputs}
            if ordered or (needed and leave_out(step, needed) is None):
                lost.add(step.name)
        return lost

    def _run_step(self, step: StepPlan) -> None:
        began = time.monotonic()
        try:
            result = self._carry_out(step)
            self._copy_logs(step)
            self._events.append(
                "step_finished",
                step=step.name,
                status=result.status,
                seconds=round(time.monotonic() - began, 3),
                error=result.error,
                log=result.log,
                **self._reuse.close(step, completed=result.status == "Completed"),
            )
        except Exception as error:  # nothing can be written any more; the job ends all the same
            result = StepResult("Failed", f"{type(error).__name__}: {error}")
        self._ended.put((step, result))

    def _carry_out(self, step: StepPlan) -> StepResult:
        folder = self._folder.step(step.name)
        folder.logs.mkdir(parents=True, exist_ok=True)
        warn = partial(self._warn, step)
        try:
            remove(str(folder.unfinished))  # of a driver that was killed
            sweep_destinations(step, owner=self._owner(step))
            if self._reuse.take_over(step):
                return self._published(step, StepResult("Completed"))
            inputs = ReadOnlyInputs(step)
            if isinstance(step, CommandPlan):
                self._events.append("step_started", step=step.name)
                result = run_command_step(
                    step,
                    folder,
                    workspace=self._folder.workspace,
                    watch=self._watch(step),
                    reaper=self._reaper,
                    canceled=self._stop,
                    open_files=self._open_files,
                    experiment=self._plan.experiment_name,
                    warn=warn,
                )
                if result.status == "Completed":
                    inputs.check(warn)
                StepLogs(folder.logs).finish(result.status, result.error, result.log, "")
            else:
                backend = open_backend(step.backend, reaper=self._reaper)
                try:
                    result = run_parallel_step(
                        step,
                        folder,
                        workspace=self._folder.workspace,
                        watch=self._watch(step),
                        backend=backend,
                        events=self._events,
                        canceled=self._stop,
                        accept_changes=self._accept_changes,
                        open_files=self._open_files,
                        experiment=self._plan.experiment_name,
                        warn=warn,
                        check_inputs=lambda: inputs.check(warn),
                    )
                finally:
                    backend.close()
            return self._published(step, result)
        except Exception as error:
            return _failed(error, folder.logs)
        finally:
            remove(str(folder.unfinished))

    def _warn(self, step: StepPlan, message: str) -> None:
        self._events.append("warning", step=step.name, message=f"step {step.name}: {message}")

    def _owner(self, step: StepPlan) -> str:
        """The step, and no step of another job."""
        return f"{self._folder.name}/{step.name}"

    def _copy_logs(self, step: StepPlan) -> None:
        """Put the step's logs beside those of the job, if that is wanted."""
        if isinstance(step, CommandPlan) or not step.settings.copy_logs_to_parent:
            return
        logs = self._folder.step(step.name).logs
        try:
            copytree(logs, self._folder.logs / step.name, dirs_exist_ok=True)
        except OSError as error:  # its outputs are none the worse
            message = f"The logs of step {step.name} cannot be copied: {error}"
            self._events.append("warning", step=step.name, message=message)

    def _watch(self, step: StepPlan) -> TransferWatch:
        logs = StepLogs(self._folder.step(step.name).logs)
        return TransferWatch(step.name, self._events, logs)

    def _published(self, step: StepPlan, result: StepResult) -> StepResult:
        if result.status == "Completed":
            self._publish(step)
        return result

    def _publish(self, step: StepPlan) -> None:
        places = publish(
            step,
            self._folder.step(step.name),
            self._watch(step),
            owner=self._owner(step),
            warn=partial(self._warn, step),
        )
        for output in step.outputs:
            path = places[output.name]
            self._events.append(
                "step_output",
                step=step.name,
                output=output.name,
                path=path,
                type=output.type,
                asset=None if output.asset is None else self._register(step, output, path),
            )

    def _register(self, step: StepPlan, output: OutputPlan, path: str) -> str | None:
        """Register what a step has written as the asset that its output is to be; the reference."""
        kind, content = kind_of_input(output.type), {"path": path, "type": output.type}
        store, name = AssetStore(self._folder.workspace), str(output.asset)
        try:
            newest = next(iter(store.versions(kind, name)), None)
            is_there = newest is not None and newest.content == content  # a driver was killed then
            version = newest.version if is_there and newest is not None else output.version
            found = store.register(kind, name, version, content, {})
        except (MlException, OSError) as error:  # what was written is there all the same
            self._warn(step, f"its output {output.name} was not registered: {error}")
            return None
        return f"azureml:{found.name}:{found.version}"

    def _why_not(self, step: StepPlan) -> str:
        """Why a step that is left over did not run."""
        if self._stop.is_set():
            return f"It did not run. {self._stop.reason}"
        ended = {name: self._results.get(name) for name in step.after}
        missing = [n for n, result in ended.items() if not result or result.status != "Completed"]
        for name in missing:
            ports = {port.name for port in step.inputs if port.producer == name}
            if not ports or leave_out(step, ports) is None:
                return (
                    f"It did not run, because step {name} {'failed' if ended[name] else 'did not'}."
                )
        return "It did not run."

    def _failed(self) -> list[str]:
        """The steps that have failed, in the order of the plan."""
        ended = ((step.name, self._results.get(step.name)) for step in self._plan.steps)
        return [name for name, result in ended if result and result.status == "Failed"]

    def _conclusion(self, not_run: list[StepPlan]) -> StepResult:
        with contextlib.suppress(OSError):  # a full disk must not hide what filled it
            for step in not_run:
                self._events.append("step_not_run", step=step.name, reason=self._why_not(step))
        if self._canceled.is_set():
            return StepResult("Canceled", CANCELED)
        for step in self._plan.steps:
            result = self._results.get(step.name)
            if result is not None and result.status == "Failed":
                names = ", ".join(step.name for step in not_run)
                error = f"Step {step.name}: {result.error}"
                others = ", ".join(n for n in self._failed() if n != step.name)
                for told, which in (("failed too", others), ("did not run", names)):
                    if which:
                        error = f"{error.rstrip('.')}. Steps that {told}: {which}."
                return StepResult("Failed", error, result.log)
        assert not not_run, f"steps without a reason not to run: {not_run}"
        return StepResult("Completed")


def _failed(error: Exception, logs: Path) -> StepResult:
    """A step that ended with an exception: foreseen ones as text, others with their class."""
    if isinstance(error, MlException | OSError):
        message = str(error)
    else:
        message = f"{type(error).__name__}: {error}"
    step_logs = StepLogs(logs)
    trace = step_logs.driver_failed("".join(traceback.format_exception(error)))
    step_logs.finish(JobStatus.FAILED, message, str(trace), "")
    return StepResult("Failed", message, str(step_logs.result))
