"""A parallel step without processes, files or waiting: the real scheduler in a made-up world.

Time is a number that jumps to the next thing that happens. What each call of init() and run() does
is decided by the caller, so that thousands of schedules of failures, deaths and hangs run in
seconds, each of them again from its seed.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from parallelsdk.runtime import moves
from parallelsdk.runtime.scheduler import Counts, Rules, Scheduler
from parallelsdk.worker.board import NOTHING_SEEN, Phase, Sighting
from parallelsdk.worker.messages import ErrorText, Failure, FailureKind, Lease

_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Fate:
    """What a call of run() or init() comes to, and after how many seconds. A hang never ends."""

    kind: Literal["ok", "raise", "die", "hang", "load hang"]
    seconds: float = 0.0


@dataclass(slots=True)
class Trace:
    """What happened, for whoever holds it against the rules."""

    commits: dict[int, int] = field(default_factory=dict)  # mini-batch -> how often
    charges: dict[int, int] = field(default_factory=dict)  # since the last driver began
    given_up: list[int] = field(default_factory=list)
    kills: list[tuple[float, float, FailureKind]] = field(default_factory=list)  # began, killed
    starts_after_end: int = 0
    inits: int = 0
    drivers: int = 1


@dataclass(slots=True)
class _Worker:
    """A simulated worker process; ``life`` tells it from the one that had its slot before."""

    life: int
    ready: bool = False
    leases: list[Lease] = field(default_factory=list)
    position: int = 0  # in the first lease
    began: float = 0.0  # the first lease
    sighting: Sighting = NOTHING_SEEN
    committed: dict[int, tuple[int, int]] = field(default_factory=dict)  # in its leases in hand


class Simulation:
    """One step of ``total`` mini-batches of one item each."""

    def __init__(
        self,
        total: int,
        slots: int,
        rules: Rules,
        *,
        run: Callable[[int, int], Fate],
        init: Callable[[int], Fate],
        driver_deaths: tuple[float, ...] = (),
    ) -> None:
        """``run(mini_batch, attempt)`` and ``init(life)`` say what comes of each call.

        At each of ``driver_deaths`` the driver and all its workers die, and another resumes.
        """
        self.trace = Trace()
        self.now = 0.0
        self._total = total
        self._slots = slots
        self._rules = rules
        self._run = run
        self._init = init
        self._deaths = sorted(driver_deaths)
        self._order = itertools.count()
        self._lives = itertools.count()
        self._begin_driver()

    def _begin_driver(self) -> None:
        done = self.trace.commits
        todo = [range(i, i + 1) for i in range(self._total) if i not in done]
        counts = Counts(done=len(done), items_done=len(done))
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._workers: dict[int, _Worker] = {}
        self.trace.charges = {}
        self.scheduler = Scheduler(
            self._total, self._slots, self._rules, self.now, todo=todo, counts=counts
        )
        self._do(self.scheduler.start(self.now))

    def play(self, most_steps: int = 100_000) -> moves.Finish:
        """Let time pass until the step has ended. Raises RuntimeError when it never does."""
        for _ in range(most_steps):
            end = self.scheduler.finished
            if end is not None:
                return end
            self._pass_time()
        raise RuntimeError("the step does not end")

    def _pass_time(self) -> None:
        happening = self._happenings[0][0] if self._happenings else _NEVER
        moment = min(happening, self.scheduler.wake_at(self.now))
        if self._deaths and self._deaths[0] <= moment:
            self.now = max(self.now, self._deaths.pop(0))
            self.trace.drivers += 1
            self._begin_driver()
            return
        self.now = max(self.now, moment)
        while self._happenings and self._happenings[0][0] <= self.now:
            heapq.heappop(self._happenings)[2]()
        for number, worker in list(self._workers.items()):
            if worker.ready and worker.leases:
                self._tell(moves.Seen(number, worker.sighting))
        self._tell(moves.Tick())

    def _tell(self, event: moves.Event) -> None:
        self._do(self.scheduler.handle(event, self.now))

    def _do(self, actions: list[moves.Action]) -> None:
        for action in actions:
            match action:
                case moves.StartSlot(slot, at):
                    self._later(max(at, self.now), partial(self._start, slot))
                case moves.GrantLease(slot, lease):
                    self._grant(slot, lease)
                case moves.KillSlot(slot, kind, _):
                    self.trace.kills.append((self._workers[slot].sighting.since, self.now, kind))
                    self._lose(slot, kind)
                case moves.Retry(failure):
                    self._charge(failure)
                case moves.GiveUp(failure):
                    self._charge(failure)
                    self.trace.given_up.append(failure.mini_batch)
                case moves.StopSlot() | moves.Finish():
                    pass

    def _later(self, moment: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._happenings, (moment, next(self._order), what))

    def _charge(self, failure: Failure) -> None:
        charges = self.trace.charges
        charges[failure.mini_batch] = charges.get(failure.mini_batch, 0) + 1

    # ---- workers

    def _start(self, slot: int) -> None:
        if self.scheduler.finished is not None:
            self.trace.starts_after_end += 1
        worker = self._workers[slot] = _Worker(next(self._lives))
        self.trace.inits += 1
        fate = self._init(worker.life)
        if fate.kind == "ok":
            self._later(self.now + fate.seconds, lambda: self._come_through(slot, worker))
        elif fate.kind != "hang":
            self._later(self.now + fate.seconds, lambda: self._fail_init(slot, worker, fate.kind))

    def _come_through(self, slot: int, worker: _Worker) -> None:
        worker.ready = True
        self._tell(moves.SlotReady(slot))

    def _fail_init(self, slot: int, worker: _Worker, how: str) -> None:
        self._tell(moves.InitFailed(slot, f"init(): {how}"))

    def _grant(self, slot: int, lease: Lease) -> None:
        worker = self._workers[slot]
        worker.leases.append(lease)
        if len(worker.leases) == 1:
            self._begin_lease(slot, worker)

    def _begin_lease(self, slot: int, worker: _Worker) -> None:
        worker.position, worker.began = 0, self.now
        self._begin_mini_batch(slot, worker)

    def _begin_mini_batch(self, slot: int, worker: _Worker) -> None:
        lease = worker.leases[0]
        mini_batch = lease.ids[worker.position]
        fate = self._run(mini_batch, lease.attempt)
        phase = Phase.LOAD if fate.kind == "load hang" else Phase.RUN
        number = worker.sighting.number + 1
        worker.sighting = Sighting(number, phase, mini_batch, lease.attempt, self.now, 1)
        if "hang" not in fate.kind:
            life = worker.life
            self._later(self.now + fate.seconds, lambda: self._end(slot, life, fate.kind))

    def _end(self, slot: int, life: int, how: str) -> None:
        worker = self._workers[slot]
        if worker.life != life or not worker.leases:
            return  # killed meanwhile
        lease = worker.leases[0]
        mini_batch = lease.ids[worker.position]
        if how == "die":
            self._lose(slot, "died")
            return
        failure = None
        if how == "ok":
            self.trace.commits[mini_batch] = self.trace.commits.get(mini_batch, 0) + 1
            worker.committed[mini_batch] = (1, 1)
        else:
            failure = _failure(mini_batch, lease.attempt, "exception", self.now)
        worker.position += 1
        if failure is None and worker.position < lease.count:
            self._begin_mini_batch(slot, worker)
            return
        self._end_lease(slot, worker, failure)

    def _end_lease(self, slot: int, worker: _Worker, failure: Failure | None) -> None:
        lease = worker.leases.pop(0)
        for mini_batch in lease.ids:
            worker.committed.pop(mini_batch, None)
        idle = Sighting(worker.sighting.number + 1, Phase.IDLE, -1, 0, self.now, -1)
        worker.sighting = idle
        good = worker.position - (failure is not None)
        seconds = max(self.now - worker.began, 1e-6)
        if worker.leases:
            self._begin_lease(slot, worker)
        self._tell(
            moves.LeaseEnded(slot, lease, good + (failure is not None), good, 0, failure, seconds)
        )

    def _lose(self, slot: int, kind: FailureKind) -> None:
        worker = self._workers[slot]
        seen, lease = worker.sighting, worker.leases[0] if worker.leases else None
        worker.leases, worker.ready = [], False
        in_hand = None
        if lease is not None and seen.in_hand:
            in_hand = _failure(seen.mini_batch, lease.attempt, kind, seen.since)
        self._tell(moves.SlotLost(slot, in_hand, dict(worker.committed)))


def _failure(mini_batch: int, attempt: int, kind: FailureKind, started: float) -> Failure:
    return Failure(mini_batch, attempt, kind, ErrorText(kind), 1, started, 0.0, 0.0, 0.0)
