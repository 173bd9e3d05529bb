"""The driver of a parallel step: it waits, asks the scheduler, and does what the scheduler says.

The only place in the house that waits for workers. It holds no rule: what happened goes to the
scheduler as an event, and what comes back as actions is carried out.
"""

from __future__ import annotations

import heapq
import os
import queue
import threading
import time
from pathlib import Path

from parallelsdk.backends import _base as told
from parallelsdk.backends._base import Backend, WorkerEvent
from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.partition import PartitionSummary, plan_mini_batches
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.planning.plan import ParallelPlan
from parallelsdk.runtime import scheduler as rules
from parallelsdk.runtime.arguments import append_row_file, output_folder, worker_arguments
from parallelsdk.runtime.attempts import AttemptLog, write_report
from parallelsdk.runtime.ports import Ports, open_ports
from parallelsdk.runtime.results import merge
from parallelsdk.runtime.scheduler import Rules, Scheduler
from parallelsdk.runtime.slot import Slot
from parallelsdk.runtime.step_logs import StepLogs
from parallelsdk.runtime.step_result import StepResult
from parallelsdk.worker.board import create_board
from parallelsdk.worker.messages import ErrorText, Failure, FailureKind, LeaseReport, WorkerSetup

LOOK_SECONDS = 0.25  # between two looks at the board, at the most
PROGRESS_SECONDS = 0.5  # between two progress events
SHUTDOWN_SECONDS = 30.0  # for all workers' shutdown() together


def run_parallel_step(
    plan: ParallelPlan,
    folder: StepFolder,
    *,
    backend: Backend,
    events: EventLog,
    canceled: threading.Event,
) -> StepResult:
    """Run the step to its end. Raises DataException when its input cannot be read or split."""
    logs = StepLogs(folder.logs)
    ports = open_ports(plan, folder)
    summary = _split(plan, folder, ports)
    logs.note(f"Scheduled {summary.count} mini-batches, {_items(summary.items)}.")
    step = _ParallelStep(plan, folder, ports, summary, backend, events, canceled, logs)
    return step.run()


def _split(plan: ParallelPlan, folder: StepFolder, ports: Ports) -> PartitionSummary:
    major = next(port for port in plan.inputs if port.name == plan.major_input)
    return plan_mini_batches(
        path=ports.inputs[plan.major_input],
        type=major.type,
        mode=major.mode,
        mini_batch_size=plan.settings.mini_batch_size,
        partition_keys=plan.settings.partition_keys,
        into=str(folder.mini_batches),
    )


def _items(count: int) -> str:
    return f"{count} items" if count >= 0 else "the number of items is known when they are read"


