"""A slot: a place for one worker at a time, and what is left behind when a worker ends.

Which mini-batches a dead worker had done is read from its segment, which one it had in hand from
the board, both only after the process is dead.
"""

from __future__ import annotations

import dataclasses
import os
import time
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

from parallelsdk.backends._base import Backend, Notify, WorkerHandle
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.runtime.gpu import device_of
from parallelsdk.worker.board import BoardLine, Sighting
from parallelsdk.worker.messages import ErrorText, Failure, FailureKind, Lease, WorkerSetup
from parallelsdk.worker.segment import Segment


@dataclass(frozen=True, slots=True)
class Legacy:
    """What a worker that is gone had done. ``committed``: mini-batch -> (items in, returned)."""

    committed: dict[int, tuple[int, int]]
    in_hand: Failure | None


class Slot:
    """One slot of a step. The driver sets ``ready`` when the worker has come through init()."""

    def __init__(self, number: int, instance: int, folder: StepFolder, board: mmap) -> None:
        self.number = number
        self.instance = instance
        self.ready = False
        self.key = ""  # of the worker that is here now; "" for none
        self.leases: list[Lease] = []
        self._folder = folder
        self._line = BoardLine(board, number)
        self._worker: WorkerHandle | None = None
        self._segment = Path()

    def start(self, common: WorkerSetup, process: int, backend: Backend, notify: Notify) -> None:
        """Start a worker, the ``process``-th of this slot's instance.

        Raises OSError when the machine has no room for it; then there is none.
        """
        name = f"process{process:03}"
        gpu = device_of(self.number, os.environ)
        self._segment = self._folder.segments / f"{self.number}.{self.instance}.{process}.seg"
        setup = dataclasses.replace(
            common,
            name=name,
            instance=self.instance,
            slot=self.number,
            segment=str(self._segment),
            scratch=str(self._folder.scratch / str(self.instance) / name),
            environment={**gpu, **common.environment},
        )
        self._line.clear()
        self.ready = False
        self.leases = []
        self.key = setup.key  # before the worker can tell anything
        try:
            self._worker = backend.start_worker(setup, notify)
        except OSError:
            self.key = ""
            raise

    def lease(self, lease: Lease) -> None:
        """Hand a lease to the worker."""
        assert self._worker is not None
        self.leases.append(lease)
        self._worker.lease(lease)

    def leave(self) -> None:
        """Let the worker call shutdown()."""
        assert self._worker is not None
        self._worker.leave()

    @property
    def pid(self) -> int | None:
        """The worker's process, if it is one of this machine."""
        worker = self._worker
        return None if worker is None else worker.pid

    def look(self) -> Sighting:
        """What the board says of the worker."""
        return self._line.read()

    def end(self) -> None:
        """Kill the worker, if there is one."""
        if self._worker is not None:
            self._worker.kill()
        self._worker = None
        self.ready = False
        self.key = ""

    def lose(self, kind: FailureKind, why: str) -> Legacy:
        """End the worker in the middle of its work, for the reason given."""
        ended = time.monotonic()
        self.end()
        leases = {i: lease for lease in self.leases for i in lease.ids}
        committed = self._committed(leases)
        seen = self._line.read()
        in_hand = None
        if seen.in_hand and seen.mini_batch in leases and seen.mini_batch not in committed:
            in_hand = _failure(seen, leases[seen.mini_batch].attempt, kind, why, ended)
        return Legacy(committed, in_hand)

    def _committed(self, leases: dict[int, Lease]) -> dict[int, tuple[int, int]]:
        if not self._segment.exists():
            return {}
        with Segment(self._segment) as segment:
            return {
                frame.mini_batch: (frame.items, frame.returned)
                for frame in segment.frames()
                if frame.mini_batch in leases
            }


def _failure(seen: Sighting, attempt: int, kind: FailureKind, why: str, ended: float) -> Failure:
    seconds = ended - seen.since
    return Failure(
        mini_batch=seen.mini_batch,
        attempt=attempt,
        kind="load_timeout" if kind == "load" else kind,  # a load that raises kills no worker
        error=ErrorText(why),
        items=seen.items,
        started=time.time() - seconds,
        seconds=seconds,
        run_seconds=seconds,
        cpu_seconds=0.0,
    )
