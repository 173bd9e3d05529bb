"""The rules of a parallel step, as lists of events. No process, no clock but an argument."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from parallelsdk.runtime import moves
from parallelsdk.runtime.moves import Action, Finish, GrantLease
from parallelsdk.runtime.scheduler import Counts, Rules, Scheduler
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
        self,
        slot: int,
        failed: int | None = None,
        *,
        kind: FailureKind = "exception",
        seconds: float = 1.0,
        slowest: float | None = None,
        short: int = 0,
    ) -> Lease:
        """The slot's oldest lease ends, at the mini-batch that ``failed`` if there is one.

        ``short`` items are missing in what run() returned. All took as long if ``slowest`` is None.
        """
        lease = self.leases[slot].pop(0)
        ended = lease.count if failed is None else failed - lease.first + 1
        failure = None if failed is None else _failure(failed, lease.attempt, kind)
        items = ended - (failed is not None)
        slowest = seconds / ended if slowest is None else slowest
        self.tell(moves.LeaseEnded(slot, lease, ended, items, short, failure, seconds, slowest))
        return lease

    def lose(self, slot: int, in_hand: Failure | None = None, **more: Any) -> list[Lease]:
        """The slot's worker dies."""
        leases = self.leases.pop(slot, [])
        self.tell(moves.SlotLost(slot, in_hand, **more))
        return leases

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


def test_a_failed_mini_batch_that_was_never_read_counts_as_one_item_at_least() -> None:
    bench = Bench.of(total=2, slots=1, max_retries=0, error_threshold=0)
    bench.leases[0].clear()
    unread = replace(_failure(0, 1, "load"), items=-1)
    bench.tell(moves.LeaseEnded(0, Lease(0, 1, 1), 1, 0, 0, unread, 1.0, 0.0))
    assert bench.end is not None and "error_threshold 0" in bench.end.reason


def test_a_resume_that_begins_over_a_threshold_starts_no_worker() -> None:
    counts = Counts(done=2, items_done=2, items_failed=3)
    scheduler = Scheduler(5, 2, _rules(error_threshold=2), 0.0, todo=[range(2, 5)], counts=counts)
    (end,) = scheduler.start(0.0)
    assert isinstance(end, Finish) and end.status == "Failed" and "error_threshold" in end.reason


def test_a_resume_with_nothing_left_completes_without_a_worker() -> None:
    scheduler = Scheduler(5, 2, _rules(), 0.0, todo=[], counts=Counts(done=5, items_done=5))
    assert scheduler.start(0.0) == [Finish("Completed")]


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


def test_a_kill_names_the_mini_batch_that_it_is_for() -> None:
    bench = Bench.of(total=5, slots=1, timeout=2)
    bench.now = 2.0
    bench.see(0, Phase.RUN, 0, since=0.0)
    assert [kill.mini_batch for kill in bench.kills] == [0]


def test_a_slot_that_is_being_killed_gets_nothing_and_is_not_killed_twice() -> None:
    bench = Bench.of(total=9, slots=1, timeout=2)
    for _ in range(3):
        bench.end_lease(0, seconds=0.001)
    kept = len(bench.leases[0])
    for bench.now in (2.0, 3.0, 4.0):
        bench.see(0, Phase.RUN, bench.leases[0][0].first, since=0.0)
    assert len(bench.kills) == 1 and len(bench.leases[0]) == kept
    assert bench.scheduler.wake_at(4.0) > 4.0


def test_loading_has_a_clock_of_its_own_and_init_has_none() -> None:
    bench = Bench.of(total=2, slots=2, timeout=1, task_overhead_timeout=5)
    bench.now = 4.0
    bench.see(0, Phase.LOAD, 0, since=0.0)
    bench.see(1, Phase.IDLE, -1, since=0.0)
    assert bench.kills == []
    bench.now = 5.0
    bench.see(0, Phase.LOAD, 0, since=0.0)
    assert [kill.kind for kill in bench.kills] == ["load"]


def test_committing_has_the_clock_of_loading() -> None:
    bench = Bench.of(total=2, slots=1, timeout=1, task_overhead_timeout=5)
    bench.now = 4.0
    bench.see(0, Phase.COMMIT, 0, since=0.0)
    assert bench.kills == []
    bench.now = 5.0
    bench.see(0, Phase.COMMIT, 0, since=0.0)
    assert ["not committed within 5 s" in kill.why for kill in bench.kills] == [True]


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


def test_starts_after_failed_ones_come_ever_later_until_a_worker_has_worked() -> None:
    bench = Bench.of(total=20, slots=2)
    bench.end_lease(1)
    bench.lose(1)
    assert [start.at for start in bench.starts] == [0.0]  # it had worked: at once
    for _ in range(8):
        bench.tell(moves.InitFailed(1, "no"))
    assert [start.at for start in bench.starts[1:]] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    bench.tell(moves.SlotReady(1))
    bench.end_lease(1)
    bench.lose(1)
    bench.tell(moves.InitFailed(1, "no"))
    assert [start.at for start in bench.starts[9:]] == [0.0, 0.1]


