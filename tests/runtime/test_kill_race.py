"""A worker may be quicker than the kill that is meant for its mini-batch: the next one is innocent.

Between the look at the board and the end of the process lie milliseconds. Here the worker uses
them, always.
"""

from __future__ import annotations

import time

import pytest

from parallelsdk.backends._base import LeaseDone, Notify, WorkerEnded, WorkerLeft, WorkerReady
from parallelsdk.jobstore.events import EventLog
from parallelsdk.runtime.attempts import read_attempts
from parallelsdk.runtime.parallel_step import run_parallel_step
from parallelsdk.worker.board import BoardLine, Phase, open_board
from parallelsdk.worker.messages import Lease, LeaseReport, Successes, Times, WorkerSetup
from parallelsdk.worker.segment import SegmentWriter
from tests.runtime.conftest import Bench


class HastyWorker:
    """Hangs in the first mini-batch of its first lease of several, until it is to be killed."""

    pid = None

    def __init__(self, setup: WorkerSetup, notify: Notify, *, hangs: bool, finishes: bool) -> None:
        self._setup = setup
        self._notify = notify
        self._hangs, self._finishes = hangs, finishes
        self._hanging: Lease | None = None
        self._board = BoardLine(open_board(setup.board), setup.slot)
        self._segment = SegmentWriter(setup.segment)
        notify(WorkerReady(setup.key))

    def lease(self, lease: Lease) -> None:
        if self._hanging or (self._hangs and lease.count > 1):
            if self._hanging is None:
                self._run(lease, 0)
            self._hanging = self._hanging or lease
            return
        done = Successes()
        for position, mini_batch in enumerate(lease.ids):
            self._run(lease, position)
            self._commit(lease, position)
            done.add(mini_batch, 1, 1, Times(time.time(), 0.001, 0.001))
        self._board.write(Phase.IDLE, time.monotonic_ns())
        report = LeaseReport(lease, lease.count, done, None, 0.001 * lease.count)
        self._notify(LeaseDone(self._setup.key, report))

    def leave(self) -> None:
        self._notify(WorkerLeft(self._setup.key, None))
        self._notify(WorkerEnded(self._setup.key))

    def kill(self) -> None:
        if self._hanging is not None and self._finishes:
            self._commit(self._hanging, 0)
            self._run(self._hanging, 1)
        self._segment.close()

    def _run(self, lease: Lease, position: int) -> None:
        mini_batch = lease.ids[position]
        self._board.write(Phase.RUN, time.monotonic_ns(), mini_batch, lease.attempt, 1)

    def _commit(self, lease: Lease, position: int) -> None:
        self._segment.commit(
            lease.ids[position],
            attempt=lease.attempt,
            items=1,
            returned=1,
            payload=b"row\n",
            heading=0,
        )
        self._segment.sync()


class HastyBackend:
    """Its first worker hangs."""

    def __init__(self, *, finishes: bool) -> None:
        self.workers = 0
        self._finishes = finishes

    def start_worker(self, setup: WorkerSetup, notify: Notify) -> HastyWorker:
        self.workers += 1
        return HastyWorker(setup, notify, hangs=self.workers == 1, finishes=self._finishes)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("finishes", [True, False])
def test_a_kill_charges_the_mini_batch_that_it_is_for_or_none(bench: Bench, finishes: bool) -> None:
    bench.add_files(40)
    bench.add_script("def run(paths): return paths\n")
    plan = bench.plan(slots=1, timeout=1, max_retries=0)
    bench.announce(bench.pipeline(plan))
    backend = HastyBackend(finishes=finishes)
    result = run_parallel_step(
        plan,
        bench.step,
        workspace=bench.job.workspace,
        watch=lambda _: None,
        backend=backend,
        events=EventLog(bench.job.events),
        canceled=bench.canceled,
    )
    attempts = list(read_attempts(bench.step.attempts, bench.step.errors))
    failed = [(attempt.mini_batch, attempt.status) for attempt in attempts if attempt.error]
    assert result.status == "Completed" and backend.workers == 2
    assert len({attempt.mini_batch for attempt in attempts}) == 40
    assert bench.record.step("score").failed == len(failed)
    if finishes:
        assert failed == [] and len(bench.lines) == 40
    else:
        assert [status for _, status in failed] == ["RUN_TIMEOUT"] and len(bench.lines) == 39
