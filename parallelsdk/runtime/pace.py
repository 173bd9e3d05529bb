"""How often the state of something that goes on is worth an event in the job's log.

Alone and pure but for its clock. A log is kept for good and read by everybody: what stands still
writes nothing, and the older a thing is the longer its news may wait, because nobody sees 1 % more
or less of a day. Ten seconds are enough at most: people are told of progress at that pace anyway
(``progress.INTERVAL_SECONDS``). A week is at most 60,000 events then; two a second are 1,200,000.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

SHARE: Final = 0.01  # of the age
MOST_SECONDS: Final = 10.0


class Pace:
    """The pace of one step, or of one transfer, from its beginning on."""

    def __init__(self, least: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``least`` is how many seconds lie between two events in the first minutes."""
        self._least = least
        self._clock = clock
        self._began = clock()
        self._told: object = None
        self._told_at = self._began - least  # the first state is news at once

    def is_due(self, state: object, *, last: bool = False) -> bool:
        """Whether ``state`` is to be told now; it counts as told then.

        The ``last`` one is, unless it was told before.
        """
        now = self._clock()
        pause = max(self._least, min(MOST_SECONDS, SHARE * (now - self._began)))
        if state == self._told or not (last or now - self._told_at >= pause):
            return False
        self._told, self._told_at = state, now
        return True
