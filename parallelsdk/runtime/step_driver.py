"""The driver of a parallel step: it waits, asks the scheduler, and does what the scheduler says.

The only place in the house that waits for workers. It holds no rule: what happened goes to the
scheduler as an event, and what comes back as actions is carried out.
"""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import queue
import threading
import time

from parallelsdk.backends import _base as told
from parallelsdk.backends._base import Backend, WorkerEvent
from parallelsdk.backends._exec_limit import TooLargeToStart
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.jobstore.records import MOST_FAILURES
from parallelsdk.planning.plan import ParallelPlan
from parallelsdk.runtime import moves
from parallelsdk.runtime.attempts import AttemptLog
from parallelsdk.runtime.memory import MemoryWatch
from parallelsdk.runtime.monitor import Monitor, Watched
from parallelsdk.runtime.pace import Pace
from parallelsdk.runtime.resuming import Remainder, next_process_numbers
from parallelsdk.runtime.scheduler import Counts, Rules, Scheduler
from parallelsdk.runtime.slot import Slot
from parallelsdk.runtime.step_clock import StepClock
from parallelsdk.runtime.step_logs import StepLogs
from parallelsdk.worker.board import create_board, open_board
from parallelsdk.worker.messages import ErrorText, Failure, FailureKind, LeaseReport, WorkerSetup

LOOK_SECONDS = 0.25  # between two looks at the board, at the most
PROGRESS_SECONDS = 0.5  # between two looks at the progress; its events have a Pace
SHUTDOWN_SECONDS = 30.0  # for all workers together to call shutdown() and to end


