"""The rules of a parallel step, as lists of events. No process, no clock but an argument."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parallelsdk.runtime import moves
from parallelsdk.runtime.moves import Action, Finish, GrantLease
from parallelsdk.runtime.scheduler import Rules, Scheduler
from parallelsdk.worker.board import Phase, Sighting
from parallelsdk.worker.messages import ErrorText, Failure, FailureKind, Lease


def _rules(**changes: Any) -> Rules:
    settings: dict[str, Any] = {
        "max_retries": 2,
        "timeout": 60,
        "task_overhead_timeout": 600,
        "first_task_creation_timeout": 600,
        "progress_update_timeout": 900,
        "mini_batch_error_threshold": -1,
        "error_threshold": -1,
        "allowed_failed_percent": 100,
    }
    return Rules(**{**settings, **changes})


def _failure(mini_batch: int, attempt: int, kind: FailureKind = "exception") -> Failure:
    return Failure(mini_batch, attempt, kind, ErrorText("ValueError: no"), 1, 0.0, 0.1, 0.1, 0.1)


@dataclass
class Bench:
    """A scheduler whose slots are ready, and the leases that it has granted."""

    scheduler: Scheduler
    now: float = 0.0
    leases: dict[int, list[Lease]] = field(default_factory=dict)
    starts: list[moves.StartSlot] = field(default_factory=list)
    kills: list[moves.KillSlot] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, total: int, slots: int, **changes: Any) -> Bench:
        bench = cls(Scheduler(total, slots, _rules(**changes), 0.0))
        bench.take(bench.scheduler.start(0.0))
        for start in list(bench.starts):
            bench.tell(moves.SlotReady(start.slot))
        bench.starts.clear()
        return bench

    def tell(self, event: moves.Event) -> None:
        self.take(self.scheduler.handle(event, self.now))

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case GrantLease(slot, lease):
                    self.leases.setdefault(slot, []).append(lease)
                case moves.StartSlot():
                    self.starts.append(action)
                case moves.KillSlot():
                    self.kills.append(action)
                case moves.GiveUp(failure):
                    self.given_up.append(failure.mini_batch)

    def end_lease(
        self, slot: int, failed: int | None = None, *, seconds: float = 1.0, short: int = 0
    ) -> Lease:
        """The slot's oldest lease ends, at the mini-batch that ``failed`` if there is one.

        ``short`` items are missing in what run() returned.
        """
        lease = self.leases[slot].pop(0)
        ended = lease.count if failed is None else failed - lease.first + 1
        failure = None if failed is None else _failure(failed, lease.attempt)
        items = ended - (failed is not None)
        self.tell(
            moves.LeaseEnded(slot, lease, ended, items, short, failure, seconds, seconds / ended)
        )
        return lease

    def see(self, slot: int, phase: Phase, mini_batch: int, since: float, number: int = 1) -> None:
        self.tell(moves.Seen(slot, Sighting(number, phase, mini_batch, 1, since, 1)))

    @property
    def end(self) -> Finish | None:
        return self.scheduler.finished


def test_a_step_completes_when_every_mini_batch_has_ended() -> None:
    bench = Bench.of(total=3, slots=1)
    for _ in range(3):
        assert bench.end is None
        bench.end_lease(0)
    assert bench.end == Finish("Completed")
    assert bench.scheduler.counts.done == 3


def test_no_more_slots_are_started_than_there_are_mini_batches() -> None:
    scheduler = Scheduler(2, 8, _rules(), 0.0)
    assert [a.slot for a in scheduler.start(0.0) if isinstance(a, moves.StartSlot)] == [0, 1]


def test_a_mini_batch_that_always_raises_is_tried_max_retries_plus_one_times() -> None:
    bench = Bench.of(total=1, slots=1, max_retries=2)
    attempts = [bench.end_lease(0, 0).attempt for _ in range(3)]
    assert attempts == [1, 2, 3]
    assert bench.given_up == [0]
    assert bench.end == Finish("Completed")  # -1 ignores failures
    assert (bench.scheduler.counts.failed, bench.scheduler.counts.retried) == (1, 2)


def test_a_success_after_a_retry_is_no_failure() -> None:
    bench = Bench.of(total=1, slots=1, mini_batch_error_threshold=0)
    bench.end_lease(0, 0)
    bench.end_lease(0)
    assert bench.end == Finish("Completed")


def test_zero_retries_means_one_attempt() -> None:
    bench = Bench.of(total=1, slots=1, max_retries=0)
    bench.end_lease(0, 0)
    assert bench.given_up == [0]


def test_the_mini_batch_threshold_is_exceeded_only_by_more_failures_than_it_says() -> None:
    bench = Bench.of(total=4, slots=1, max_retries=0, mini_batch_error_threshold=1)
    bench.end_lease(0, 0)
    assert bench.end is None
    bench.end_lease(0, 1)
    assert bench.end is not None and bench.end.status == "Failed"
    assert "mini_batch_error_threshold 1" in bench.end.reason
    assert "ValueError: no" in bench.end.reason


def test_items_that_run_did_not_return_count_against_the_error_threshold() -> None:
    bench = Bench.of(total=3, slots=1, error_threshold=2)
    bench.end_lease(0, short=1)
    bench.end_lease(0, short=1)
    assert bench.end is None
    bench.end_lease(0, short=1)
    assert bench.end is not None and "error_threshold 2" in bench.end.reason


def test_all_items_of_a_failed_mini_batch_count_against_the_error_threshold() -> None:
    bench = Bench.of(total=2, slots=1, max_retries=0, error_threshold=0)
    bench.end_lease(0, 0)
    assert bench.end is not None and bench.end.status == "Failed"


def test_the_percentage_is_of_all_planned_mini_batches() -> None:
    bench = Bench.of(total=10, slots=1, max_retries=0, allowed_failed_percent=20)
    bench.end_lease(0, 0)
    bench.end_lease(0, 1)
    assert bench.end is None  # 20 % are allowed
    bench.end_lease(0, 2)
    assert bench.end is not None and "3 of 10" in bench.end.reason


def test_an_append_job_without_any_result_has_failed_and_names_the_error() -> None:
    bench = Bench.of(total=1, slots=1, max_retries=0, needs_rows=True)
    bench.end_lease(0, 0)
    assert bench.end is not None and bench.end.status == "Failed"
    assert "ValueError: no" in bench.end.reason


def test_a_run_over_its_time_is_killed_at_the_deadline_and_not_before() -> None:
    bench = Bench.of(total=2, slots=1, timeout=2)
    bench.now = 11.9
    bench.see(0, Phase.RUN, 0, since=10.0)
    assert bench.kills == []
    assert bench.scheduler.wake_at(11.9) == 12.0
    bench.now = 12.0
    bench.see(0, Phase.RUN, 0, since=10.0)
    assert [(kill.slot, kill.kind) for kill in bench.kills] == [(0, "timeout")]


def test_loading_has_a_clock_of_its_own_and_init_has_none() -> None:
    bench = Bench.of(total=2, slots=2, timeout=1, task_overhead_timeout=5)
    bench.now = 4.0
    bench.see(0, Phase.LOAD, 0, since=0.0)
    bench.see(1, Phase.IDLE, -1, since=0.0)
    assert bench.kills == []
    bench.now = 5.0
    bench.see(0, Phase.LOAD, 0, since=0.0)
    assert [kill.kind for kill in bench.kills] == ["load"]


def test_a_death_costs_one_attempt_of_the_mini_batch_in_hand_and_nothing_else() -> None:
    bench = Bench.of(total=40, slots=1)
    while (lease := bench.leases[0][0]).count < 4:
        bench.end_lease(0, seconds=0.001 * lease.count)
    done, in_hand = lease.first, lease.first + 1
    bench.leases[0].clear()
    committed = {done: (1, 1)}
    bench.tell(moves.SlotLost(0, _failure(in_hand, 1, "died"), committed))
    bench.tell(moves.SlotReady(0))
    retry = bench.leases[0][0]
    assert retry == Lease(in_hand, 1, attempt=2)  # alone
    bench.end_lease(0)
    seen = []
    while bench.end is None:
        lease = bench.end_lease(0)
        assert lease.attempt == 1
        seen += list(lease.ids)
    assert in_hand not in seen and done not in seen
    assert bench.scheduler.counts.done == 40


def test_a_death_with_nothing_in_hand_charges_nobody() -> None:
    bench = Bench.of(total=1, slots=1, max_retries=0)
    bench.leases[0].clear()
    bench.tell(moves.SlotLost(0, None))
    bench.tell(moves.SlotReady(0))
    assert bench.leases[0] == [Lease(0, 1, attempt=1)]


def test_what_was_committed_before_a_death_is_done() -> None:
    bench = Bench.of(total=1, slots=1)
    bench.leases[0].clear()
    bench.tell(moves.SlotLost(0, None, {0: (5, 4)}))
    assert bench.end == Finish("Completed")
    assert (bench.scheduler.counts.items_done, bench.scheduler.counts.items_failed) == (4, 1)


def test_an_init_that_never_works_ends_the_step_soon() -> None:
    scheduler = Scheduler(100, 4, _rules(), 0.0)
    scheduler.start(0.0)
    for number in range(8):  # 2 x slots
        assert scheduler.finished is None
        scheduler.handle(moves.InitFailed(number % 4, "ImportError: no module"), 1.0)
    assert scheduler.finished is not None
    assert "ImportError: no module" in scheduler.finished.reason


def test_restarts_after_failed_inits_come_ever_later() -> None:
    bench = Bench.of(total=10, slots=2)
    for _ in range(4):
        bench.tell(moves.InitFailed(1, "no"))
    waits = [start.at for start in bench.starts]
    assert waits == sorted(waits) and waits[0] > 0 and waits[-1] >= 4 * waits[0]


def test_a_step_whose_first_run_never_comes_fails() -> None:
    scheduler = Scheduler(1, 1, _rules(first_task_creation_timeout=10), 0.0)
    scheduler.start(0.0)
    scheduler.handle(moves.Tick(), 9.9)
    assert scheduler.finished is None
    scheduler.handle(moves.Tick(), 10.0)
    assert scheduler.finished is not None
    assert "first_task_creation_timeout" in scheduler.finished.reason


def test_a_step_that_does_not_move_fails_and_says_what_is_stuck() -> None:
    bench = Bench.of(total=1, slots=1, progress_update_timeout=20, timeout=1000)
    bench.see(0, Phase.RUN, 0, since=0.0)
    bench.now = 20.5
    bench.tell(moves.Tick())
    assert bench.end is not None
    assert "progress_update_timeout" in bench.end.reason
    assert "slot 0 in run of mini-batch 0" in bench.end.reason


def test_nothing_follows_once_a_step_is_finished() -> None:
    bench = Bench.of(total=5, slots=1)
    bench.tell(moves.CancelRequested())
    assert bench.end is not None and bench.end.status == "Canceled"
    assert bench.scheduler.handle(moves.SlotReady(0), 1.0) == []


def test_leases_grow_while_run_is_quick_and_are_single_when_it_is_slow() -> None:
    quick = Bench.of(total=100_000, slots=1)
    counts = [quick.end_lease(0, seconds=0.0005).count for _ in range(30)]
    assert counts[0] == 1
    assert all(b <= 2 * a for a, b in itertools.pairwise(counts) if a > 1)
    assert max(counts) > 30
    slow = Bench.of(total=1000, slots=1)
    assert {slow.end_lease(0, seconds=0.2).count for _ in range(20)} == {1}


def test_the_last_leases_are_small_so_that_no_slot_waits_for_another() -> None:
    bench = Bench.of(total=10_000, slots=4)
    while bench.end is None:
        for slot in range(4):
            if bench.leases.get(slot):
                left = 10_000 - bench.scheduler.counts.done
                lease = bench.end_lease(slot, seconds=0.0001)
                assert lease.count <= max(1, left // 4)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    total=st.integers(1, 60),
    slots=st.integers(1, 5),
    max_retries=st.integers(0, 3),
    threshold=st.integers(-1, 5),
)
def test_whatever_happens_every_mini_batch_ends_once_and_is_tried_no_more_than_allowed(
    seed: int, total: int, slots: int, max_retries: int, threshold: int
) -> None:
    """Random successes, failures and deaths, in a random order."""
    chance = random.Random(seed)
    bench = Bench.of(
        total=total, slots=slots, max_retries=max_retries, mini_batch_error_threshold=threshold
    )
    ended: dict[int, str] = {}
    charged = dict.fromkeys(range(total), 0)

    def charge(mini_batch: int) -> None:
        charged[mini_batch] += 1
        assert charged[mini_batch] <= max_retries + 1
        if charged[mini_batch] == max_retries + 1:
            assert mini_batch not in ended
            ended[mini_batch] = "failed"

    def commit(mini_batch: int) -> None:
        assert mini_batch not in ended
        ended[mini_batch] = "done"

    for _ in range(100_000):
        if bench.end is not None:
            break
        busy = [slot for slot, leases in bench.leases.items() if leases]
        slot = chance.choice(busy)
        bench.now += chance.random()
        lease = bench.leases[slot][0]
        if chance.random() < 0.2:  # the worker dies somewhere in its first lease
            point = chance.randrange(lease.count)
            done = dict.fromkeys(lease.ids[:point], (1, 1))
            in_hand = lease.ids[point] if chance.random() < 0.8 else None
            bench.leases[slot].clear()
            for mini_batch in done:
                commit(mini_batch)
            failure = None
            if in_hand is not None:
                failure = _failure(in_hand, lease.attempt, "died")
                charge(in_hand)
            bench.tell(moves.SlotLost(slot, failure, done))
            bench.tell(moves.SlotReady(slot))
            continue
        failed = next((i for i in lease.ids if chance.random() < 0.3), None)
        for mini_batch in lease.ids:
            if mini_batch == failed:
                charge(mini_batch)
                break
            commit(mini_batch)
        bench.end_lease(slot, failed, seconds=chance.random() * 0.01)
    assert bench.end is not None
    failures = sum(how == "failed" for how in ended.values())
    if threshold == -1 or failures <= threshold:
        assert bench.end == Finish("Completed")
        assert sorted(ended) == list(range(total))
    else:
        assert bench.end.status == "Failed"
    counts = bench.scheduler.counts
    assert (counts.failed, counts.done) == (failures, len(ended) - failures)
