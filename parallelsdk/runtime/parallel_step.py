"""A parallel step from its inputs to its output: split, drive, merge, and tell how it went."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parallelsdk._start import absolute_entries
from parallelsdk._units import counted, format_seconds, mini_batches, short_line
from parallelsdk.backends._base import Backend
from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.partition import MajorInput, PartitionSummary, Split, plan_mini_batches
from parallelsdk.exceptions import DataException, ErrorTarget, MlException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import StepFolder, Workspace
from parallelsdk.jobstore.metric_log import STEP_VARIABLE
from parallelsdk.planning.plan import OutputPlan, ParallelPlan
from parallelsdk.runtime.arguments import append_row_file, output_folder, worker_arguments
from parallelsdk.runtime.attempts import ErrorRecord, outermost_errors, read_attempts
from parallelsdk.runtime.azure_environment import azure_environment
from parallelsdk.runtime.capacity import core_count
from parallelsdk.runtime.inherited import PYTHONPATH
from parallelsdk.runtime.input_change import settle_changes
from parallelsdk.runtime.major_input import MajorData, major_port
from parallelsdk.runtime.ports import Ports, Warn, Watch, open_ports
from parallelsdk.runtime.report import write_reports
from parallelsdk.runtime.results import merge
from parallelsdk.runtime.resuming import Remainder, remainder
from parallelsdk.runtime.scheduler import Counts
from parallelsdk.runtime.step_driver import StepDriver
from parallelsdk.runtime.step_logs import StepLogs
from parallelsdk.runtime.step_result import StepResult
from parallelsdk.runtime.stop import Stop
from parallelsdk.runtime.threads import share_of_cores, thread_variables
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.transfer import remove
from parallelsdk.worker.messages import WorkerSetup
from parallelsdk.worker.place import OUTPUT_VARIABLE


def run_parallel_step(
    plan: ParallelPlan,
    folder: StepFolder,
    *,
    workspace: Workspace,
    watch: Watch,
    backend: Backend,
    events: EventLog,
    canceled: Stop,
    accept_changes: bool = False,
    warn: Warn = lambda _: None,
    check_inputs: Callable[[], None] = lambda: None,
    open_files: int = 0,
    experiment: str = "",
) -> StepResult:
    """Run the step to its end; ``open_files`` is the limit that its workers are to find.

    ``check_inputs`` is called when all is done, before any result is brought in, and raises
    DataException when the step must not have one. Raises DataException when its input cannot be
    read or split, or has changed since an earlier run and ``accept_changes`` does not allow for it.
    """
    logs = StepLogs(folder.logs)
    resumed = folder.mini_batches.exists()
    data = MajorData(plan)  # before anything is fetched, so that nothing is older than it says
    ports = open_ports(plan, folder, workspace, watch, warn=warn, goes_on=resumed)
    changed: list[int] = []
    logs.stage(f"STEP_STARTED: {_description(plan, ports)}")
    if resumed:
        changed = settle_changes(folder, data.original(ports), accept_changes=accept_changes)
        data.check_copy(ports)
    else:
        began = time.monotonic()
        summary = _split(plan, folder, ports, workspace, data)
        seconds = format_seconds(time.monotonic() - began)
        told = f"Scheduled {mini_batches(summary.count)}, {_items(summary.items)}, in {seconds}."
        logs.note(told)
        logs.stage(f"ALL_TASKS_SCHEDULED: {told}")
    with MiniBatchTable(str(folder.mini_batches)) as table:
        total = table.count
    left = remainder(folder, total, changed)
    if resumed:
        _tell_resumed(plan, left, total, logs, events)
    driver = StepDriver(
        plan,
        folder,
        total=total,
        left=left,
        setup=_common_setup(plan, folder, ports, open_files, experiment),
        backend=backend,
        events=events,
        canceled=canceled,
        logs=logs,
    )
    folder.temporary.mkdir(exist_ok=True)
    try:
        end = driver.run()
    finally:
        remove(str(folder.temporary))
    if ports.mount is not None:
        ports.mount.clear()
    events.append("step_failures", step=plan.name, failures=_failures(driver, folder))
    reason = canceled.reason if end.status == "Canceled" else end.reason
    logs.stage(f"TASKS_FINISHED: {end.status}{f': {reason}' if reason else ''}")
    result = StepResult(end.status, reason or None)
    if end.status == "Completed":
        try:
            data.refuse_changes(folder, ports)
            _check_inputs(check_inputs, driver.counts, total)
            result = _bring_in(plan, folder, driver.counts, logs)
        except MlException as error:
            result = StepResult("Failed", str(error))
    lost = _unreceived(plan, driver.counts) if result.status == "Completed" else ""
    if lost:
        events.append("warning", step=plan.name, message=f"step {plan.name}: {lost}")
    result = _tell(result, folder, driver.counts, total, logs, lost)
    logs.stage(f"STEP_ENDED: {result.status}")
    return result


def _check_inputs(check: Callable[[], None], counts: Counts, total: int) -> None:
    """Call ``check``; what it raises says that nothing is lost."""
    try:
        check()
    except DataException as error:
        raise DataException(
            f"{error} {counts.done} of {mini_batches(total)} are done, and no output was written. "
            "`parallelsdk job resume` keeps what is done, runs the rest and writes the output.",
            target=ErrorTarget.DATA,
        ) from error


def _tell_resumed(
    plan: ParallelPlan, left: Remainder, total: int, logs: StepLogs, events: EventLog
) -> None:
    """Say what is done already, and why each of the others runs."""
    reasons = left.summary()
    text = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    told = f"Resumed: {left.counts.done} of {mini_batches(total)} are done; {text or 'none left'}."
    logs.note(told)
    logs.stage(f"STEP_RESUMED: {told}")
    left.write_reasons(logs.resume_reasons)
    events.append("step_resumed", step=plan.name, done=left.counts.done, reasons=reasons)


def _split(
    plan: ParallelPlan, folder: StepFolder, ports: Ports, workspace: Workspace, data: MajorData
) -> PartitionSummary:
    major, settings = data.port, plan.settings
    found = MajorInput(
        ports.major,
        major.type,
        major.mode,
        str(workspace.root),
        data.original(ports),
        lambda: data.check_copy(ports),
    )
    split = Split(
        size=settings.mini_batch_size,
        keys=settings.partition_keys,
        rows=settings.mini_batch_rows,
        bytes=settings.mini_batch_bytes,
        size_has_unit=settings.size_has_unit,
        dtype_backend=settings.dtype_backend,
    )
    return plan_mini_batches(found, split, str(folder.mini_batches))


def _description(plan: ParallelPlan, ports: Ports) -> str:
    """The input and how it is split, for the log."""
    major, settings = major_port(plan), plan.settings
    how = str(settings.mini_batch_size or "the default size")
    if settings.partition_keys:
        how = f"partition_keys {settings.partition_keys}"
    elif settings.mini_batch_rows:
        how = counted(settings.mini_batch_rows, "row")
    elif settings.size_has_unit:
        how = f"{settings.mini_batch_size} bytes"
    elif settings.mini_batch_bytes:
        how = f"{settings.mini_batch_bytes} bytes of files"
    return (
        f"{plan.major_input} of type {major.type}, mode {major.mode}, at "
        f"{without_secrets(ports.major)}; mini-batches by {how}; "
        f"{plan.instance_count} x {plan.slots_per_instance} workers"
    )


def _items(count: int) -> str:
    if count < 0:
        return "the number of items is known when they are read"
    return counted(count, "item")


def _common_setup(
    plan: ParallelPlan, folder: StepFolder, ports: Ports, open_files: int, experiment: str
) -> WorkerSetup:
    """What all workers of the step have in common; each slot adds its own."""
    slots = plan.instance_count * plan.slots_per_instance
    threads = share_of_cores(slots, core_count())
    working = Path(plan.code)
    azure = azure_environment(plan, folder, ports, experiment=experiment, working=working)
    environment = {**azure, **plan.environment_variables, STEP_VARIABLE: str(folder.path)}
    if environment.get(PYTHONPATH):
        environment[PYTHONPATH] = absolute_entries(environment[PYTHONPATH], plan.code)
    environment |= thread_variables(threads, {**os.environ, **environment})
    output = output_folder(plan)
    if output is not None:
        environment.setdefault(OUTPUT_VARIABLE, output)
    return WorkerSetup(
        name="",
        instance=0,
        slot=0,
        segment="",
        scratch="",
        driver_pid=os.getpid(),
        code=plan.code,
        code_source=plan.code_source,
        entry_script=plan.entry_script,
        arguments=worker_arguments(plan, ports),
        environment=environment,
        board=str(folder.board),
        mini_batches=str(folder.mini_batches),
        logs=str(folder.logs),
        logging_level=plan.settings.logging_level,
        keeps_rows=plan.append_row_to is not None,
        heading=plan.settings.append_row_dataframe_header,
        short_return=plan.settings.short_return,
        vectors=plan.settings.append_row_vectors,
        profiling_module=plan.settings.profiling_module,
        mount=ports.mount,
        slots=slots,
        open_files=open_files,
        threads=threads,
    )


def _bring_in(plan: ParallelPlan, folder: StepFolder, counts: Counts, logs: StepLogs) -> StepResult:
    """Merge what was committed into the append_row output, if there is one.

    Raises JobException when that is not what the scheduler counted.
    """
    target = append_row_file(plan)
    if target is None:
        return StepResult("Completed")
    logs.note("Merging the results.")
    merge(
        folder.segments, Path(target), expected=counts.done, unfinished=folder.unfinished / "merged"
    )
    return StepResult("Completed")


def _failures(driver: StepDriver, folder: StepFolder) -> list[dict[str, Any]]:
    """The mini-batches that were given up, as the job's record tells them."""
    if not driver.given_up:
        return []
    with MiniBatchTable(str(folder.mini_batches)) as table:
        return [
            {
                "mini_batch": failure.mini_batch,
                "items": table.label(failure.mini_batch, failure.error.item),
                "attempts": failure.attempt,
                "error": short_line(failure.error.message),
            }
            for failure in driver.given_up
        ]


