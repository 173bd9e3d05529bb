"""The clock of a step: the time in which the process stood still is nobody's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from parallelsdk.runtime.step_clock import StepClock


@dataclass
class Real:
    """A clock to be set."""

    time: float = 100.0

    def __call__(self) -> float:
        return self.time


def test_time_passes_for_who_asks_often_enough() -> None:
    real = Real()
    clock = StepClock(0.25, clock=real)
    for _ in range(100):
        real.time += 1.0  # a busy machine, but no stop
        assert clock.now() == clock.of(real.time) == real.time


def test_a_stop_is_left_out_and_what_was_before_keeps_its_distance() -> None:
    real = Real()
    clock = StepClock(0.25, clock=real)
    real.time = 101.0
    before = clock.now()
    since = clock.of(100.9)
    real.time = 121.0  # stopped for 20 s
    assert clock.now() == before
    real.time = 123.0
    assert clock.now() == before + 2.0
    assert clock.now() - clock.of(100.9) == pytest.approx(2.1)
    assert clock.of(100.9) == since
    assert clock.of(122.0) == before + 1.0
    assert clock.of(110.0) == before  # nothing happened meanwhile


def test_stops_add_up() -> None:
    real = Real()
    clock = StepClock(0.25, clock=real)
    for _ in range(3):
        real.time += 10.0
        clock.now()
        real.time += 1.0
        clock.now()
    assert clock.now() == 103.0
    assert [clock.of(time) for time in (100.0, 110.5, 121.5, 132.5)] == [100.0, 100.5, 101.5, 102.5]
