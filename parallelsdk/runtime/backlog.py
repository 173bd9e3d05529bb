"""The mini-batches of a step that wait for a slot: those to be tried again, and those never tried.

Alone, because nothing here may cost more than the runs that it touches: a step has up to millions
of mini-batches, and they come back in pieces whenever a worker fails in the middle of a lease.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

from parallelsdk.worker.messages import Lease


class Backlog:
    """A queue of mini-batches. What comes back goes to its front, in the old order."""

    def __init__(self, todo: Iterable[range]) -> None:
        """``todo`` are runs of mini-batches that were never tried, in ascending order."""
        self._fresh = deque(todo)
        self._retries: deque[tuple[int, int]] = deque()  # mini-batch, attempt
        self.fresh = sum(len(run) for run in self._fresh)  # how many were never tried

    def __bool__(self) -> bool:
        return bool(self._retries or self._fresh)

    def retry(self, mini_batch: int, attempt: int) -> None:
        """The mini-batch waits for another attempt."""
        self._retries.append((mini_batch, attempt))

    def take(self, most: int) -> Lease:
        """The next lease, of up to ``most`` mini-batches. Raises IndexError if none waits."""
        if self._retries:  # alone, so that a mini-batch that kills takes no other along
            mini_batch, attempt = self._retries.popleft()
            return Lease(mini_batch, 1, attempt)
        run = self._fresh.popleft()
        count = min(len(run), most)
        if count < len(run):
            self._fresh.appendleft(run[count:])
        self.fresh -= count
        return Lease(run[0], count, 1)

    def give_back(self, run: range, attempt: int) -> None:
        """Mini-batches that were leased but not tried go back, uncharged."""
        if attempt > 1:
            self._retries.extendleft((i, attempt) for i in reversed(run))
        elif run:
            self._fresh.appendleft(run)
            self.fresh += len(run)


def without(mini_batches: range, ended: Collection[int]) -> list[range]:
    """The runs of ``mini_batches`` that lie between those that ``ended``, in order."""
    runs, start = [], mini_batches.start
    for i in sorted(i for i in ended if i in mini_batches):
        runs.append(range(start, i))
        start = i + 1
    return [*runs, range(start, mini_batches.stop)]
