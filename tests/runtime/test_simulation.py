"""Thousands of made-up schedules: whatever happens, the rules hold.

SIMULATION_SCHEDULES=1000000 plays that many; each is the same again from its seed.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from parallelsdk.runtime.moves import Finish
from parallelsdk.runtime.scheduler import MOST_FAILED_STARTS, Rules
from parallelsdk.runtime.simulation import Fate, Simulation, Trace

SCHEDULES = int(os.environ.get("SIMULATION_SCHEDULES", "5000"))
BLOCKS = 4
PEACE = ("ok",)
WAR = (*6 * ("ok",), "short", "raise", "die", "die after", "hang", "load raise", "load hang")
INITS = (*12 * ("ok",), "raise", "die", "faint", "faint")
BAD_INITS = (("raise", "die"), ("faint",), ("ok", "raise", "die", "faint", "hang"))
SOON = 1e-6  # seconds: sums of floats differ by less


def _rules(chance: random.Random) -> Rules:
    return Rules(
        max_retries=chance.randrange(4),
        timeout=chance.choice([1, 5, 60]),
        task_overhead_timeout=chance.choice([1, 10]),
        first_task_creation_timeout=chance.choice([2, 30, 600, 600]),
        progress_update_timeout=chance.choice([3, 70, 700, 700]),
        mini_batch_error_threshold=chance.choice([-1, -1, 0, 1, 3]),
        error_threshold=chance.choice([-1, -1, 0, 2, 7]),
        allowed_failed_percent=chance.choice([100, 100, 0, 20, 50]),
        needs_rows=chance.random() < 0.3,
    )


def _simulation(seed: int) -> tuple[Simulation, Rules]:
    chance = random.Random(seed)
    rules = _rules(chance)
    runs: tuple[Any, ...] = WAR if chance.random() < 0.8 else PEACE
    inits: tuple[Any, ...] = INITS if chance.random() < 0.8 else chance.choice(BAD_INITS)
    per_second = chance.choice([20, 20, 2000])  # 2,000: leases of many, two at a time
    slow_init = chance.choice([0.2, 0.2, 20])  # seconds
    loads = chance.random() < 0.3
    late = chance.choice([0.0, 0.0, 0.01])
    total = chance.choice([chance.randrange(1, 25), chance.randrange(1, 25), 200])

    def run(mini_batch: int, attempt: int) -> Fate:
        load_seconds = chance.expovariate(10) if loads else 0.0
        kinds = runs if total < 100 or chance.random() < 0.2 else PEACE
        return Fate(chance.choice(kinds), chance.expovariate(per_second), load_seconds)

    def init(life: int) -> Fate:
        return Fate(chance.choice(inits), chance.expovariate(1 / slow_init))

    simulation = Simulation(
        total,
        chance.randrange(1, 6),
        rules,
        run=run,
        init=init,
        items=chance.randrange(1, 4),
        delay=lambda: chance.random() * late,
        driver_deaths=[chance.uniform(0, 5) for _ in range(chance.choice([0, 0, 1, 3]))],
        kills=[
            (chance.expovariate(1), chance.randrange(5)) for _ in range(chance.choice([0, 0, 4]))
        ],
        cancel_at=chance.uniform(0, 10) if chance.random() < 0.1 else float("inf"),
    )
    return simulation, rules


@pytest.mark.timeout(180 + SCHEDULES // 50)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_happens_the_rules_hold(block: int) -> None:
    for seed in range(block, SCHEDULES, BLOCKS):
        simulation, rules = _simulation(seed)
        end = simulation.play()
        try:
            _check(simulation, rules, end)
        except AssertionError as error:
            pytest.fail(f"seed {seed}, which ended as {end}: {error}")


def _check(simulation: Simulation, rules: Rules, end: Finish) -> None:
    trace = simulation.trace
    assert not trace.broken
    assert trace.charges == trace.failures  # each failed attempt is paid for once, and no other
    attempts: dict[int, list[int]] = {}
    for mini_batch, attempt in trace.charges:
        attempts.setdefault(mini_batch, []).append(attempt)
    most = rules.max_retries + 1
    assert all(tries == list(range(1, len(tries) + 1)) for tries in attempts.values())
    assert max(map(len, attempts.values()), default=0) <= most
    given_up = [failure.mini_batch for failure in trace.given_up]
    assert sorted(given_up) == sorted(i for i, tries in attempts.items() if len(tries) == most)
    assert trace.commits.keys().isdisjoint(given_up)
    _check_counts(simulation)
    for began, killed, kind in trace.kills:
        limit = rules.timeout if kind == "timeout" else rules.task_overhead_timeout
        assert abs(began + limit - killed) < SOON
    assert trace.failed_starts <= MOST_FAILED_STARTS
    assert trace.came_through or trace.inits <= min(max(3, 2 * trace.slots), MOST_FAILED_STARTS)
    _check_end(simulation, rules, end)


def _check_counts(simulation: Simulation) -> None:
    """What is counted is what happened, as far as the driver has heard of it."""
    trace, counts, items = simulation.trace, simulation.scheduler.counts, simulation.items
    assert counts.failed == len(trace.given_up)
    assert counts.retried == len(trace.charges) - len(trace.given_up)
    assert counts.done == len(trace.heard)
    assert counts.items_done == sum(trace.heard.values())
    assert counts.items_failed == items * counts.done - counts.items_done + _lost(trace)


def _lost(trace: Trace) -> int:
    """Items of the mini-batches that were given up; one at least of those that were not read."""
    return sum(failure.items if failure.items >= 0 else 1 for failure in trace.given_up)


def _exceeded(rules: Rules, total: int, failed: int, items_failed: int) -> set[str]:
    limits = {
        "mini_batch_error_threshold": -1 < rules.mini_batch_error_threshold < failed,
        "error_threshold": -1 < rules.error_threshold < items_failed,
        "allowed_failed_percent": failed * 100 > rules.allowed_failed_percent * total,
    }
    return {name for name, over in limits.items() if over}


def _check_end(simulation: Simulation, rules: Rules, end: Finish) -> None:
    """The step ended when and as it had to."""
    trace, total, now = simulation.trace, simulation.total, simulation.now
    counts = simulation.scheduler.counts
    exceeded = _exceeded(rules, total, counts.failed, counts.items_failed)
    over = counts.done + counts.failed == total
    barren = rules.needs_rows and counts.items_done == 0
    if end.status == "Canceled":
        assert abs(now - simulation.cancel_at) < SOON
    elif end.status == "Completed":
        assert over and not exceeded and not barren
        assert trace.heard == trace.commits and len(trace.commits) + len(trace.given_up) == total
    elif any(name in end.reason for name in exceeded):
        # At once: before the last event it was not, unless a resume began with it.
        assert trace.before is None or not _exceeded(rules, total, *trace.before)
    elif "No item" in end.reason:
        assert over and barren
    elif "workers ended in init()" in end.reason:
        few = not trace.came_through and max(3, 2 * trace.slots)
        assert trace.failed_starts == min(few or MOST_FAILED_STARTS, MOST_FAILED_STARTS)
    elif "first_task_creation_timeout" in end.reason:
        assert not trace.reached_run and not over
        assert abs(now - trace.began - rules.first_task_creation_timeout) < SOON
    else:
        assert "progress_update_timeout" in end.reason and not over
        assert abs(now - trace.moved - rules.progress_update_timeout) < SOON
    if not exceeded and not over and end.status != "Canceled":
        assert "timeout" in end.reason or "init()" in end.reason
    assert now - trace.moved < rules.progress_update_timeout + SOON


def test_a_schedule_is_the_same_again_from_its_seed() -> None:
    first, _ = _simulation(7)
    second, _ = _simulation(7)
    assert first.play() == second.play()
    assert first.trace == second.trace


def _ok(mini_batch: int, attempt: int) -> Fate:
    return Fate("ok", 1)


def test_a_step_whose_init_hangs_ends_by_its_clock() -> None:
    rules = Rules(2, 60, 600, 30, 900, -1, -1, 100)
    simulation = Simulation(3, 2, rules, run=_ok, init=lambda _: Fate("hang"))
    end = simulation.play()
    assert end.status == "Failed" and "first_task_creation_timeout" in end.reason
    assert 30 <= simulation.now <= 30.1


def test_a_step_whose_workers_hang_in_init_later_on_ends_by_its_other_clock() -> None:
    rules = Rules(2, 60, 600, 30, 900, -1, -1, 100)
    lives = [Fate("ok", 1)]
    simulation = Simulation(
        3,
        1,
        rules,
        run=lambda mini_batch, _: Fate("die after" if mini_batch == 0 else "ok", 1),
        init=lambda life: Fate("hang") if life else lives[0],
    )
    end = simulation.play()
    assert end.status == "Failed" and "progress_update_timeout" in end.reason
    assert simulation.now == 2 + 900


@pytest.mark.parametrize("slots", [1, 2, 9, 16, 24])
@pytest.mark.parametrize("kind", ["raise", "die"])
def test_workers_that_never_come_through_init_are_started_24_times_at_most(
    slots: int, kind: Any
) -> None:
    rules = Rules(2, 60, 600, 600, 900, -1, -1, 100)
    simulation = Simulation(100, slots, rules, run=_ok, init=lambda _: Fate(kind, 0.5))
    end = simulation.play()
    assert end.status == "Failed" and f"init(): {kind}" in end.reason
    assert simulation.trace.inits == min(24, max(3, 2 * slots))
    assert simulation.now < 10


@pytest.mark.parametrize("slots", [1, 4, 24])
def test_workers_that_always_die_before_their_first_mini_batch_do_not_come_for_ever(
    slots: int,
) -> None:
    rules = Rules(2, 60, 600, 600, 900, -1, -1, 100)
    simulation = Simulation(100, slots, rules, run=_ok, init=lambda _: Fate("faint", 0.5))
    end = simulation.play()
    assert end.status == "Failed" and "before their first mini-batch" in end.reason
    assert simulation.trace.inits <= 24
    assert simulation.trace.charges == []
    assert simulation.scheduler.counts.retried == 0


def test_a_slot_whose_init_fails_does_not_stop_the_others() -> None:
    rules = Rules(2, 60, 600, 600, 900, -1, -1, 100)
    good = (2, 9, 15, 20)
    simulation = Simulation(
        400, 4, rules, run=_ok, init=lambda life: Fate("ok" if life in good else "raise", 0.1)
    )
    assert simulation.play() == Finish("Completed")
    assert simulation.trace.failed_starts == 17


def test_a_job_that_is_canceled_while_all_hangs_ends_at_once() -> None:
    rules = Rules(2, 3600, 600, 600, 9000, -1, -1, 100)
    simulation = Simulation(
        9, 3, rules, run=lambda *_: Fate("hang"), init=lambda _: Fate("ok", 1), cancel_at=5
    )
    assert simulation.play().status == "Canceled"
    assert simulation.now == 5


def test_a_resume_pays_for_nothing_that_was_spent_before() -> None:
    """Failures of the driver that died are forgiven; what it committed is not done again."""
    rules = Rules(1, 60, 600, 600, 900, 0, -1, 100)
    calls: list[int] = []

    def run(mini_batch: int, attempt: int) -> Fate:
        calls.append(mini_batch)
        return Fate("raise" if mini_batch == 1 and calls.count(1) <= 3 else "ok", 1)

    simulation = Simulation(3, 1, rules, run=run, init=lambda _: Fate("ok", 1), driver_deaths=[3.5])
    assert simulation.play() == Finish("Completed")
    assert calls == [0, 1, 1, 1, 1, 2]  # the second one died with its driver
    assert simulation.trace.charges == [(1, 1)]