def test_workers_that_die_before_their_first_mini_batch_do_not_come_for_ever() -> None:
    bench = Bench.of(total=10, slots=1)
    for count in range(1, 25):
        assert bench.end is None
        bench.lose(0, why="the worker process died: signal 9")
        assert len(bench.starts) == min(count, 23)
        bench.tell(moves.SlotReady(0))
    assert bench.end is not None and bench.end.status == "Failed"
    assert "24 workers" in bench.end.reason and "signal 9" in bench.end.reason
    assert bench.scheduler.counts.retried == 0 and bench.given_up == []


def test_a_worker_that_has_worked_may_die_idle_as_often_as_it_likes() -> None:
    bench = Bench.of(total=100, slots=1)
    for _ in range(99):
        bench.end_lease(0)
        bench.lose(0)
        bench.tell(moves.SlotReady(0))
    bench.end_lease(0)
    assert bench.end == Finish("Completed")
    assert {start.at for start in bench.starts} == {0.0}


def test_no_more_workers_are_on_their_way_than_may_still_fail() -> None:
    scheduler = Scheduler(100, 16, _rules(), 0.0)
    starts = len(scheduler.start(0.0))
    failures = 0
    while scheduler.finished is None:
        actions = scheduler.handle(moves.InitFailed(failures % 16, "ImportError"), 1.0)
        failures += 1
        starts += sum(isinstance(action, moves.StartSlot) for action in actions)
        assert starts <= 24
    assert (starts, failures) == (24, 24)


def test_a_start_that_was_held_back_follows_when_another_worker_has_come_through() -> None:
    scheduler = Scheduler(100, 2, _rules(), 0.0)
    scheduler.start(0.0)
    for _ in range(2):
        assert scheduler.handle(moves.InitFailed(1, "no"), 0.0) != []
    assert scheduler.handle(moves.InitFailed(1, "no"), 0.0) == []  # slot 0 may be the fourth
    assert moves.StartSlot(1, 0.4) in scheduler.handle(moves.SlotReady(0), 9.0)


def test_slots_without_room_wait_while_others_have_some() -> None:
    bench = Bench(Scheduler(1000, 100, _rules(), 0.0))
    bench.take(bench.scheduler.start(0.0))
    for slot in range(100):
        bench.tell(moves.Started(slot) if slot < 30 else moves.StartFailed(slot, "no room"))
    assert bench.scheduler.finished is None
    bench.starts.clear()
    for slot in range(30):
        bench.tell(moves.SlotReady(slot))
    for second in range(1, 500):
        bench.now = float(second)
        due, bench.starts = bench.starts, []
        for start in due:
            assert start.at <= bench.now + 5.0
            bench.tell(moves.StartFailed(start.slot, "no room"))
    assert bench.scheduler.finished is None
    assert bench.starts  # it goes on, for some of them at a time
    bench.tell(moves.Started(99))
    bench.tell(moves.SlotReady(99))
    assert bench.leases[99]


def test_a_machine_without_room_for_any_worker_ends_the_step_with_its_reason() -> None:
    bench = Bench(Scheduler(10, 3, _rules(), 0.0))
    bench.take(bench.scheduler.start(0.0))
    while bench.scheduler.finished is None:
        start = min(bench.starts, key=lambda start: start.at)
        bench.starts.remove(start)
        bench.now = max(bench.now, start.at)
        bench.tell(moves.StartFailed(start.slot, "Too many open files"))
    assert 20 <= bench.now < 30
    assert "no room for any worker: Too many open files" in bench.scheduler.finished.reason


def test_room_that_comes_late_is_not_too_late() -> None:
    bench = Bench(Scheduler(10, 1, _rules(), 0.0))
    bench.take(bench.scheduler.start(0.0))
    for second in (0.0, 19.0):
        bench.now = second
        bench.tell(moves.StartFailed(0, "no room"))
    bench.tell(moves.Started(0))
    bench.tell(moves.SlotReady(0))
    assert bench.leases[0]
    bench.tell(moves.SlotLost(0, None))
    bench.now = 60.0
    bench.tell(moves.StartFailed(0, "no room"))
    assert bench.scheduler.finished is None


def test_a_hopeless_init_ends_the_step_for_the_slots_that_work() -> None:
    bench = Bench.of(total=100, slots=2)
    bench.end_lease(1)
    bench.lose(1)
    actions: list[Action] = []
    for _ in range(24):
        actions = bench.scheduler.handle(moves.InitFailed(1, "no GPU"), 0.0)
    assert actions == [bench.end]
    assert bench.end is not None and "no GPU" in bench.end.reason


def test_a_step_whose_first_run_never_comes_fails() -> None:
    scheduler = Scheduler(1, 1, _rules(first_task_creation_timeout=10), 0.0)
    scheduler.start(0.0)
    scheduler.handle(moves.Tick(), 9.9)
    assert scheduler.finished is None
    scheduler.handle(moves.Tick(), 10.0)
    assert scheduler.finished is not None
    assert "first_task_creation_timeout" in scheduler.finished.reason


