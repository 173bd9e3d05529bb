"""The scheduler's work grows with the mini-batches, not faster, and not with the slots.

Work is counted in executed lines, which are the same on every machine and on every day.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

import pytest

from parallelsdk.runtime import backlog, moves, scheduler
from parallelsdk.runtime.scheduler import Rules, Scheduler
from parallelsdk.worker.messages import ErrorText, Failure, FailureKind, Lease

RULES = Rules(1, 60, 600, 600, 900, -1, -1, 100)
FEW, MANY = 1_000, 30_000
SLACK = 1.25  # of the work per mini-batch: a start and an end cost something, too
QUICK = 1e-5  # seconds of a mini-batch that is leased with thousands of others


def lines(play: Callable[[], object]) -> int:
    """How many lines of the scheduler are executed meanwhile."""
    files, count = {scheduler.__file__, backlog.__file__}, 0

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call(frame: FrameType, event: str, argument: Any) -> Any:
        return line if frame.f_code.co_filename in files else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        play()
    finally:
        sys.settrace(before)
    return count


class Play:
    """A step from its start to its end; the slots take turns."""

    def __init__(
        self,
        total: int,
        slots: int = 2,
        *,
        todo: Iterable[range] | None = None,
        raises: Callable[[Lease], int | None] = lambda lease: None,
        dies: Callable[[Lease], bool] = lambda lease: False,
        seconds: float = QUICK,
    ) -> None:
        """``raises`` says where in a lease a mini-batch does; a worker that ``dies`` has begun the
        lease and done nothing."""
        runs = None if todo is None else list(todo)
        left = total if runs is None else sum(map(len, runs))
        self.scheduler = Scheduler(total, slots, RULES, 0.0, todo=runs)
        self.scheduler.counts.done = total - left
        self.raises, self.dies, self.seconds = raises, dies, seconds
        self.leases: dict[int, list[Lease]] = {number: [] for number in range(slots)}
        self.busy: deque[int] = deque()
        self.deaths = self.failures = self.most_given_back = 0

    def __call__(self) -> None:
        self.follow(self.scheduler.start(0.0))
        while self.busy:
            slot = self.busy.popleft()
            if self.leases[slot]:
                self.work_off(slot)
        assert self.scheduler.finished == moves.Finish("Completed")

    def follow(self, actions: list[moves.Action]) -> None:
        for action in actions:
            match action:
                case moves.StartSlot(slot, _):
                    self.follow(self.scheduler.handle(moves.SlotReady(slot), 0.0))
                case moves.GrantLease(slot, lease):
                    self.leases[slot].append(lease)
                    self.busy.append(slot)

    def work_off(self, slot: int) -> None:
        lease = self.leases[slot][0]
        if self.dies(lease):
            self.deaths += 1
            self.most_given_back = max(self.most_given_back, lease.count)
            self.leases[slot] = []
            in_hand = failure(lease.first, lease.attempt, "died")
            self.follow(self.scheduler.handle(moves.SlotLost(slot, in_hand), 0.0))
            return
        del self.leases[slot][0]
        failed = self.raises(lease)
        ended = lease.count if failed is None else failed + 1
        raised = None if failed is None else failure(lease.first + failed, lease.attempt)
        self.failures += raised is not None
        good = ended - (raised is not None)
        self.follow(
            self.scheduler.handle(
                moves.LeaseEnded(
                    slot, lease, ended, good, 0, raised, self.seconds * ended, self.seconds
                ),
                0.0,
            )
        )


def failure(mini_batch: int, attempt: int, kind: FailureKind = "exception") -> Failure:
    return Failure(mini_batch, attempt, kind, ErrorText("no"), 1, 0.0, 0.0, 0.0, 0.0)


def peace(total: int) -> Play:
    return Play(total)


def one_by_one(total: int) -> Play:
    return Play(total, seconds=1.0)


def scattered_failures(total: int) -> Play:
    """Every 20th mini-batch raises at its first attempt; the rest of its lease goes back."""

    def raises(lease: Lease) -> int | None:
        first = -lease.first % 20
        return first if lease.attempt == 1 and first < lease.count else None

    return Play(total, raises=raises)


def nothing_but_failures(total: int) -> Play:
    return Play(total, raises=lambda lease: 0)


def deaths_in_large_leases(total: int) -> Play:
    """Workers die at the first mini-batch of every lease that has grown; it goes back whole."""
    return Play(total, dies=lambda lease: lease.count >= 16)


def scattered_deaths(total: int) -> Play:
    return Play(total, dies=lambda lease: lease.attempt == 1 and lease.first % 7 == 0)


def a_resume_of_single_ones(total: int) -> Play:
    return Play(2 * total, todo=[range(i, i + 1) for i in range(0, 2 * total, 2)])


@pytest.mark.parametrize(
    "play",
    [
        peace,
        one_by_one,
        scattered_failures,
        nothing_but_failures,
        deaths_in_large_leases,
        scattered_deaths,
        a_resume_of_single_ones,
    ],
)
def test_the_work_per_mini_batch_is_the_same_for_few_and_for_many(
    play: Callable[[int], Play],
) -> None:
    few, many = lines(play(FEW)), lines(play(MANY))
    assert many / MANY <= SLACK * few / FEW


@pytest.mark.parametrize("run_seconds", [QUICK, 1.0])
def test_the_work_per_mini_batch_is_the_same_for_few_slots_and_for_many(run_seconds: float) -> None:
    """Retries come in while many slots have nothing to do: the worst that there is for a step."""

    def play(slots: int) -> Play:
        play = Play(4_000, slots, seconds=run_seconds, raises=lambda lease: 0)
        play.follow(play.scheduler.start(0.0))
        return play

    def events(play: Play) -> Callable[[], None]:
        def work() -> None:
            while play.busy:
                play.work_off(play.busy.popleft())

        return work

    assert lines(events(play(256))) <= SLACK * lines(events(play(2)))


def test_giving_back_a_lease_costs_the_same_for_a_large_one() -> None:
    def cost(count: int) -> int:
        waiting = backlog.Backlog([range(count)])
        lease = waiting.take(count)
        return lines(lambda: waiting.give_back(lease.ids[1:], lease.attempt))

    assert cost(10) == cost(1_000_000)


def test_what_is_left_of_a_lease_costs_as_much_as_was_done_of_it() -> None:
    def cost(count: int) -> int:
        return lines(lambda: backlog.without(range(count), range(10)))

    assert cost(100) == cost(1_000_000)
