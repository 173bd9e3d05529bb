"""The scheduler against an adversary: whatever the world does to it, in any order, the rules hold.

Hypothesis makes up the world and shortens what breaks a rule to a few lines. The world keeps books
of its own: nothing here reads the scheduler's state but its counts and its end.
SCHEDULER_WORLDS=10000 makes up that many.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from parallelsdk.runtime import moves
from parallelsdk.runtime.moves import Action
from parallelsdk.runtime.scheduler import Counts, Rules, Scheduler
from parallelsdk.worker.board import NOTHING_SEEN, Phase, Sighting
from parallelsdk.worker.messages import ErrorText, Failure, FailureKind, Lease

ITEMS = 3  # of each mini-batch
MOST_STARTS = 24  # that may fail
DURATIONS = st.sampled_from([0.0001, 0.001, 0.015, 0.025, 0.06, 0.5])
SETTINGS = settings(
    max_examples=int(os.environ.get("SCHEDULER_WORLDS", "400")),
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Worker:
    """What there is in a slot: a start that was asked for, a process, or one that is killed."""

    state: str  # "starting", "ready", "killing"
    at: float  # not started before
    leases: list[Lease] = field(default_factory=list)
    position: int = 0  # of its first lease: what lies before is committed
    board: Sighting = NOTHING_SEEN
    ended: int = 0  # leases
    last: tuple[float, int] = (1.0, 0)  # seconds and mini-batches of the last one
    mean: float | None = None  # seconds of a mini-batch, as the lease rule wants it
    to_kill: int = -1  # the mini-batch


class World(RuleBasedStateMachine):
    """Slots, workers and time, against one scheduler after another."""

    @initialize(
        total=st.integers(1, 12) | st.just(300),
        slots=st.integers(1, 5),
        max_retries=st.integers(0, 2),
        thresholds=st.tuples(
            st.sampled_from([-1, -1, 0, 1, 3]),
            st.sampled_from([-1, -1, 0, 2, 8]),
            st.sampled_from([100, 100, 0, 10, 50]),
        ),
        clocks=st.sampled_from([(1, 2, 600, 900), (5, 1, 300, 400), (5, 5, 3, 4)]),
        needs_rows=st.booleans(),
        stalls=st.sampled_from([False, False, False, True]),
        ready=st.sampled_from([True, True, False]),
    )
    def begin(
        self,
        total: int,
        slots: int,
        max_retries: int,
        thresholds: tuple[int, int, int],
        clocks: tuple[float, float, float, float],
        needs_rows: bool,
        stalls: bool,
        ready: bool,
    ) -> None:
        self.rules_ = Rules(max_retries, *clocks, *thresholds, needs_rows)
        self.total = total
        self.most_slots = slots
        self.now = 10.0
        self.done: dict[int, int] = {}  # mini-batch -> items returned
        self.cancelled = False
        self.stalls = stalls  # whether the whole step may be left waiting for its clocks
        self.start_driver()
        for slot in list(self.workers) if ready else []:
            self.make_ready(slot)

    def start_driver(self) -> None:
        self.failed: dict[int, int] = {}  # mini-batch -> items lost
        self.charged: dict[int, int] = {}
        self.failed_starts, self.in_a_row = 0, dict.fromkeys(range(self.most_slots), 0)
        self.last_failed_start: dict[int, float] = {}
        self.came_through = self.reached_run = False
        self.began = self.moved = self.now
        self.slept_well = True  # the driver has not missed a deadline
        self.workers: dict[int, Worker] = {}
        todo, start = [], 0
        for i in sorted({*self.done, self.total}):
            todo += [range(start, i)] if i > start else []
            start = i + 1
        self.slots = min(self.most_slots, self.total - len(self.done))
        self.scheduler = Scheduler(
            self.total, self.most_slots, self.rules_, self.now, todo=todo, counts=self.counts()
        )
        actions = self.scheduler.start(self.now)
        if self.scheduler.finished is None:
            assert [(a.slot, a.at) for a in actions if isinstance(a, moves.StartSlot)] == [
                (number, self.now) for number in range(self.slots)
            ]
        self.carry_out(actions)

    def counts(self) -> Counts:
        returned = sum(self.done.values())
        return Counts(
            done=len(self.done),
            failed=len(self.failed),
            retried=sum(self.charged.values()) - len(self.failed),
            items_done=returned,
            items_failed=ITEMS * len(self.done) - returned + sum(self.failed.values()),
        )

    # ---- telling and obeying

    def tell(self, event: moves.Event) -> None:
        was_over = not self.running()
        actions = self.scheduler.handle(event, self.now)
        if was_over:
            assert actions == [], "nothing follows after the end"
        else:
            self.carry_out(actions)

    def carry_out(self, actions: list[Action]) -> None:
        kinds = [type(action) for action in actions]
        if self.scheduler.finished is not None:
            assert kinds[-1:] == [moves.Finish] and kinds.count(moves.Finish) == 1
            assert moves.StartSlot not in kinds and moves.GrantLease not in kinds
        for action in actions:
            match action:
                case moves.StartSlot(slot, at):
                    assert slot not in self.workers, "a slot has one worker"
                    self.workers[slot] = Worker("starting", max(at, self.now))
                    self.check_start(slot, at)
                case moves.GrantLease(slot, lease):
                    self.check_lease(self.workers[slot], lease)
                    self.workers[slot].leases.append(lease)
                case moves.KillSlot(slot, mini_batch, kind, _):
                    self.check_kill(self.workers[slot], mini_batch, kind)
                    self.workers[slot].state, self.workers[slot].to_kill = "killing", mini_batch

    def check_start(self, slot: int, at: float) -> None:
        starting = sum(worker.state == "starting" for worker in self.workers.values())
        if self.in_a_row[slot]:
            assert at >= self.last_failed_start[slot] + min(
                0.1 * 2 ** (self.in_a_row[slot] - 1), 5.0
            )
            assert self.failed_starts + starting <= self.most_starts()

    def most_starts(self) -> int:
        return MOST_STARTS if self.came_through else min(MOST_STARTS, max(3, 2 * self.slots))

    def check_lease(self, worker: Worker, lease: Lease) -> None:
        assert worker.state == "ready"
        held = {i for other in self.workers.values() for held in other.leases for i in held.ids}
        for i in lease.ids:
            assert i not in held, "a mini-batch is in one lease at a time"
            assert i not in self.done and i not in self.failed, "what has ended is not run again"
            assert lease.attempt == self.charged.get(i, 0) + 1, "only what was charged is counted"
        seconds, count = worker.last
        assert len(worker.leases) < (2 if seconds < 0.02 else 1)
        if lease.count == 1:
            return
        assert lease.attempt == 1, "a retry takes no other mini-batch along"
        assert worker.mean is not None and lease.count * worker.mean <= 0.1 + 1e-9
        waiting = self.total - len(self.done) - len(self.failed) - len(held)
        assert lease.count <= min(2 * count, waiting / (4 * self.slots))

    def check_kill(self, worker: Worker, mini_batch: int, kind: FailureKind) -> None:
        seen = worker.board
        assert worker.state == "ready" and seen.mini_batch == mini_batch
        overhead = self.rules_.task_overhead_timeout
        timeouts = {Phase.RUN: self.rules_.timeout, Phase.LOAD: overhead, Phase.COMMIT: overhead}
        assert (kind == "timeout") == (seen.phase == Phase.RUN)
        deadline = seen.since + timeouts[seen.phase]
        assert self.now == deadline if self.slept_well else self.now >= deadline

    # ---- what may happen

    def some(self, data: Any, *states: str, busy: bool = False) -> int:
        found = [
            number
            for number, worker in self.workers.items()
            if worker.state in states and (worker.leases or not busy)
        ]
        return data.draw(st.sampled_from(found), label="slot")

    def running(self) -> bool:
        return self.scheduler.finished is None

    def any_(self, *states: str, busy: bool = False) -> bool:
        return self.running() and any(
            worker.state in states and (worker.leases or not busy)
            for worker in self.workers.values()
        )

    @precondition(lambda self: self.any_("starting"))
    @rule(data=st.data())
    def come_through_init(self, data: Any) -> None:
        slot = self.some(data, "starting")
        self.reach(self.workers[slot].at)
        if slot not in self.workers or not self.running():
            return
        self.make_ready(slot)

    def make_ready(self, slot: int) -> None:
        self.workers[slot].state = "ready"
        self.came_through = True
        self.moved = self.now
        self.tell(moves.SlotReady(slot))

    @precondition(lambda self: self.any_("starting"))
    @rule(data=st.data(), all_of_them=st.booleans())
    def fail_init(self, data: Any, all_of_them: bool) -> None:
        slots = [self.some(data, "starting")]
        if all_of_them:
            slots = [n for n, worker in self.workers.items() if worker.state == "starting"]
        for slot in slots:
            self.reach(self.workers[slot].at)
            if not self.running():
                return
            self.note_failed_start(slot)
            self.tell(moves.InitFailed(slot, "no model"))
            assert self.running() == (self.failed_starts < self.most_starts())

    def note_failed_start(self, slot: int) -> None:
        del self.workers[slot]
        self.failed_starts += 1
        self.in_a_row[slot] += 1
        self.last_failed_start[slot] = self.now

    @precondition(lambda self: self.any_("ready", busy=True))
    @rule(data=st.data(), phase=st.sampled_from([Phase.LOAD, Phase.RUN, Phase.RUN, Phase.COMMIT]))
    def work(self, data: Any, phase: Phase) -> None:
        """The worker commits some of its first lease and is in the middle of the next one."""
        worker = self.workers[self.some(data, "ready", busy=True)]
        count = worker.leases[0].count
        worker.position = data.draw(st.integers(worker.position, count - 1), label="position")
        self.write(worker, phase)
        self.wake()

    def write(self, worker: Worker, phase: Phase) -> None:
        lease, number = worker.leases[0], worker.board.number + 1
        mini_batch = lease.ids[worker.position]
        worker.board = Sighting(number, phase, mini_batch, lease.attempt, self.now, ITEMS)
        self.moved = self.now
        self.reached_run |= phase != Phase.LOAD

    @precondition(lambda self: self.any_("ready", busy=True))
    @rule(
        data=st.data(),
        kind=st.sampled_from(["", "", "exception", "load", "bad_return"]),
        seconds=DURATIONS,
        short=st.integers(0, ITEMS),
    )
    def end_lease(self, data: Any, kind: Any, seconds: float, short: int) -> None:
        slot = self.some(data, "ready", busy=True)
        worker = self.workers[slot]
        lease = worker.leases.pop(0)
        good = lease.count
        if kind:
            good = data.draw(st.integers(worker.position, lease.count - 1), label="position")
        failure = self.failure(lease.first + good, lease.attempt, kind, seconds) if kind else None
        ended, short = good + bool(kind), short * (good > 0)
        for i in lease.ids[:good]:
            self.done[i] = ITEMS
        if good:
            self.done[lease.first] -= short
        self.pay(failure)
        self.reached_run |= good > 0 or kind != "load"
        self.moved = self.now
        worker.position, worker.ended, worker.last = 0, worker.ended + 1, (seconds * ended, ended)
        mean = seconds if worker.mean is None else 0.3 * seconds + 0.7 * worker.mean
        worker.mean = None if seconds > 0.05 else mean
        idle = (worker.board.number + 1, Phase.IDLE, -1, 0, self.now, -1)
        worker.board = Sighting(*idle)
        self.tell(
            moves.LeaseEnded(
                slot,
                lease,
                ended=ended,
                items=ITEMS * good,
                items_failed=short,
                failure=failure,
                seconds=seconds * ended,
                slowest=seconds if good else 0.0,
            )
        )

    def failure(self, mini_batch: int, attempt: int, kind: FailureKind, seconds: float) -> Failure:
        items = -1 if kind == "load" else ITEMS
        return Failure(mini_batch, attempt, kind, ErrorText(kind), items, 0.0, 0.0, seconds, 0.0)

    def pay(self, failure: Failure | None) -> None:
        """What a failure costs: one attempt of its mini-batch."""
        if failure is None:
            return
        i = failure.mini_batch
        self.charged[i] = self.charged.get(i, 0) + 1
        assert self.charged[i] == failure.attempt <= self.rules_.max_retries + 1
        if self.charged[i] == self.rules_.max_retries + 1:
            self.failed[i] = failure.items if failure.items >= 0 else 1

    @precondition(lambda self: self.any_("ready", "killing"))
    @rule(data=st.data(), in_hand=st.booleans(), returned=st.integers(0, ITEMS))
    def die(self, data: Any, in_hand: bool, returned: int) -> None:
        """The worker is gone: with a mini-batch in hand or between two, and some committed.

        One that was to be killed may have committed what it was to be killed for.
        """
        slot = self.some(data, "ready", "killing")
        worker = self.workers[slot]
        failure, committed = None, {}
        if worker.leases:
            lease = worker.leases[0]
            good = data.draw(st.integers(worker.position, lease.count), label="committed")
            committed = dict.fromkeys(lease.ids[:good], (ITEMS, returned))
            if in_hand and good < lease.count:
                innocent = worker.state == "killing" and worker.to_kill != lease.ids[good]
                if not innocent:
                    failure = self.failure(lease.ids[good], lease.attempt, self.why(worker), 1.0)
        self.done.update(dict.fromkeys(committed, returned))
        self.pay(failure)
        self.reached_run |= bool(committed) or bool(failure and failure.kind != "load")
        if committed or failure:
            self.moved = self.now
        hopeless = False
        if worker.ended or committed or failure:
            del self.workers[slot]
            self.in_a_row[slot] = 0
        else:
            self.note_failed_start(slot)
            hopeless = self.failed_starts >= self.most_starts()
        self.tell(moves.SlotLost(slot, failure, committed, "signal 9"))
        if hopeless:
            assert not self.running() and "signal 9" in self.scheduler.finished.reason

    def why(self, worker: Worker) -> FailureKind:
        if worker.state == "ready":
            return "died"
        return "timeout" if worker.board.phase == Phase.RUN else "load"

    @precondition(running)
    @rule(seconds=st.sampled_from([0.01, 0.5, 1.0, 2.5]))
    def wait(self, seconds: float) -> None:
        self.reach(self.now + seconds)

    @precondition(lambda self: self.stalls or self.in_hand())
    @rule()
    def wait_for_the_next_deadline(self) -> None:
        self.reach(self.scheduler.wake_at(self.now))

    def in_hand(self) -> bool:
        return self.any_("ready", busy=True) and any(
            worker.state == "ready" and worker.leases and worker.board.in_hand
            for worker in self.workers.values()
        )

    @precondition(lambda self: self.stalls or self.in_hand())
    @rule(seconds=st.sampled_from([1.5, 100.0]))
    def oversleep(self, seconds: float) -> None:
        """The driver was stopped for a while."""
        self.slept_well = False
        self.now += seconds
        self.wake()

    def reach(self, moment: float) -> None:
        """Let time pass as a driver does: with a look at every deadline."""
        while self.running() and self.now < moment:
            self.now = max(self.now, min(moment, self.scheduler.wake_at(self.now)))
            self.wake()

    def wake(self) -> None:
        for slot, worker in list(self.workers.items()):
            if worker.state == "ready" and worker.leases:
                self.tell(moves.Seen(slot, worker.board))
        self.tell(moves.Tick())
        if self.running():
            assert self.now < self.scheduler.wake_at(self.now) < float("inf")

    @precondition(lambda self: self.running() and (self.charged or self.failed_starts))
    @rule()
    def lose_the_driver_and_resume(self) -> None:
        """All workers die with their driver. What they had committed is found by the next one."""
        for worker in self.workers.values():
            for lease in worker.leases[:1]:
                self.done.update(dict.fromkeys(lease.ids[: worker.position], ITEMS))
        self.start_driver()

    @precondition(lambda self: self.running() and self.failed_starts + len(self.charged) > 2)
    @rule(broken=st.booleans())
    def cancel(self, broken: bool) -> None:
        event = moves.Broken("the disk is full") if broken else moves.CancelRequested()
        self.tell(event)
        end = self.scheduler.finished
        assert end is not None
        assert end.status == "Failed" if broken else end.status == "Canceled"
        self.cancelled = True

    @precondition(lambda self: not self.running())
    @rule(data=st.data())
    def go_on_after_the_end(self, data: Any) -> None:
        slots = sorted(self.workers) or [0]
        slot = data.draw(st.sampled_from(slots))
        late = [moves.SlotReady(slot), moves.InitFailed(slot, "no"), moves.SlotLost(slot, None)]
        for event in (*late, moves.Seen(slot, NOTHING_SEEN), moves.Tick()):
            assert self.scheduler.handle(event, self.now + 1e6) == []

    # ---- what holds after each of them

    @invariant()
    def counts_add_up(self) -> None:
        assert self.scheduler.counts == self.counts()

    @invariant()
    def no_work_lies_about_while_a_slot_is_free(self) -> None:
        """So nothing that was given back, or has to be tried again, is ever lost."""
        held = sum(lease.count for worker in self.workers.values() for lease in worker.leases)
        waiting = self.total - len(self.done) - len(self.failed) - held
        assert waiting >= 0
        free = any(
            worker.state == "ready" and not worker.leases for worker in self.workers.values()
        )
        assert not (self.running() and free and waiting)

    @invariant()
    def somebody_is_at_it(self) -> None:
        assert not self.running() or self.any_("starting", "ready", "killing")
        if self.running():
            assert self.any_("starting", "killing") or self.any_("ready", busy=True)

    @invariant()
    def the_step_ends_when_it_has_to_and_not_before(self) -> None:
        end, counts, rules = self.scheduler.finished, self.counts(), self.rules_
        failed = [
            name
            for name, over in (
                (
                    "mini_batch_error_threshold",
                    -1 < rules.mini_batch_error_threshold < counts.failed,
                ),
                ("error_threshold", -1 < rules.error_threshold < counts.items_failed),
                (
                    "allowed_failed_percent",
                    100 * counts.failed > rules.allowed_failed_percent * self.total,
                ),
            )
            if over
        ]
        over = counts.done + counts.failed == self.total
        if end is None:
            assert not failed and not over
        elif self.cancelled or "workers ended in init()" in end.reason:
            pass  # asserted where it happened
        elif failed:
            assert end.status == "Failed" and any(name in end.reason for name in failed)
        elif over:
            barren = rules.needs_rows and not counts.items_done
            assert end.status == ("Failed" if barren else "Completed")
        elif "first_task_creation_timeout" in end.reason:
            assert not self.reached_run
            self.check_clock(self.began + rules.first_task_creation_timeout)
        else:
            assert "progress_update_timeout" in end.reason
            self.check_clock(self.moved + rules.progress_update_timeout)

    def check_clock(self, deadline: float) -> None:
        assert self.now == deadline if self.slept_well else self.now >= deadline

    def teardown(self) -> None:
        """Left in peace, every step ends."""
        if not hasattr(self, "scheduler"):
            return
        for _ in range(10 * self.total + 10 * self.slots):
            for slot, worker in list(self.workers.items()):
                if not self.running():
                    return
                self.end_well(slot, worker)
        assert not self.running()

    def end_well(self, slot: int, worker: Worker) -> None:
        if worker.state == "starting":
            self.make_ready(slot)
        elif worker.state == "killing":
            del self.workers[slot]
            self.tell(moves.SlotLost(slot, None))
        elif worker.leases:
            lease = worker.leases.pop(0)
            worker.last = (0.001 * lease.count, lease.count)
            worker.mean = 0.001 if worker.mean is None else 0.3 * 0.001 + 0.7 * worker.mean
            self.done.update(dict.fromkeys(lease.ids, ITEMS))
            count, (seconds, _) = lease.count, worker.last
            items = ITEMS * count
            self.tell(moves.LeaseEnded(slot, lease, count, items, 0, None, seconds, 0.001))


World.TestCase.settings = SETTINGS
TestTheScheduler = pytest.mark.timeout(600)(World.TestCase)