def test_a_mini_batch_that_cannot_be_loaded_has_not_reached_run() -> None:
    bench = Bench.of(total=3, slots=1, max_retries=0, first_task_creation_timeout=10)
    bench.end_lease(0, 0, kind="load")
    bench.now = 10.0
    bench.tell(moves.Tick())
    assert bench.end is not None and "first_task_creation_timeout" in bench.end.reason
    assert "ValueError: no" in bench.end.reason


def test_what_a_dead_worker_had_committed_has_reached_run() -> None:
    bench = Bench.of(total=3, slots=1, first_task_creation_timeout=10)
    bench.lose(0, committed={0: (1, 1)})
    bench.now = 10.0
    bench.tell(moves.Tick())
    assert bench.end is None


def test_the_last_mini_batch_completes_a_step_whose_clock_runs_out_at_that_moment() -> None:
    bench = Bench.of(total=1, slots=1, max_retries=0, first_task_creation_timeout=10)
    bench.now = 10.0
    bench.end_lease(0, 0, kind="load")
    assert bench.end == Finish("Completed")  # -1 ignores failures


def test_a_death_with_nothing_done_is_no_progress() -> None:
    bench = Bench.of(total=3, slots=1, progress_update_timeout=20)
    bench.end_lease(0)
    bench.now = 15.0
    bench.lose(0)
    assert bench.scheduler.wake_at(15.0) == 20.0
    bench.now = 20.0
    bench.tell(moves.Tick())
    assert bench.end is not None and "progress_update_timeout" in bench.end.reason


def test_a_step_that_does_not_move_fails_and_says_what_is_stuck() -> None:
    bench = Bench.of(total=1, slots=1, progress_update_timeout=20, timeout=1000)
    bench.see(0, Phase.RUN, 0, since=0.0)
    bench.now = 20.5
    bench.tell(moves.Tick())
    assert bench.end is not None
    assert "progress_update_timeout" in bench.end.reason
    assert "slot 0 in run of mini-batch 0" in bench.end.reason


def test_what_is_broken_outside_of_the_users_code_fails_the_step() -> None:
    bench = Bench.of(total=5, slots=1)
    bench.tell(moves.Broken("A worker cannot go on: No space left on device"))
    assert bench.end == Finish("Failed", "A worker cannot go on: No space left on device")


def test_a_slot_that_was_never_started_is_a_mistake_of_the_caller() -> None:
    bench = Bench.of(total=1, slots=3)
    with pytest.raises(KeyError):
        bench.tell(moves.SlotReady(2))


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


def test_one_slow_run_among_many_makes_the_next_lease_single() -> None:
    bench = Bench.of(total=100_000, slots=1)
    while (lease := bench.leases[0][0]).count < 16:
        bench.end_lease(0, seconds=0.001 * lease.count)
    while len(bench.leases[0]) > 1:
        bench.end_lease(0, seconds=0.02)
    bench.end_lease(0, seconds=0.12, slowest=0.051)
    assert bench.leases[0][-1].count == 1


def test_two_leases_are_in_flight_only_while_they_are_short() -> None:
    bench = Bench.of(total=1000, slots=1)
    assert len(bench.leases[0]) == 1
    bench.end_lease(0, seconds=0.019)
    assert len(bench.leases[0]) == 2
    bench.end_lease(0, seconds=0.02)
    assert len(bench.leases[0]) == 1


def test_a_new_worker_starts_with_one_mini_batch_again() -> None:
    bench = Bench.of(total=10_000, slots=1)
    while bench.leases[0][0].count < 16:
        bench.end_lease(0, seconds=0.001)
    bench.lose(0)
    bench.tell(moves.SlotReady(0))
    assert [lease.count for lease in bench.leases[0]] == [1]


def test_what_comes_back_from_a_dead_worker_keeps_its_order_and_its_attempt() -> None:
    bench = Bench.of(total=1000, slots=1, max_retries=1)
    while len(bench.leases[0]) < 2 or bench.leases[0][0].count < 4:
        bench.end_lease(0, seconds=0.001)
    first, second = bench.lose(0)
    bench.tell(moves.SlotReady(0))
    again = [bench.end_lease(0) for _ in [*first.ids, *second.ids]]
    assert [lease.first for lease in again] == [*first.ids, *second.ids]
    assert {lease.attempt for lease in again} == {1}


def test_retries_that_come_back_keep_their_order_and_their_attempt() -> None:
    bench = Bench.of(total=1000, slots=1, max_retries=1)
    bench.end_lease(0, seconds=0.001)
    one, two = [lease.first for lease in bench.leases[0]]
    bench.end_lease(0, one, seconds=0.001)
    bench.end_lease(0, two, seconds=0.001)
    assert bench.leases[0] == [Lease(one, 1, 2), Lease(two, 1, 2)]
    bench.lose(0)
    bench.tell(moves.SlotReady(0))
    assert [bench.end_lease(0), bench.end_lease(0)] == [Lease(one, 1, 2), Lease(two, 1, 2)]
    assert bench.given_up == [] and bench.scheduler.counts.retried == 2
