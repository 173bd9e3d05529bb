"""Thousands of made-up schedules: whatever happens, the rules hold."""

from __future__ import annotations

import random

import pytest

from parallelsdk.runtime.scheduler import MOST_INIT_FAILURES, Rules
from parallelsdk.runtime.simulation import Fate, Simulation

SCHEDULES = 2_000
KINDS = ("ok", "ok", "ok", "ok", "raise", "die", "hang", "load hang")


def _rules(chance: random.Random) -> Rules:
    return Rules(
        max_retries=chance.randrange(4),
        timeout=chance.choice([1, 5, 60]),
        task_overhead_timeout=chance.choice([1, 10]),
        first_task_creation_timeout=600,
        progress_update_timeout=chance.choice([700, 5000]),
        mini_batch_error_threshold=chance.choice([-1, -1, 0, 3]),
        error_threshold=chance.choice([-1, -1, 2]),
        allowed_failed_percent=chance.choice([100, 100, 50]),
    )


def _simulation(seed: int) -> tuple[Simulation, Rules]:
    chance = random.Random(seed)
    rules = _rules(chance)
    kinds = KINDS if chance.random() < 0.8 else ("ok",)

    def run(mini_batch: int, attempt: int) -> Fate:
        return Fate(chance.choice(kinds), chance.expovariate(20))  # type: ignore[arg-type]

    def init(life: int) -> Fate:
        kind = "ok" if chance.random() < 0.9 else chance.choice(["raise", "die"])
        return Fate(kind, chance.expovariate(5))  # type: ignore[arg-type]

    deaths = tuple(chance.uniform(0, 5) for _ in range(chance.choice([0, 0, 1, 3])))
    simulation = Simulation(
        chance.randrange(1, 25),
        chance.randrange(1, 5),
        rules,
        run=run,
        init=init,
        driver_deaths=deaths,
    )
    return simulation, rules


@pytest.mark.parametrize("block", range(4))
def test_whatever_happens_the_rules_hold(block: int) -> None:
    for seed in range(block * SCHEDULES, (block + 1) * SCHEDULES):
        _check(seed)


def _check(seed: int) -> None:
    simulation, rules = _simulation(seed)
    end = simulation.play()
    trace, total = simulation.trace, simulation._total
    told = f"seed {seed}: {end}"
    assert set(trace.commits.values()) <= {1}, f"{told}: a mini-batch was committed twice"
    assert max(trace.charges.values(), default=0) <= rules.max_retries + 1, told
    assert trace.starts_after_end == 0, told
    for began, killed, kind in trace.kills:
        limit = rules.timeout if kind == "timeout" else rules.task_overhead_timeout
        assert began + limit <= killed + 1e-9, f"{told}: killed too early"
        assert killed <= began + limit + 1e-6, f"{told}: killed too late"
    failed = simulation.scheduler.counts.failed
    if end.status == "Completed":
        given_up = set(trace.given_up) - set(trace.commits)
        assert len(trace.commits) + failed == total, told
        assert failed <= len(given_up), told
        threshold = rules.mini_batch_error_threshold
        assert threshold == -1 or failed <= threshold, told
    else:
        over = (
            -1 < rules.mini_batch_error_threshold < failed
            or -1 < rules.error_threshold < simulation.scheduler.counts.items_failed
            or 100 * failed / total > rules.allowed_failed_percent
            or "init()" in end.reason
        )
        assert over, told
    if "init()" in end.reason:
        assert trace.inits >= 3, told
        assert trace.inits <= trace.drivers * (MOST_INIT_FAILURES + 200), told


def test_a_schedule_is_the_same_again_from_its_seed() -> None:
    first, _ = _simulation(7)
    second, _ = _simulation(7)
    assert first.play() == second.play()
    assert first.trace == second.trace


def test_a_step_whose_init_hangs_ends_by_its_clock() -> None:
    rules = Rules(2, 60, 600, 30, 900, -1, -1, 100)
    simulation = Simulation(3, 2, rules, run=lambda *_: Fate("ok", 1), init=lambda _: Fate("hang"))
    end = simulation.play()
    assert end.status == "Failed" and "first_task_creation_timeout" in end.reason
    assert 30 <= simulation.now <= 30.1
