"""A parallel step without processes, files or waiting: the real scheduler in a made-up world.

Time is a number that jumps to the next thing that happens. What each call of init() and run() does
is decided by the caller, so that thousands of schedules of failures, deaths and hangs run in
seconds, each of them again from its seed.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
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
    """What a call of run() or init() comes to, and after how many seconds. A hang never ends.

    Of run() alone: "short" returns one item too few, "die after" commits and dies before the next
    mini-batch, and "load ..." never reaches run(). Of init() alone: "faint" comes through and dies
    before the first mini-batch.
    """

    kind: Literal[
        "ok", "short", "raise", "die", "die after", "hang", "load raise", "load hang", "faint"
    ]
    seconds: float = 0.0
    load_seconds: float = 0.0  # before run()


@dataclass(slots=True)
class Trace:
    """What happened, for whoever holds it against the rules.

    A new driver begins anew with all but the commits and the kills.
    """

    commits: dict[int, int] = field(default_factory=dict)  # mini-batch -> items returned
    heard: dict[int, int] = field(default_factory=dict)  # those the driver has heard of
    failures: list[tuple[int, int]] = field(default_factory=list)  # mini-batch, attempt
    charges: list[tuple[int, int]] = field(default_factory=list)  # those the scheduler counted
    given_up: list[Failure] = field(default_factory=list)
    kills: list[tuple[float, float, FailureKind]] = field(default_factory=list)  # began, killed
    failed_starts: int = 0  # in init() or before a first mini-batch
    inits: int = 0
    drivers: int = 1
    slots: int = 0  # of the last driver
    before: tuple[int, int] | None = None  # failed mini-batches and items before its last event
    began: float = 0.0  # the last driver
    moved: float = 0.0  # when anything last did
    came_through: bool = False  # whether an init() did
    reached_run: bool = False  # whether a mini-batch was handed to run(), or died before
    broken: list[str] = field(default_factory=list)  # what no scheduler may do


@dataclass(slots=True)
class _Worker:
    """A simulated worker process."""

    slot: int
    fate: Fate  # of its init()
    ready: bool = False
    dead: bool = False
    leases: list[Lease] = field(default_factory=list)  # that are not worked off
    position: int = 0  # in the first lease
    began: float = 0.0  # the first lease
    slowest: float = 0.0  # run() in the first lease
    worked: bool = False
    sighting: Sighting = NOTHING_SEEN
    committed: dict[int, tuple[int, int]] = field(default_factory=dict)  # and not reported
    reports: list[moves.LeaseEnded] = field(default_factory=list)  # that are on their way


class Simulation:
    """One step of ``total`` mini-batches of ``items`` items each."""

    def __init__(
        self,
        total: int,
        slots: int,
        rules: Rules,
        *,
        run: Callable[[int, int], Fate],
        init: Callable[[int], Fate],
        items: int = 1,
        delay: Callable[[], float] = lambda: 0.0,
        driver_deaths: Iterable[float] = (),
        kills: Iterable[tuple[float, int]] = (),
        cancel_at: float = _NEVER,
    ) -> None:
        """``run(mini_batch, attempt)`` and ``init(life)`` say what comes of each call.

        ``delay()`` is how long the end of a lease is on its way to the driver. At each of
        ``driver_deaths`` the driver and all its workers die, and another resumes; ``kills`` are the
        times and slots at which somebody kills a worker, whatever it does.
        """
        self.trace = Trace()
        self.total = total
        self.now = 0.0
        self._slots = slots
        self._rules = rules
        self._run = run
        self._init = init
        self.items = items
        self._delay = delay
        self._deaths = sorted(driver_deaths)
        self._kills = list(kills)
        self.cancel_at = cancel_at
        self._order = itertools.count()
        self._lives = itertools.count()
        self._begin_driver()

    def _begin_driver(self) -> None:
        trace = self.trace
        trace.failures, trace.charges, trace.given_up = [], [], []
        trace.inits = trace.failed_starts = 0
        trace.came_through, trace.reached_run, trace.before = False, False, None
        trace.began = trace.moved = self.now
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._workers: dict[int, _Worker] = {}
        self._tried: Counter[int] = Counter()  # attempts that are charged
        self._leased: set[int] = set()
        for moment, slot in self._kills:
            if moment >= self.now:
                self._later(moment, partial(self._kill, slot))
        if self.cancel_at < _NEVER:
            self._later(self.cancel_at, lambda: self._tell(moves.CancelRequested()))
        done = trace.commits
        todo = [range(i, i + 1) for i in range(self.total) if i not in done]
        returned = sum(done.values())
        trace.slots, trace.heard = min(self._slots, len(todo)), dict(done)
        counts = Counts(
            done=len(done), items_done=returned, items_failed=len(done) * self.items - returned
        )
        self.scheduler = Scheduler(
            self.total, self._slots, self._rules, self.now, todo=todo, counts=counts
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
        for worker in list(self._workers.values()):
            if worker.ready and (worker.leases or worker.reports):
                self._tell(moves.Seen(worker.slot, worker.sighting))
        self._tell(moves.Tick())
        if self.scheduler.finished is None and self.scheduler.wake_at(self.now) <= self.now:
            self._broken("a deadline has passed and nothing followed")

    def _tell(self, event: moves.Event) -> None:
        if self.scheduler.finished is None:
            self._note(event)
        self._do(self.scheduler.handle(event, self.now))

    def _note(self, event: moves.Event) -> None:
        """What the scheduler is about to hear, in the words of the trace."""
        counts, commits = self.scheduler.counts, self.trace.commits
        self.trace.before = (counts.failed, counts.items_failed)
        failure = None
        match event:
            case moves.SlotReady():
                self.trace.came_through = True
                self.trace.moved = self.now
            case moves.InitFailed():
                self.trace.failed_starts += 1
            case moves.LeaseEnded():
                self.trace.moved = self.now
                self._leased.difference_update(event.lease.ids)
                failure = event.failure
                good = event.lease.ids[: event.ended - (failure is not None)]
                self.trace.heard.update((i, commits[i]) for i in good)
            case moves.SlotLost():
                failure = event.in_hand
                self.trace.heard.update((i, commits[i]) for i in event.committed)
                if failure or event.committed:
                    self.trace.moved = self.now
        if failure is not None:
            self.trace.failures.append((failure.mini_batch, failure.attempt))

    def _do(self, actions: list[moves.Action]) -> None:
        over = False
        for action in actions:
            match action:
                case moves.StartSlot(slot, at) if not over:
                    self._later(max(at, self.now), partial(self._start, slot))
                case moves.GrantLease(slot, lease) if not over:
                    self._grant(slot, lease)
                case moves.KillSlot(slot, mini_batch, kind, _) if not over:
                    seen = self._workers[slot].sighting
                    self.trace.kills.append((seen.since, self.now, kind))
                    if seen.mini_batch != mini_batch:
                        self._broken("a kill is for another mini-batch than the one in hand")
                    self._lose(self._workers[slot], kind)
                case moves.Retry(failure) if not over:
                    self._charge(failure)
                case moves.GiveUp(failure) if not over:
                    self._charge(failure)
                    self.trace.given_up.append(failure)
                case moves.Finish() if not over:
                    over = True
                case moves.StopSlot():
                    pass
                case _:
                    self._broken(f"{action} follows after the end")

    def _later(self, moment: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._happenings, (moment, next(self._order), what))

    def _charge(self, failure: Failure) -> None:
        self._tried[failure.mini_batch] += 1
        self.trace.charges.append((failure.mini_batch, failure.attempt))

    def _broken(self, what: str) -> None:
        self.trace.broken.append(f"{self.now:.6f}: {what}")

    # ---- workers

    def _start(self, slot: int) -> None:
        if self.scheduler.finished is not None:
            return  # a driver forgets the starts that are due later
        if slot in self._workers:
            self._broken(f"slot {slot} is started while it has a worker")
        fate = self._init(next(self._lives))
        worker = self._workers[slot] = _Worker(slot, fate)
        self.trace.inits += 1
        if fate.kind in ("ok", "faint"):
            self._later(self.now + fate.seconds, lambda: self._come_through(worker))
        elif fate.kind != "hang":
            self._later(self.now + fate.seconds, lambda: self._fail_init(worker, fate.kind))

    def _come_through(self, worker: _Worker) -> None:
        if worker.dead:
            return
        worker.ready = True
        self._tell(moves.SlotReady(worker.slot))
        if worker.fate.kind == "faint":
            self._lose(worker, "died")

    def _fail_init(self, worker: _Worker, how: str) -> None:
        if worker.dead:
            return
        worker.dead = True
        del self._workers[worker.slot]
        self._tell(moves.InitFailed(worker.slot, f"init(): {how}"))

    def _kill(self, slot: int) -> None:
        worker = self._workers.get(slot)
        if worker is None:
            return
        if worker.ready:
            self._lose(worker, "died")
        else:
            self._fail_init(worker, "killed")

    def _lose(self, worker: _Worker, kind: FailureKind) -> None:
        """The worker dies. What it has sent comes before the news, unless the driver killed it."""
        worker.dead = True
        if kind == "died":
            while worker.reports:
                self._report(worker)
        worker.ready = False
        del self._workers[worker.slot]
        seen, in_hand = worker.sighting, None
        if worker.leases and seen.in_hand:
            in_hand = self._failure(seen.mini_batch, seen.attempt, kind)
            self.trace.reached_run |= kind == "died"  # nobody can say where
        for lease in [report.lease for report in worker.reports] + worker.leases:
            self._leased.difference_update(lease.ids)
        if not (worker.worked or in_hand or worker.committed):
            self.trace.failed_starts += self.scheduler.finished is None
        self._tell(moves.SlotLost(worker.slot, in_hand, dict(worker.committed)))

    # ---- leases

    def _grant(self, slot: int, lease: Lease) -> None:
        worker = self._workers.get(slot)
        if worker is None or not worker.ready:
            self._broken(f"slot {slot} gets a lease while it has no worker")
            return
        held = len(worker.leases) + len(worker.reports)
        if held > 1 or (lease.attempt > 1 and lease.count > 1):
            self._broken(f"slot {slot} holds {held} leases and gets {lease}")
        for mini_batch in lease.ids:
            if mini_batch in self._leased or mini_batch in self.trace.commits:
                self._broken(f"mini-batch {mini_batch} is leased twice")
            if lease.attempt != self._tried[mini_batch] + 1:
                self._broken(f"mini-batch {mini_batch} is leased for attempt {lease.attempt}")
        self._leased.update(lease.ids)
        worker.leases.append(lease)
        if len(worker.leases) == 1 and not worker.dead and worker.fate.kind != "faint":
            self._begin_lease(worker)

    def _begin_lease(self, worker: _Worker) -> None:
        worker.position, worker.began, worker.slowest = 0, self.now, 0.0
        self._begin_mini_batch(worker)

    def _begin_mini_batch(self, worker: _Worker) -> None:
        lease = worker.leases[0]
        fate = self._run(lease.ids[worker.position], lease.attempt)
        if not fate.load_seconds and not fate.kind.startswith("load"):
            self._call(worker, fate)
            return
        self._write(worker, Phase.LOAD)
        if fate.kind == "load raise":
            self._later(self.now + fate.load_seconds, lambda: self._end(worker, fate))
        elif fate.kind != "load hang":
            self._later(self.now + fate.load_seconds, lambda: self._call(worker, fate))

    def _call(self, worker: _Worker, fate: Fate) -> None:
        if worker.dead:
            return
        self._write(worker, Phase.RUN)
        self.trace.reached_run = True
        if fate.kind != "hang":
            self._later(self.now + fate.seconds, lambda: self._end(worker, fate))

    def _end(self, worker: _Worker, fate: Fate) -> None:
        if worker.dead:
            return
        lease = worker.leases[0]
        mini_batch = lease.ids[worker.position]
        if fate.kind == "die":
            self._lose(worker, "died")
            return
        worker.slowest = max(worker.slowest, fate.seconds)
        worker.position += 1
        if fate.kind in ("raise", "load raise"):
            kind: FailureKind = "load" if fate.kind == "load raise" else "exception"
            self._end_lease(worker, self._failure(mini_batch, lease.attempt, kind))
            return
        self._commit(worker, mini_batch, fate)
        if fate.kind == "die after":
            self._write(worker, Phase.IDLE)
            self._lose(worker, "died")
        elif worker.position < lease.count:
            self._begin_mini_batch(worker)
        else:
            self._end_lease(worker, None)

    def _commit(self, worker: _Worker, mini_batch: int, fate: Fate) -> None:
        if mini_batch in self.trace.commits:
            self._broken(f"mini-batch {mini_batch} is committed twice")
        returned = self.items - (fate.kind == "short")
        self.trace.commits[mini_batch] = returned
        worker.committed[mini_batch] = (self.items, returned)

    def _end_lease(self, worker: _Worker, failure: Failure | None) -> None:
        lease = worker.leases.pop(0)
        done = [worker.committed[i] for i in lease.ids if i in worker.committed]
        report = moves.LeaseEnded(
            worker.slot,
            lease,
            ended=worker.position,
            items=len(done) * self.items,
            items_failed=sum(items - returned for items, returned in done),
            failure=failure,
            seconds=max(self.now - worker.began, 1e-6),
            slowest=worker.slowest,
        )
        worker.reports.append(report)
        self._write(worker, Phase.IDLE)
        if worker.leases:
            self._begin_lease(worker)
        self._later(self.now + self._delay(), lambda: self._arrive(worker))

    def _arrive(self, worker: _Worker) -> None:
        if not worker.dead:
            self._report(worker)

    def _report(self, worker: _Worker) -> None:
        report = worker.reports.pop(0)
        worker.worked = True
        for mini_batch in report.lease.ids:
            worker.committed.pop(mini_batch, None)
        self._tell(report)

    def _write(self, worker: _Worker, phase: Phase) -> None:
        """The worker notes on its board what it does next."""
        number, idle = worker.sighting.number + 1, phase == Phase.IDLE
        lease = None if idle else worker.leases[0]
        mini_batch, attempt = (lease.ids[worker.position], lease.attempt) if lease else (-1, 0)
        items = self.items if phase == Phase.RUN else -1
        worker.sighting = Sighting(number, phase, mini_batch, attempt, self.now, items)
        self.trace.moved = self.now

    def _failure(self, mini_batch: int, attempt: int, kind: FailureKind) -> Failure:
        items = -1 if kind.startswith("load") else self.items
        return Failure(mini_batch, attempt, kind, ErrorText(kind), items, self.now, 0.0, 0.0, 0.0)