class StepDriver:
    """Drives one parallel step over the mini-batches that its folder holds."""

    def __init__(
        self,
        plan: ParallelPlan,
        folder: StepFolder,
        *,
        total: int,
        left: Remainder,
        setup: WorkerSetup,
        backend: Backend,
        events: EventLog,
        canceled: threading.Event,
        logs: StepLogs,
    ) -> None:
        """``left`` is what there is to do; ``setup`` what all workers have in common."""
        self._plan = plan
        self._setup = setup
        self._total = total
        self._backend = backend
        self._events = events
        self._canceled = canceled
        self._logs = logs
        self._inbox: queue.SimpleQueue[WorkerEvent] = queue.SimpleQueue()
        self._starts: list[tuple[float, int]] = []  # a heap: when, which slot
        self._processes = next_process_numbers(folder, plan.instance_count)
        self._progress_at = 0.0
        self._pace = Pace(PROGRESS_SECONDS)
        self._ready_workers = 0  # so many have come through init()
        self._told: set[str] = set()  # warnings that are not repeated
        self.given_up: list[Failure] = []  # the first mini-batches that failed for good
        count = plan.instance_count * plan.slots_per_instance
        folder.segments.mkdir(exist_ok=True)
        create_board(folder.board, count)
        self._board = open_board(folder.board)  # once for all slots: descriptors are few
        self._slots = [
            Slot(n, n // plan.slots_per_instance, folder, self._board) for n in range(count)
        ]
        self._attempts = AttemptLog(folder.attempts, folder.errors)
        self._clock = StepClock(LOOK_SECONDS)
        self._memory = MemoryWatch()
        self._scheduler = Scheduler(
            total, count, _rules(plan), self._clock.now(), todo=left.todo, counts=left.counts
        )
        self._left = left.left

    @property
    def counts(self) -> Counts:
        """How far the step is."""
        return self._scheduler.counts

    def run(self) -> moves.Finish:
        """Serve the step until the scheduler says how it ended; no worker is left then."""
        self._events.append(
            "step_started",
            step=self._plan.name,
            total_mini_batches=self._total,
            instances=self._plan.instance_count,
            slots=min(len(self._slots), self._left),
            threads=self._setup.threads,
        )
        monitor = Monitor(
            self._logs.performance,
            self._plan.settings.resource_monitor_interval,
            self._plan.instance_count,
            self._watched,
        )
        try:
            end = self._serve()
            if end.status == "Completed":
                self._let_workers_leave()
        finally:
            monitor.close()
            for slot in self._slots:
                slot.end()
            self._board.close()
            self._attempts.close()
        self._report_progress(last=True)
        return end

    def _watched(self) -> list[Watched]:
        """The workers that there are now, for the monitor's thread."""
        found = [(slot.instance, slot.key, slot.pid) for slot in self._slots]
        return [Watched(instance, key, pid) for instance, key, pid in found if pid is not None]

    # ---- serving

    def _serve(self) -> moves.Finish:
        self._do(self._scheduler.start(self._clock.now()))
        while self._scheduler.finished is None:
            self._take_events()
            if self._canceled.is_set():
                self._tell(moves.CancelRequested())
            self._look_at_board()
            self._start_due()
            self._tell(moves.Tick())
            self._report_progress()
        return self._scheduler.finished

    def _take_events(self) -> None:
        """Wait for the next event or deadline, then take all events that are there."""
        now = self._clock.now()
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
                if not self._ready_workers:
                    self._logs.stage("FIRST_TASK_SCHEDULED")
                self._ready_workers += 1
                self._tell(moves.SlotReady(slot.number))
            case told.InitFailed(_, error):
                self._init_failed(slot, error)
            case told.LeaseDone(_, report):
                self._lease_done(slot, report)
            case told.WorkerDied(_, how) if self._scheduler.finished:
                slot.ready = False
                self._warn(f"The worker {slot.key} died in shutdown(): {how}")
            case told.WorkerDied(_, how, was_killed):
                if was_killed:
                    how = f"{how}; {self._memory.story(slot.key, self._clock.now())}"
                self._worker_ended(slot, "the worker process died", how)
            case told.WorkerBroke(_, error, concerns_all):
                self._logs.lost(slot.key, error.traceback or error.message)
                if concerns_all:
                    self._tell(moves.Broken(f"A worker cannot go on: {error.message}"))
                else:
                    self._worker_ended(slot, "the worker cannot go on", error.message)
            case told.WorkerLeft(_, error):
                if error is not None:
                    self._warn(f"shutdown() failed in {slot.key}: {error.message}")
            case told.WorkerEnded(_, how):
                slot.ready = False
                if how:
                    self._warn(f"The worker {slot.key} ended with {how} after shutdown().")

    def _worker_ended(self, slot: Slot, what: str, why: str) -> None:
        if slot.ready:
            self._lose(slot, "died", f"{what}: {why}")
        else:
            self._init_failed(slot, ErrorText(f"{what} in init(): {why}"))

    def _lease_done(self, slot: Slot, report: LeaseReport) -> None:
        slot.leases.remove(report.lease)
        self._attempts.report(slot.key, report)
        done = report.successes
        items_failed = sum(max(0, i - r) for i, r in zip(done.items, done.returned, strict=True))
        self._tell(
            moves.LeaseEnded(
                slot.number,
                report.lease,
                ended=report.ended,
                items=sum(done.items),
                items_failed=items_failed,
                failure=report.failure,
                seconds=report.seconds,
                slowest=max(done.run_seconds, default=0.0),
            )
        )

    def _look_at_board(self) -> None:
        now = self._clock.now()
        self._memory.look({slot.key: slot.pid for slot in self._slots if slot.key}, now)
        for slot in self._slots:
            if slot.ready and slot.leases:
                seen = slot.look()
                since = self._clock.of(seen.since)
                if since != seen.since:
                    seen = dataclasses.replace(seen, since=since)
                self._tell(moves.Seen(slot.number, seen))

    def _tell(self, event: moves.Event) -> None:
        self._do(self._scheduler.handle(event, self._clock.now()))

    # ---- doing

    def _do(self, actions: list[moves.Action]) -> None:
        for action in actions:
            match action:
                case moves.StartSlot(slot, at):
                    heapq.heappush(self._starts, (at, slot))
                case moves.GrantLease(number, lease):
                    self._slots[number].lease(lease)
                case moves.KillSlot(number, mini_batch, kind, why):
                    self._lose(self._slots[number], kind, why, culprit=mini_batch)
                case moves.Retry(failure):
                    self._note_failure(failure, "will be tried again")
                case moves.GiveUp(failure):
                    self._note_failure(failure, "is given up")
                    if len(self.given_up) < MOST_FAILURES:
                        self.given_up.append(failure)
                case moves.StopSlot(number):
                    self._slots[number].leave()
                case moves.Finish():
                    self._starts.clear()

    def _start_due(self) -> None:
        while self._starts and self._starts[0][0] <= self._clock.now():
            _, number = heapq.heappop(self._starts)
            self._start(self._slots[number])

    def _start(self, slot: Slot) -> None:
        process = self._processes[slot.instance]
        self._processes[slot.instance] += 1
        try:
            slot.start(self._setup, process, self._backend, self._inbox.put)
        except TooLargeToStart as error:  # and will be the next time
            self._tell(moves.Broken(str(error)))
        except OSError as error:
            self._no_room(slot, error)
        else:
            self._logs.worker(slot.key, f"started, pid {slot.pid}")
            self._tell(moves.Started(slot.number))

    def _no_room(self, slot: Slot, error: OSError) -> None:
        reason = f"no worker could be started in slot {slot.number}: {error}"
        if reason not in self._told:  # it is tried again and again
            self._told.add(reason)
            self._warn(f"{reason[0].upper()}{reason[1:]}. It is tried again.")
        self._tell(moves.StartFailed(slot.number, reason))

    def _init_failed(self, slot: Slot, error: ErrorText) -> None:
        self._logs.error(f"init() in {slot.key}", error.message)
        self._logs.worker(slot.key, f"init() failed: {error.message}")
        slot.end()
        self._tell(moves.InitFailed(slot.number, error.message))

    def _lose(self, slot: Slot, kind: FailureKind, why: str, *, culprit: int | None = None) -> None:
        """``culprit`` is the mini-batch that a kill is for; another one in hand is innocent."""
        key, leases = slot.key, slot.leases
        legacy = slot.lose(kind, why)
        in_hand = legacy.in_hand
        if in_hand is not None and culprit not in (None, in_hand.mini_batch):
            in_hand = None
        attempts = {i: lease.attempt for lease in leases for i in lease.ids}
        for mini_batch, counts in legacy.committed.items():
            self._attempts.committed(key, attempts[mini_batch], mini_batch, counts)
        what = "no mini-batch in hand"
        if in_hand is not None:
            self._attempts.failure(key, in_hand)
            what = f"mini-batch {in_hand.mini_batch}, attempt {in_hand.attempt}"
        self._logs.lost(key, f"{what}: {why}")
        self._tell(moves.SlotLost(slot.number, in_hand, legacy.committed, why))

    def _let_workers_leave(self) -> None:
        """Wait until every worker has called shutdown() and has ended, but not for ever."""
        deadline = self._clock.now() + SHUTDOWN_SECONDS
        while leaving := [slot.key for slot in self._slots if slot.ready]:
            left = deadline - self._clock.now()
            if left <= 0:
                self._warn(
                    f"shutdown() or what the interpreter does at its end took longer than "
                    f"{SHUTDOWN_SECONDS:g} s in {', '.join(leaving)}; it was killed."
                )
                return
            with contextlib.suppress(queue.Empty):
                self._take(self._inbox.get(timeout=min(left, LOOK_SECONDS)))

    # ---- telling

    def _note_failure(self, failure: Failure, consequence: str) -> None:
        what = f"mini-batch {failure.mini_batch}, attempt {failure.attempt}, {consequence}"
        self._logs.error(what, failure.error.message)

    def _warn(self, message: str) -> None:
        self._logs.note(message)
        name = self._plan.name
        self._events.append("warning", step=name, message=f"step {name}: {message}")

    def _report_progress(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if not last and now - self._progress_at < PROGRESS_SECONDS:
            return
        self._progress_at = now
        counts = self._scheduler.counts
        self._logs.progress(counts, self._total, last=last)
        if not last:
            self._attempts.flush()
        state = {
            "total": self._total,
            "done": counts.done,
            "failed": counts.failed,
            "retried": counts.retried,
            "items_done": counts.items_done,
            "items_failed": counts.items_failed,
        }
        if self._pace.is_due(state, last=last):
            self._events.append("step_progress", durable=False, step=self._plan.name, **state)


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
