"""The scheduler of a parallel step: every rule on retries, time-outs and thresholds.

Pure: events in, actions out, and the time is an argument. It never sleeps, opens a file or starts a
process, so that the local engine, a cluster and a simulator can drive the same rules.

Every step ends. Each mini-batch has ``max_retries + 1`` attempts, and a worker that ends without
having spent one or finished anything, in init() or right after it, is a failed start: the next one
waits, ever longer, and after ``MOST_FAILED_STARTS`` the step fails; so it does when the machine has
had no room for a single worker for ``NO_ROOM_SECONDS``. So a worker's death between two
mini-batches costs nothing, but workers that die before their first one do not come for ever. What
hangs meets a deadline, of its phase or of the step's progress.

No event costs more than what it is about, and never the number of all mini-batches. Only a start of
a worker looks at all slots.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from parallelsdk._units import counted, mini_batches
from parallelsdk.jobstore.records import LAST_ERROR
from parallelsdk.runtime.backlog import Backlog, without
from parallelsdk.runtime.moves import (
    Action,
    Broken,
    CancelRequested,
    Event,
    Finish,
    GiveUp,
    GrantLease,
    InitFailed,
    KillSlot,
    LeaseEnded,
    Retry,
    Seen,
    SlotLost,
    SlotReady,
    Started,
    StartFailed,
    StartSlot,
    StopSlot,
    Tick,
)
from parallelsdk.worker.board import Phase, Sighting
from parallelsdk.worker.messages import Failure, Lease

LEASE_SECONDS = 0.1  # the work that one lease should hold
SLOW_RUN_SECONDS = 0.05  # after a run() that took longer, leases start with one mini-batch again
SHORT_LEASE_SECONDS = 0.02  # leases shorter than this are handed out two at a time
EWMA_WEIGHT = 0.3  # of the newest lease in the mean run time
MOST_FAILED_STARTS = 24
BACKOFF_SECONDS = 0.1  # before the next start after a failed one; doubles up to the next line
MOST_BACKOFF_SECONDS = 5.0
NO_ROOM_SECONDS = 20.0  # so long it is tried to start a worker where no other one is


@dataclass(frozen=True, slots=True)
class Rules:
    """What a job tolerates and allows. Counts; -1 (100 for the percentage) ignores. Seconds."""

    max_retries: int
    timeout: float
    task_overhead_timeout: float
    first_task_creation_timeout: float
    progress_update_timeout: float
    mini_batch_error_threshold: int
    error_threshold: int
    allowed_failed_percent: int
    needs_rows: bool = False  # an append_row job in which no item succeeds has failed


@dataclass(slots=True)
class _Slot:
    """A slot and what is known of its worker. With a new worker, all is new but the first line."""

    failed_starts: int = 0  # in a row
    # "waiting" for its turn, "due" once a start was asked for, "starting" when there is a process.
    state: Literal["waiting", "due", "starting", "ready", "killing"] = "due"
    leases: deque[Lease] = field(default_factory=deque)
    worked: bool = False  # whether the worker has ended a lease
    run_seconds: float | None = None  # mean per mini-batch, exponentially weighted
    last_count: int = 0
    last_lease_seconds: float = 1.0
    sighting: Sighting | None = None

    @property
    def has_room(self) -> bool:
        """Whether it can take a lease; two are in flight only while they are short."""
        most = 2 if self.last_lease_seconds < SHORT_LEASE_SECONDS else 1
        return self.state == "ready" and len(self.leases) < most


@dataclass(slots=True)
class Counts:
    """How far the step is."""

    done: int = 0
    failed: int = 0
    retried: int = 0  # attempts beyond the first
    items_done: int = 0  # items returned
    items_failed: int = 0


class Scheduler:
    """The state of one parallel step of ``total`` mini-batches on ``slots`` slots.

    On a resume, ``todo`` are the runs of mini-batches that are left, in ascending order, and
    ``counts`` what the rest came to. Earlier failures are forgiven: their attempts start afresh.
    """

    def __init__(
        self,
        total: int,
        slots: int,
        rules: Rules,
        now: float,
        *,
        todo: Sequence[range] | None = None,
        counts: Counts | None = None,
    ) -> None:
        self.counts = counts or Counts()
        self._total = total
        self._rules = rules
        self._backlog = Backlog([range(total)] if todo is None else todo)
        self._slots = {number: _Slot() for number in range(slots)}
        self._hungry: dict[int, None] = {}  # the slots with room, those that wait longest first
        self._delayed: deque[StartSlot] = deque()  # until fewer others are on their way
        self._started = now
        self._progress = now
        self._ran = False  # whether any mini-batch has been handed to run()
        self._came_through_init = False
        self._failed_starts = 0
        self._no_room_since: float | None = None  # for any worker at all
        self._last_error = ""
        self._short_returns: dict[int, str] = {}  # mini-batch -> what its last short return said
        self.finished: Finish | None = None

    def start(self, now: float) -> list[Action]:
        """The first actions. No more slots are started than there are mini-batches to do."""
        for number in list(self._slots)[self._backlog.fresh :]:
            del self._slots[number]
        return self._ending(now) or [StartSlot(number, now) for number in self._slots]

    def handle(self, event: Event, now: float) -> list[Action]:
        """What follows from the event. Nothing does once the step is finished.

        Raises KeyError for a slot that was never started.
        """
        return [] if self.finished else self._follow(event, now)

    def wake_at(self, now: float) -> float:
        """The time of the next deadline that is known now."""
        deadlines = [self._progress + self._rules.progress_update_timeout]
        if not self._ran:
            deadlines.append(self._started + self._rules.first_task_creation_timeout)
        for slot in self._slots.values():
            if slot.state == "ready" and slot.sighting and self._limit(slot.sighting):
                deadlines.append(slot.sighting.since + self._limit(slot.sighting))
        return min(deadlines)

    # ---- what events mean

    def _follow(self, event: Event, now: float) -> list[Action]:
        actions = self._meaning(event, now) + self._ending(now)
        if self.finished is None:
            return actions + self._grants()
        return [action for action in actions if not isinstance(action, StartSlot)]

    def _meaning(self, event: Event, now: float) -> list[Action]:
        match event:
            case SlotReady(slot):
                return self._on_ready(slot, now)
            case Started(slot):
                self._slots[slot].state = "starting"
                self._no_room_since = None
                return []
            case StartFailed(slot, error):
                return self._on_no_room(slot, error, now)
            case InitFailed(slot, error):
                return self._on_failed_start(slot, error, now)
            case LeaseEnded():
                return self._on_lease_ended(event, now)
            case SlotLost():
                return self._on_lost(event, now)
            case Seen(slot, sighting):
                return self._on_seen(slot, sighting, now)
            case CancelRequested():
                return self._finish("Canceled", "The job was canceled.")
            case Broken(reason):
                return self._finish("Failed", reason)
            case Tick():
                return []

    def _on_ready(self, number: int, now: float) -> list[Action]:
        self._slots[number].state = "ready"
        self._hungry[number] = None
        self._came_through_init = True
        self._progress = now
        return self._delayed_starts()

    def _on_no_room(self, number: int, error: str, now: float) -> list[Action]:
        """Where there are others, one that finds no room only waits for its turn."""
        others = (slot for n, slot in self._slots.items() if n != number)
        if any(slot.state in ("starting", "ready", "killing") for slot in others):
            self._no_room_since = None
        elif self._no_room_since is None:
            self._no_room_since = now
        elif now - self._no_room_since >= NO_ROOM_SECONDS:
            return self._finish("Failed", f"This machine has no room for any worker: {error}")
        return self._start_later(number, now)

    def _on_failed_start(self, number: int, error: str, now: float) -> list[Action]:
        self._failed_starts += 1
        self._last_error = error
        if self._failed_starts >= self._most_failed_starts():
            return self._finish(
                "Failed",
                f"{counted(self._failed_starts, 'worker')} ended in init() or before their first "
                f"mini-batch.{LAST_ERROR}{error}",
            )
        return self._start_later(number, now)

    def _start_later(self, number: int, now: float) -> list[Action]:
        failed = self._slots[number].failed_starts + 1
        self._slots[number] = _Slot(failed, "waiting")
        wait = min(BACKOFF_SECONDS * 2 ** (failed - 1), MOST_BACKOFF_SECONDS)
        self._delayed.append(StartSlot(number, now + wait))
        return self._delayed_starts()

    def _most_failed_starts(self) -> int:
        if self._came_through_init:
            return MOST_FAILED_STARTS
        return min(MOST_FAILED_STARTS, max(3, 2 * len(self._slots)))

    def _delayed_starts(self) -> list[Action]:
        """As many as may still fail: those on their way could all do so."""
        on_their_way = sum(slot.state in ("due", "starting") for slot in self._slots.values())
        room = self._most_failed_starts() - self._failed_starts - on_their_way
        starts: list[Action] = []
        while self._delayed and len(starts) < room:
            start = self._delayed.popleft()
            self._slots[start.slot].state = "due"
            starts.append(start)
        return starts

    def _on_lease_ended(self, event: LeaseEnded, now: float) -> list[Action]:
        slot, lease, failure = self._slots[event.slot], event.lease, event.failure
        slot.leases.remove(lease)
        slot.sighting = None  # what was seen is over, and its deadline with it
        slot.worked = True
        self._measure(slot, event)
        if slot.has_room:
            self._hungry[event.slot] = None
        self._progress = now
        self._backlog.give_back(lease.ids[event.ended :], lease.attempt)
        good = event.ended - (failure is not None)
        self._ran = self._ran or good > 0 or _reached_run(failure)
        self._commit(good, event.items, event.items_failed)
        return self._charge(failure)

    def _measure(self, slot: _Slot, event: LeaseEnded) -> None:
        slot.last_count = event.ended
        slot.last_lease_seconds = event.seconds
        mean = event.seconds / event.ended
        if max(event.slowest, event.failure.run_seconds if event.failure else 0) > SLOW_RUN_SECONDS:
            slot.run_seconds = None
        elif slot.run_seconds is None:
            slot.run_seconds = mean
        else:
            slot.run_seconds += EWMA_WEIGHT * (mean - slot.run_seconds)

    def _on_lost(self, event: SlotLost, now: float) -> list[Action]:
        slot, failure = self._slots[event.slot], event.in_hand
        self._hungry.pop(event.slot, None)
        ended = set(event.committed) | ({failure.mini_batch} if failure else set())
        for lease in reversed(slot.leases):
            for run in reversed(without(lease.ids, ended)):
                self._backlog.give_back(run, lease.attempt)
        for items, returned in event.committed.values():
            self._commit(1, items, max(0, items - returned))
        self._ran = self._ran or bool(event.committed) or _reached_run(failure)
        if not ended and not slot.worked:
            return self._on_failed_start(event.slot, event.why, now)
        if ended:
            self._progress = now
        self._slots[event.slot] = _Slot()
        return [*self._charge(failure), StartSlot(event.slot, now)]

    def _on_seen(self, number: int, sighting: Sighting, now: float) -> list[Action]:
        slot = self._slots[number]
        if slot.sighting is None or sighting.number != slot.sighting.number:
            slot.sighting = sighting
            self._progress = max(self._progress, min(sighting.since, now))
            self._ran = self._ran or sighting.phase in (Phase.RUN, Phase.COMMIT)
        if slot.state != "ready":
            return []
        limit = self._limit(sighting)
        if not limit or now < sighting.since + limit:  # as wake_at() adds it up
            return []
        slot.state = "killing"
        self._hungry.pop(number, None)
        if sighting.phase == Phase.RUN:
            why = f"run() did not return within {limit:g} s (retry_settings.timeout)"
            return [KillSlot(number, sighting.mini_batch, "timeout", why)]
        what = "loaded" if sighting.phase == Phase.LOAD else "committed"
        why = f"the mini-batch was not {what} within {limit:g} s (--task_overhead_timeout)"
        return [KillSlot(number, sighting.mini_batch, "load", why)]

    def _limit(self, sighting: Sighting) -> float:
        """How long the seen phase may last, in seconds; 0 when nothing bounds it."""
        if sighting.phase == Phase.RUN:
            return self._rules.timeout
        is_overhead = sighting.phase in (Phase.LOAD, Phase.COMMIT)
        return self._rules.task_overhead_timeout if is_overhead else 0.0

    # ---- accounts

    def _commit(self, mini_batches: int, items: int, items_failed: int) -> None:
        self.counts.done += mini_batches
        self.counts.items_done += items - items_failed
        self.counts.items_failed += items_failed

    def _charge(self, failure: Failure | None) -> list[Action]:
        """One attempt is spent: the mini-batch is tried again, or given up."""
        if failure is None:
            return []
        if failure.attempt <= self._rules.max_retries and not self._is_settled(failure):
            self.counts.retried += 1
            self._backlog.retry(failure.mini_batch, failure.attempt + 1)
            return [Retry(failure)]
        self.counts.failed += 1
        # One that was never read has an unknown number of items, but it has some.
        self.counts.items_failed += failure.items if failure.items >= 0 else 1
        self._last_error = failure.error.message
        return [GiveUp(failure)]

    def _is_settled(self, failure: Failure) -> bool:
        """Whether run() returned too few items again, and as few: it will not return more."""
        if failure.kind != "short_return":
            self._short_returns.pop(failure.mini_batch, None)
            return False
        before = self._short_returns.get(failure.mini_batch)
        self._short_returns[failure.mini_batch] = failure.error.message
        return before == failure.error.message

    # ---- what to do next

    def _grants(self) -> list[Action]:
        grants: list[Action] = []
        while self._hungry and self._backlog:
            number = next(iter(self._hungry))
            slot = self._slots[number]
            lease = self._backlog.take(self._lease_size(slot))
            slot.leases.append(lease)
            grants.append(GrantLease(number, lease))
            if not slot.has_room:
                del self._hungry[number]
        return grants

    def _lease_size(self, slot: _Slot) -> int:
        if slot.run_seconds is None:
            return 1
        wanted = int(LEASE_SECONDS / max(slot.run_seconds, 1e-6))
        fair = self._backlog.fresh // (4 * len(self._slots))
        return max(1, min(wanted, 2 * slot.last_count, fair))

    # ---- the end

    def _ending(self, now: float) -> list[Action]:
        """Finish, if a threshold is exceeded, nothing is left to do or a clock has run out."""
        if self.finished is not None:
            return []
        if reason := self._exceeded():
            return self._finish("Failed", reason)
        if self.counts.done + self.counts.failed < self._total:
            stalled = self._stalled(now)
            return self._finish("Failed", stalled) if stalled else []
        if self._rules.needs_rows and self.counts.items_done == 0:
            return self._finish(
                "Failed",
                f"No item of any mini-batch succeeded, so there is no output.{self._last()}",
            )
        return self._finish("Completed")

    def _exceeded(self) -> str:
        counts, rules = self.counts, self._rules
        if -1 < rules.mini_batch_error_threshold < counts.failed:
            return (
                f"{mini_batches(counts.failed)} failed, more than mini_batch_error_threshold "
                f"{rules.mini_batch_error_threshold}.{self._last()}"
            )
        if -1 < rules.error_threshold < counts.items_failed:
            return (
                f"{counted(counts.items_failed, 'item')} failed, more than error_threshold "
                f"{rules.error_threshold}.{self._last()}"
            )
        if rules.allowed_failed_percent < 100 and self._total:
            percent = 100 * counts.failed / self._total
            if percent > rules.allowed_failed_percent:
                return (
                    f"{counts.failed} of {mini_batches(self._total)} failed ({percent:.1f} %), "
                    f"more than allowed_failed_percent {rules.allowed_failed_percent}."
                    f"{self._last()}"
                )
        return ""

    def _last(self) -> str:
        return f"{LAST_ERROR}{self._last_error}" if self._last_error else ""

    def _stalled(self, now: float) -> str:
        rules = self._rules
        if not self._ran and now >= self._started + rules.first_task_creation_timeout:
            return (
                "No mini-batch reached run() within first_task_creation_timeout "
                f"{rules.first_task_creation_timeout:g} s.{self._last()}"
            )
        if now >= self._progress + rules.progress_update_timeout:
            return (
                "Nothing has moved for progress_update_timeout "
                f"{rules.progress_update_timeout:g} s: {self._what_is_stuck()}."
            )
        return ""

    def _what_is_stuck(self) -> str:
        states = []
        for number, slot in self._slots.items():
            seen = slot.sighting
            doing = seen.phase.name.lower() if seen else slot.state
            what = f" of mini-batch {seen.mini_batch}" if seen and seen.in_hand else ""
            states.append(f"slot {number} in {doing}{what}")
        return ", ".join(states)

    def _finish(
        self, status: Literal["Completed", "Failed", "Canceled"], reason: str = ""
    ) -> list[Action]:
        self.finished = Finish(status, reason)
        stops: list[Action] = []
        if status == "Completed":
            stops = [StopSlot(n) for n, slot in self._slots.items() if slot.state == "ready"]
        return [*stops, self.finished]


def _reached_run(failure: Failure | None) -> bool:
    """Whether the failed attempt came as far as the call of run()."""
    return failure is not None and not failure.kind.startswith("load")
