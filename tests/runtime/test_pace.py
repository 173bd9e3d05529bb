"""Events on progress come when there is news, and the more slowly the older the step is."""

from __future__ import annotations

import itertools

from parallelsdk.runtime.pace import Pace


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def told(seconds: float, *, step: float = 0.25, moving: bool = True) -> list[float]:
    """When a step that lives so long tells of its state, seen every ``step`` seconds."""
    clock = Clock()
    pace, found = Pace(0.5, clock), []
    for number in range(int(seconds / step) + 1):
        clock.now = 1000.0 + number * step
        if pace.is_due(number if moving else "the same"):
            found.append(clock.now - 1000.0)
    return found


def test_a_step_that_stands_still_tells_its_state_once() -> None:
    assert told(3600, moving=False) == [0.0]


def test_news_come_at_most_twice_a_second_at_first_and_every_ten_seconds_later() -> None:
    moments = told(4000)
    pauses = [(at, after - at) for at, after in itertools.pairwise(moments)]
    assert all(pause == 0.5 for at, pause in pauses if at < 45)
    assert all(1.0 <= pause <= 1.5 for at, pause in pauses if 90 < at < 120)
    assert all(pause == 10.0 for at, pause in pauses if at > 1000)


def test_a_week_is_at_most_60_000_events_and_some() -> None:
    assert len(told(7 * 86400, step=5)) < 61_000


def test_the_last_state_is_told_whenever_it_comes_and_only_once() -> None:
    clock = Clock()
    pace = Pace(0.5, clock)
    assert pace.is_due(1)
    assert not pace.is_due(2)
    assert pace.is_due(2, last=True)
    assert not pace.is_due(2, last=True)


def test_a_state_that_waited_is_told_when_its_time_has_come() -> None:
    clock = Clock()
    pace = Pace(0.5, clock)
    assert pace.is_due(1)
    clock.now += 0.25
    assert not pace.is_due(2)
    clock.now += 0.25
    assert pace.is_due(2)
