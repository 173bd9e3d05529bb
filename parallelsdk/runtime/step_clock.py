"""Monotonic time without the time in which this process stood still.

Alone, because a machine may be suspended and a process tree stopped and continued: nobody worked
meanwhile, so nobody's time-out may run.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable


class StepClock:
    """Tells the time to somebody who asks at least every ``pace`` seconds.

    Who comes ``patience`` seconds later than that has been stopped. Not safe for several threads.
    """

    def __init__(
        self,
        pace: float,
        *,
        patience: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = pace + patience
        self._clock = clock
        self._asked = clock()
        self._stops: list[float] = []  # when each of them began
        self._lost = [0.0]  # how much was lost before the n-th of them

    def now(self) -> float:
        """The time, in seconds."""
        real = self._clock()
        if real - self._asked > self._most:
            self._stops.append(self._asked)
            self._lost.append(self._lost[-1] + real - self._asked)
        self._asked = real
        return real - self._lost[-1]

    def of(self, real: float) -> float:
        """What this clock showed at a time of ``time.monotonic()``."""
        place = bisect_left(self._stops, real)
        if place and real - self._stops[place - 1] < self._lost[place] - self._lost[place - 1]:
            return self._stops[place - 1] - self._lost[place - 1]  # within the stop
        return real - self._lost[place]
