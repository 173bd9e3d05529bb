"""A parallel step from its inputs to its output: split, drive, merge, and tell how it went."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from parallelsdk.backends._base import Backend
from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.partition import PartitionSummary, plan_mini_batches
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.planning.plan import InputPlan, ParallelPlan
from parallelsdk.runtime.arguments import append_row_file, output_folder, worker_arguments
from parallelsdk.runtime.attempts import read_attempts, write_report
from parallelsdk.runtime.input_change import settle_changes
from parallelsdk.runtime.ports import Ports, open_ports
from parallelsdk.runtime.results import merge
from parallelsdk.runtime.resuming import Remainder, remainder
from parallelsdk.runtime.scheduler import Counts
from parallelsdk.runtime.step_driver import StepDriver
from parallelsdk.runtime.step_logs import StepLogs
from parallelsdk.runtime.step_result import StepResult
from parallelsdk.runtime.summaries import Summaries
from parallelsdk.storage.uri import is_local, local_path
from parallelsdk.worker.messages import WorkerSetup
from parallelsdk.worker.place import OUTPUT_VARIABLE


def run_parallel_step(
    plan: ParallelPlan,
    folder: StepFolder,
    *,
    backend: Backend,
    events: EventLog,
    canceled: threading.Event,
    accept_changes: bool = False,
) -> StepResult:
    """Run the step to its end. Raises DataException when its input cannot be read or split, or has
    changed since an earlier run and ``accept_changes`` does not allow for it."""
    logs = StepLogs(folder.logs)
    ports = open_ports(plan, folder)
    resumed = folder.mini_batches.exists()
    changed: list[int] = []
    if resumed:
        changed = _settle_changes(plan, folder, ports, accept_changes=accept_changes)
    else:
        summary = _split(plan, folder, ports)
        logs.note(f"Scheduled {summary.count} mini-batches, {_items(summary.items)}.")
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
        setup=_common_setup(plan, folder, ports),
        backend=backend,
        events=events,
        canceled=canceled,
        logs=logs,
    )
    end = driver.run()
    result = StepResult(end.status, end.reason or None)
    if end.status == "Completed":
        result = _bring_in(plan, folder, driver.counts, logs)
    return _tell(result, folder, driver.counts, total, logs)


def _settle_changes(
    plan: ParallelPlan, folder: StepFolder, ports: Ports, *, accept_changes: bool
) -> list[int]:
    uri = _major(plan).uri
    if uri is None or not is_local(uri):
        return []  # a remote input is fetched anew; its files' times say nothing
    delivered, source = ports.inputs[plan.major_input], os.path.abspath(local_path(uri))
    return settle_changes(folder, delivered=delivered, source=source, accept_changes=accept_changes)


def _tell_resumed(
    plan: ParallelPlan, left: Remainder, total: int, logs: StepLogs, events: EventLog
) -> None:
    """Say what is done already, and why each of the others runs."""
    reasons = left.summary()
    text = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    logs.note(
        f"Resumed: {left.counts.done} of {total} mini-batches are done; {text or 'none left'}."
    )
    left.write_reasons(logs.resume_reasons)
    events.append("step_resumed", step=plan.name, done=left.counts.done, reasons=reasons)


def _split(plan: ParallelPlan, folder: StepFolder, ports: Ports) -> PartitionSummary:
    major = _major(plan)
    return plan_mini_batches(
        path=ports.inputs[plan.major_input],
        type=major.type,
        mode=major.mode,
        mini_batch_size=plan.settings.mini_batch_size,
        partition_keys=plan.settings.partition_keys,
        into=str(folder.mini_batches),
    )


def _major(plan: ParallelPlan) -> InputPlan:
    return next(port for port in plan.inputs if port.name == plan.major_input)


def _items(count: int) -> str:
    return f"{count} items" if count >= 0 else "the number of items is known when they are read"


def _common_setup(plan: ParallelPlan, folder: StepFolder, ports: Ports) -> WorkerSetup:
    """What all workers of the step have in common; each slot adds its own."""
    environment = dict(plan.environment_variables)
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
        profiling_module=plan.settings.profiling_module,
    )


def _bring_in(plan: ParallelPlan, folder: StepFolder, counts: Counts, logs: StepLogs) -> StepResult:
    """Merge what was committed into the append_row output, if there is one."""
    target = append_row_file(plan)
    if target is None:
        return StepResult("Completed")
    logs.note("Merging the results.")
    merged = merge(folder.segments, Path(target))
    if merged.mini_batches == counts.done:
        return StepResult("Completed")
    return StepResult(
        "Failed",
        f"{counts.done} mini-batches were committed, but {merged.mini_batches} are in the "
        "segments. The output cannot be trusted.",
    )


def _tell(
    result: StepResult, folder: StepFolder, counts: Counts, total: int, logs: StepLogs
) -> StepResult:
    """Write the last pages of the log; the result with the one of them to open first."""
    attempts, summaries = read_attempts(folder.attempts, folder.errors), Summaries()
    with MiniBatchTable(str(folder.mini_batches)) as table:
        write_report(summaries.watch(attempts), logs.report, table.detail)
    summaries.write(logs.report.parent)
    log = None
    if result.status == "Failed":
        tracebacks = sorted((folder.logs / "user" / "error").glob("*/*.txt"))
        log = str(tracebacks[0] if tracebacks else logs.result)
    summary = (
        f"{counts.done} of {total} mini-batches succeeded, {counts.failed} failed, "
        f"{counts.retried} attempts were retries; {counts.items_done} items succeeded, "
        f"{counts.items_failed} failed."
    )
    logs.finish(result.status, result.error, log, summary)
    return StepResult(result.status, result.error, log)