def _unreceived(plan: ParallelPlan, counts: Counts) -> str:
    """What to say when ``run()`` has returned rows and nothing of the step remains; else ""."""
    if plan.append_row_to is not None or not counts.items_done or any(map(_holds, plan.outputs)):
        return ""
    to = f"${{{{outputs.{plan.outputs[0].name}}}}}" if plan.outputs else "an output of the step"
    return (
        "run() returned rows, and nothing receives them: the step has no append_row_to, and its "
        f"script wrote to no output. To collect them, set task.append_row_to to {to}."
    )


def _holds(output: OutputPlan) -> bool:
    """Whether there is anything in the output, which may be a file or a folder."""
    if not os.path.isdir(output.path):
        return os.path.exists(output.path)
    with os.scandir(output.path) as entries:
        return next(entries, None) is not None


def _tell(
    result: StepResult, folder: StepFolder, counts: Counts, total: int, logs: StepLogs, lost: str
) -> StepResult:
    """Write the last pages of the log; the result with the one of them to open first."""
    attempts = read_attempts(folder.attempts, folder.errors)
    with MiniBatchTable(str(folder.mini_batches)) as table:
        write_reports(attempts, logs.reports, table.detail)
    errors = outermost_errors(folder.errors)
    log = _page_to_open(errors, folder, logs) if result.status == "Failed" else None
    summary = (
        f"{counts.done} of {mini_batches(total)} succeeded, {counts.failed} failed; "
        f"{counted(counts.retried, 'attempt was a retry', 'attempts were retries')}. "
        f"{counted(counts.items_done, 'item')} succeeded, {counts.items_failed} failed."
    )
    logs.finish(result.status, result.error, log, summary, _first_error(errors), lost)
    return StepResult(result.status, result.error, log)


def _page_to_open(
    errors: tuple[ErrorRecord, ErrorRecord] | None, folder: StepFolder, logs: StepLogs
) -> str:
    """The page of the worker that had the last error, which is the one that a failure names."""
    tracebacks = sorted((folder.logs / "user" / "error").glob("*/*.txt"))
    pages = [*tracebacks[:1], logs.result]
    if errors is not None:
        last = errors[1]
        own = [logs.user_error(last.worker), logs.worker_error(last.worker)]
        # A worker that was killed or died has told nothing of its end itself.
        pages = [*(own if last.traceback else reversed(own)), *pages]
    return str(next(page for page in pages if page.exists() or page == logs.result))


def _first_error(errors: tuple[ErrorRecord, ErrorRecord] | None) -> str:
    if errors is None:
        return ""
    first = errors[0]
    return (
        f"The first error was that of mini-batch {first.mini_batch} in its attempt "
        f"{first.attempt}, in {first.worker}: {first.message}"
    )
