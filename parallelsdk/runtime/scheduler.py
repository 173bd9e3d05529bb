"""The scheduler of a parallel step: every rule on retries, time-outs and thresholds.

Pure: events in, actions out, and the time is an argument. It never sleeps, opens a file or starts a
process, so that the local engine, a cluster and a simulator can drive the same rules.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

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
    StartSlot,
    StopSlot,
    Tick,
)
from parallelsdk.worker.board import Phase, Sighting
from parallelsdk.worker.messages import Failure, Lease

LEASE_SECONDS = 0.1  # the work that one lease should hold
SLOW_RUN_SECONDS = 0.05  # a mini-batch that takes longer is leased alone
SHORT_LEASE_SECONDS = 0.02  # leases shorter than this are handed out two at a time
EWMA_WEIGHT = 0.3  # of the newest lease in the mean run time
MOST_INIT_FAILURES = 24
BACKOFF_SECONDS = 0.1  # before the first restart after a failed init(); doubles up to the next line
MOST_BACKOFF_SECONDS = 5.0


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
    state: Literal["starting", "ready", "killing", "stopped"] = "starting"
    leases: deque[Lease] = field(default_factory=deque)
    run_seconds: float | None = None  # mean per mini-batch, exponentially weighted
    last_count: int = 0
    last_lease_seconds: float = 1.0
    init_failures: int = 0
    sighting: Sighting | None = None


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
        self._fresh = deque([range(total)] if todo is None else todo)
        self._fresh_left = sum(len(run) for run in self._fresh)  # counting anew would be quadratic
        self._retries: deque[tuple[int, int]] = deque()  # mini-batch, attempt
        self._slots = {number: _Slot() for number in range(slots)}
        self._started = now
        self._progress = now
        self._ran = False  # whether any mini-batch has been handed to run()
        self._came_through_init = False
        self._init_failures = 0
        self._last_error = ""
        self.finished: Finish | None = None

    def start(self, now: float) -> list[Action]:
        """The first actions. No more slots are started than there are mini-batches to do."""
        for number in list(self._slots)[self._fresh_left :]:
            del self._slots[number]
        return self._ending(now) or [StartSlot(number, now) for number in self._slots]

    def handle(self, event: Event, now: float) -> list[Action]:
        """What follows from the event. Nothing does once the step is finished."""
        if self.finished is not None:
            return []
        actions: list[Action] = []
        match event:
            case SlotReady(slot):
                self._on_ready(self._slots[slot], now)
            case InitFailed(slot, error):
                actions += self._on_init_failed(slot, error, now)
            case LeaseEnded():
                actions += self._on_lease_ended(event, now)
            case SlotLost():
                actions += self._on_lost(event, now)
            case Seen(slot, sighting):
                actions += self._on_seen(slot, sighting, now)
            case CancelRequested():
                return self._finish("Canceled", "The job was canceled.")
            case Broken(reason):
                return self._finish("Failed", reason)
            case Tick():
                pass
        ending = self._ending(now)
        if ending:
            return [action for action in actions if not isinstance(action, StartSlot)] + ending
        return actions + self._grants()

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

    def _on_ready(self, slot: _Slot, now: float) -> None:
        slot.state = "ready"
        slot.init_failures = 0
        slot.sighting = None
        self._came_through_init = True
        self._progress = now

    def _on_init_failed(self, number: int, error: str, now: float) -> list[Action]:
        slot = self._slots[number]
        slot.state = "starting"
        slot.init_failures += 1
        self._init_failures += 1
        self._last_error = error
        if self._init_is_hopeless():
            return self._finish("Failed", f"No worker comes through init(): {error}")
        wait = min(BACKOFF_SECONDS * 2 ** (slot.init_failures - 1), MOST_BACKOFF_SECONDS)
        return [StartSlot(number, now + wait)]

    def _init_is_hopeless(self) -> bool:
        if self._init_failures >= MOST_INIT_FAILURES:
            return True
        return not self._came_through_init and self._init_failures >= max(3, 2 * len(self._slots))

    def _on_lease_ended(self, event: LeaseEnded, now: float) -> list[Action]:
        slot = self._slots[event.slot]
        slot.leases.remove(event.lease)
        slot.sighting = None  # what was seen is over, and its deadline with it
        slot.last_count = event.ended
        slot.last_lease_seconds = event.seconds
        mean = event.seconds / event.ended
        weight = EWMA_WEIGHT if slot.run_seconds is not None else 1.0
        slot.run_seconds = weight * mean + (1 - weight) * (slot.run_seconds or 0.0)
        self._ran = True
        self._progress = now
        self._give_back(event.lease.ids[event.ended :], event.lease.attempt)
        if event.failure is None:
            self._commit(event.ended, event.items, event.items_failed)
            return []
        self._commit(event.ended - 1, event.items, event.items_failed)
        return self._charge(event.failure)

    def _on_lost(self, event: SlotLost, now: float) -> list[Action]:
        slot = self._slots[event.slot]
        self._progress = now
        leases, slot.leases = slot.leases, deque()
        for items, returned in event.committed.values():
            self._commit(1, items, max(0, items - returned))
        charged = event.in_hand.mini_batch if event.in_hand else -1
        for lease in leases:
            left = (i for i in lease.ids if i != charged and i not in event.committed)
            self._give_back(left, lease.attempt)
        actions = self._charge(event.in_hand) if event.in_hand else []
        slot.state = "starting"
        slot.sighting = None
        return [*actions, StartSlot(event.slot, now)]

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
        if sighting.phase == Phase.RUN:
            why = f"run() did not return within {limit:g} s (retry_settings.timeout)"
            return [KillSlot(number, "timeout", why)]
        why = f"the mini-batch was not loaded within {limit:g} s (--task_overhead_timeout)"
        return [KillSlot(number, "load", why)]

    def _limit(self, sighting: Sighting) -> float:
        """How long the seen phase may last, in seconds; 0 when nothing bounds it."""
        if sighting.phase == Phase.RUN:
            return self._rules.timeout
        return self._rules.task_overhead_timeout if sighting.phase == Phase.LOAD else 0.0

    # ---- accounts

    def _commit(self, mini_batches: int, items: int, items_failed: int) -> None:
        self.counts.done += mini_batches
        self.counts.items_done += items - items_failed
        self.counts.items_failed += items_failed

    def _charge(self, failure: Failure) -> list[Action]:
        """One attempt is spent: the mini-batch is tried again, or given up."""
        if failure.attempt <= self._rules.max_retries:
            self.counts.retried += 1
            self._retries.append((failure.mini_batch, failure.attempt + 1))
            return [Retry(failure)]
        self.counts.failed += 1
        self.counts.items_failed += max(0, failure.items)
        self._last_error = failure.error.message
        return [GiveUp(failure)]

    def _give_back(self, mini_batches: Iterable[int], attempt: int) -> None:
        """Mini-batches that were leased but not tried go back, uncharged."""
        if attempt > 1:
            self._retries.extendleft((i, attempt) for i in mini_batches)
            return
        for run in reversed(_runs(mini_batches)):
            self._fresh.appendleft(run)
            self._fresh_left += len(run)

    # ---- what to do next

    def _grants(self) -> list[Action]:
        grants: list[Action] = []
        for number, slot in self._slots.items():
            while slot.state == "ready" and len(slot.leases) < self._leases_allowed(slot):
                lease = self._next_lease(slot)
                if lease is None:
                    break
                slot.leases.append(lease)
                grants.append(GrantLease(number, lease))
        return grants

    def _leases_allowed(self, slot: _Slot) -> int:
        return 2 if slot.last_lease_seconds < SHORT_LEASE_SECONDS else 1

    def _next_lease(self, slot: _Slot) -> Lease | None:
        if self._retries:  # alone, so that a mini-batch that kills takes no other along
            mini_batch, attempt = self._retries.popleft()
            return Lease(mini_batch, 1, attempt)
        if not self._fresh:
            return None
        run = self._fresh.popleft()
        count = min(len(run), self._lease_size(slot))
        if count < len(run):
            self._fresh.appendleft(run[count:])
        self._fresh_left -= count
        return Lease(run[0], count, 1)

    def _lease_size(self, slot: _Slot) -> int:
        if slot.run_seconds is None or slot.run_seconds > SLOW_RUN_SECONDS:
            return 1
        wanted = int(LEASE_SECONDS / max(slot.run_seconds, 1e-6))
        fair = self._fresh_left // (4 * len(self._slots))
        return max(1, min(wanted, 2 * slot.last_count, fair))

    # ---- the end

    def _ending(self, now: float) -> list[Action]:
        """Finish, if a threshold or a clock has run out or nothing is left to do."""
        if self.finished is not None:
            return []
        reason = self._exceeded() or self._stalled(now)
        if reason:
            return self._finish("Failed", reason)
        if self.counts.done + self.counts.failed < self._total:
            return []
        if self._rules.needs_rows and self.counts.items_done == 0:
            error = f" The last error: {self._last_error}" if self._last_error else ""
            return self._finish(
                "Failed", f"No item of any mini-batch succeeded, so there is no output.{error}"
            )
        return self._finish("Completed")

    def _exceeded(self) -> str:
        counts, rules = self.counts, self._rules
        if -1 < rules.mini_batch_error_threshold < counts.failed:
            return (
                f"{counts.failed} mini-batches failed, more than mini_batch_error_threshold "
                f"{rules.mini_batch_error_threshold}. The last error: {self._last_error}"
            )
        if -1 < rules.error_threshold < counts.items_failed:
            return (
                f"{counts.items_failed} items failed, more than error_threshold "
                f"{rules.error_threshold}."
                + (f" The last error: {self._last_error}" if self._last_error else "")
            )
        if rules.allowed_failed_percent < 100 and self._total:
            percent = 100 * counts.failed / self._total
            if percent > rules.allowed_failed_percent:
                return (
                    f"{counts.failed} of {self._total} mini-batches failed ({percent:.1f} %), more "
                    f"than allowed_failed_percent {rules.allowed_failed_percent}. "
                    f"The last error: {self._last_error}"
                )
        return ""

    def _stalled(self, now: float) -> str:
        rules = self._rules
        error = f" The last error of init(): {self._last_error}" if self._last_error else ""
        if not self._ran and now >= self._started + rules.first_task_creation_timeout:
            return (
                "No mini-batch reached run() within first_task_creation_timeout "
                f"{rules.first_task_creation_timeout:g} s.{error}"
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


def _runs(mini_batches: Iterable[int]) -> list[range]:
    """Ascending ids as runs of consecutive ones."""
    runs: list[range] = []
    for i in mini_batches:
        if runs and runs[-1].stop == i:
            runs[-1] = range(runs[-1].start, i + 1)
        else:
            runs.append(range(i, i + 1))
    return runs