class _ParallelStep:
    def __init__(
        self,
        plan: ParallelPlan,
        folder: StepFolder,
        ports: Ports,
        summary: PartitionSummary,
        backend: Backend,
        events: EventLog,
        canceled: threading.Event,
        logs: StepLogs,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._setup = _common_setup(plan, folder, ports)
        self._total = summary.count
        self._backend = backend
        self._events = events
        self._canceled = canceled
        self._logs = logs
        self._inbox: queue.SimpleQueue[WorkerEvent] = queue.SimpleQueue()
        self._starts: list[tuple[float, int]] = []  # a heap: when, which slot
        self._processes = [0] * plan.instance_count  # the next process number of each instance
        self._progress_at = 0.0
        count = plan.instance_count * plan.slots_per_instance
        folder.segments.mkdir(exist_ok=True)
        create_board(folder.board, count)
        self._slots = [Slot(n, n // plan.slots_per_instance, folder) for n in range(count)]
        self._attempts = AttemptLog(folder.attempts, folder.errors)
        self._scheduler = Scheduler(self._total, count, _rules(plan), time.monotonic())

    def run(self) -> StepResult:
        """Serve the step until the scheduler says how it ended, then bring in the results."""
        self._events.append(
            "step_started",
            step=self._plan.name,
            total_mini_batches=self._total,
            instances=self._plan.instance_count,
            slots=min(len(self._slots), self._total),
        )
        try:
            end = self._serve()
            if end.status == "Completed":
                self._let_workers_leave()
        finally:
            for slot in self._slots:
                slot.close()
            self._attempts.close()
        self._report_progress(last=True)
        return self._conclude(end)

    # ---- serving

    def _serve(self) -> rules.Finish:
        self._do(self._scheduler.start(time.monotonic()))
        while self._scheduler.finished is None:
            self._take_events()
            now = time.monotonic()
            if self._canceled.is_set():
                self._do(self._scheduler.handle(rules.CancelRequested(), now))
            self._look_at_board()
            self._start_due()
            self._do(self._scheduler.handle(rules.Tick(), time.monotonic()))
            self._report_progress()
        return self._scheduler.finished

    def _take_events(self) -> None:
        """Wait for the next event or deadline, then take all events that are there."""
        now = time.monotonic()
        wake = min(self._scheduler.wake_at(now), *(at for at, _ in self._starts[:1]), now + 1e9)
        timeout = min(max(wake - now, 0.0), LOOK_SECONDS)
        try:
            event = self._inbox.get(timeout=timeout)
            while True:
                self._take(event)
                event = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _take(self, event: WorkerEvent) -> None:
        slot = next((slot for slot in self._slots if slot.key == event.worker), None)
        if slot is None:
            return  # the worker has been ended meanwhile
        match event:
            case told.WorkerReady():
                slot.ready = self._scheduler.finished is None
                self._tell(rules.SlotReady(slot.number))
            case told.InitFailed(_, error):
                self._init_failed(slot, error)
            case told.LeaseDone(_, report):
                self._lease_done(slot, report)
            case told.WorkerDied(_, how) if self._scheduler.finished:
                slot.ready = False
                self._warn(f"The worker {slot.key} died in shutdown(): {how}")
            case told.WorkerDied(_, how) if slot.ready:
                self._lose(slot, "died", f"the worker process died: {how}")
            case told.WorkerDied(_, how):
                self._init_failed(slot, ErrorText(f"the worker process died in init(): {how}"))
            case told.WorkerBroke(_, error):
                self._tell(rules.Broken(f"A worker cannot go on: {error.message}"))
            case told.WorkerLeft(_, error):
                slot.ready = False
                if error is not None:
                    self._warn(f"shutdown() failed in {slot.key}: {error.message}")

    def _lease_done(self, slot: Slot, report: LeaseReport) -> None:
        slot.leases.remove(report.lease)
        self._attempts.report(slot.key, report)
        done = report.successes
        items_failed = sum(max(0, i - r) for i, r in zip(done.items, done.returned, strict=True))
        self._tell(
            rules.LeaseEnded(
                slot.number,
                report.lease,
                ended=report.ended,
                items=sum(done.items),
                items_failed=items_failed,
                failure=report.failure,
                seconds=report.seconds,
            )
        )

    def _look_at_board(self) -> None:
        for slot in self._slots:
            if slot.ready and slot.leases:
                self._tell(rules.Seen(slot.number, slot.look()))

    def _tell(self, event: rules.Event) -> None:
        self._do(self._scheduler.handle(event, time.monotonic()))

    # ---- doing

    def _do(self, actions: list[rules.Action]) -> None:
        for action in actions:
            match action:
                case rules.StartSlot(slot, at):
                    heapq.heappush(self._starts, (at, slot))
                case rules.GrantLease(number, lease):
                    self._slots[number].lease(lease)
                case rules.KillSlot(number, kind, why):
                    self._lose(self._slots[number], kind, why)
                case rules.Retry(failure):
                    self._note_failure(failure, "will be tried again")
                case rules.GiveUp(failure):
                    self._note_failure(failure, "is given up")
                case rules.StopSlot(number):
                    self._slots[number].leave()
                case rules.Finish():
                    self._starts.clear()

    def _start_due(self) -> None:
        while self._starts and self._starts[0][0] <= time.monotonic():
            _, number = heapq.heappop(self._starts)
            self._start(self._slots[number])

    def _start(self, slot: Slot) -> None:
        process = self._processes[slot.instance]
        self._processes[slot.instance] += 1
        slot.start(self._setup, process, self._backend, self._inbox.put)

    def _init_failed(self, slot: Slot, error: ErrorText) -> None:
        self._logs.error(f"init() in {slot.key}", error.message)
        slot.end()
        self._tell(rules.InitFailed(slot.number, error.message))

    def _lose(self, slot: Slot, kind: FailureKind, why: str) -> None:
        key, leases = slot.key, slot.leases
        legacy = slot.lose(kind, why)
        attempts = {i: lease.attempt for lease in leases for i in lease.ids}
        for mini_batch, counts in legacy.committed.items():
            self._attempts.committed(key, attempts[mini_batch], mini_batch, counts)
        if legacy.in_hand is not None:
            self._attempts.failure(key, legacy.in_hand)
        self._tell(rules.SlotLost(slot.number, legacy.in_hand, legacy.committed))

    def _let_workers_leave(self) -> None:
        """Wait until every worker has called shutdown(), but not for ever."""
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        while leaving := [slot.key for slot in self._slots if slot.ready]:
            try:
                self._take(self._inbox.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                self._warn(f"shutdown() did not return in {', '.join(leaving)}; it was killed.")
                return

    # ---- telling

    def _note_failure(self, failure: Failure, consequence: str) -> None:
        what = f"mini-batch {failure.mini_batch}, attempt {failure.attempt}, {consequence}"
        self._logs.error(what, failure.error.message)

    def _warn(self, message: str) -> None:
        self._logs.note(message)
        self._events.append("warning", step=self._plan.name, message=message)

    def _report_progress(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if not last and now - self._progress_at < PROGRESS_SECONDS:
            return
        self._progress_at = now
        counts = self._scheduler.counts
        self._logs.progress(counts, self._total)
        if not last:
            self._attempts.flush()
        self._events.append(
            "step_progress",
            durable=False,
            step=self._plan.name,
            total=self._total,
            done=counts.done,
            failed=counts.failed,
            retried=counts.retried,
            items_done=counts.items_done,
            items_failed=counts.items_failed,
        )

    def _conclude(self, end: rules.Finish) -> StepResult:
        """Merge what was committed if the step completed, and write the last pages of the log."""
        status, error = end.status, end.reason or None
        target = append_row_file(self._plan)
        if status == "Completed" and target is not None:
            self._logs.note("Merging the results.")
            merged = merge(self._folder.segments, Path(target))
            if merged.mini_batches != self._scheduler.counts.done:
                status = "Failed"
                error = (
                    f"{self._scheduler.counts.done} mini-batches were committed, but "
                    f"{merged.mini_batches} are in the segments. The output cannot be trusted."
                )
        with MiniBatchTable(str(self._folder.mini_batches)) as table:
            write_report(
                self._folder.attempts, self._folder.errors, self._logs.report, table.detail
            )
        look_at = None
        if status == "Failed":
            look_at = self._where_to_look()
        self._logs.finish(status, error, look_at, self._summary())
        return StepResult(status, error, look_at)

    def _where_to_look(self) -> str:
        tracebacks = sorted((self._folder.logs / "user" / "error").glob("*/*.txt"))
        return str(tracebacks[0] if tracebacks else self._logs.result)

    def _summary(self) -> str:
        counts = self._scheduler.counts
        return (
            f"{counts.done} of {self._total} mini-batches succeeded, {counts.failed} failed, "
            f"{counts.retried} attempts were retries; {counts.items_done} items succeeded, "
            f"{counts.items_failed} failed."
        )


def _common_setup(plan: ParallelPlan, folder: StepFolder, ports: Ports) -> WorkerSetup:
    """What all workers of the step have in common; each slot adds its own."""
    environment = dict(plan.environment_variables)
    output = output_folder(plan)
    if output is not None:
        environment.setdefault("AZUREML_BI_OUTPUT_PATH", output)
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
        short_return=plan.settings.short_return,
    )


def _rules(plan: ParallelPlan) -> Rules:
    settings = plan.settings
    return Rules(
        max_retries=settings.max_retries,
        timeout=settings.timeout,
        task_overhead_timeout=settings.task_overhead_timeout,
        first_task_creation_timeout=settings.first_task_creation_timeout,
        progress_update_timeout=settings.progress_update_timeout,
        mini_batch_error_threshold=settings.mini_batch_error_threshold,
        error_threshold=settings.error_threshold,
        allowed_failed_percent=settings.allowed_failed_percent,
        needs_rows=plan.append_row_to is not None,
    )
