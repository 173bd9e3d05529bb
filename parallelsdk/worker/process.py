"""The worker: what happens in the process of one slot, from its first call to its last.

The driver calls the four functions at the end of this module, one after another, in a process of
its own: ``enter``, ``initialise``, ``run_lease`` again and again, ``leave``. The process holds one
worker.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

# Taken by name: user code may put something else into the module's place.
from os import getpid
from pathlib import Path
from time import monotonic, monotonic_ns, process_time
from time import time as epoch
from typing import Any

from parallelsdk._start import PATH
from parallelsdk._units import counted
from parallelsdk.data.mini_batch import LoadedMiniBatch, MiniBatchTable
from parallelsdk.data.rows import count_items, format_heading, format_rows, refuse_vectors
from parallelsdk.storage.mount import FileMount
from parallelsdk.worker.board import BoardLine, Phase, open_board
from parallelsdk.worker.entry_script import EntryScript, MiniBatchContext
from parallelsdk.worker.errors import CodePlace, error_text, tell_of_threads
from parallelsdk.worker.logs import WorkerLogs
from parallelsdk.worker.messages import (
    ErrorText,
    Failure,
    FailureKind,
    Lease,
    LeaseReport,
    Successes,
    Times,
    WorkerSetup,
)
from parallelsdk.worker.ordinary import (
    become_ordinary,
    end_forked,
    leave_as_a_script_does,
    set_import_path,
)
from parallelsdk.worker.place import OUTPUT_VARIABLE, Place, take
from parallelsdk.worker.profiling import open_profile
from parallelsdk.worker.script import Script
from parallelsdk.worker.segment import SegmentWriter

SHORT_RETURN_REMEDY = (
    "If that is as it should be, give an error_threshold, or --short_return item among the "
    "program_arguments: then only items are counted"
)
_SHIMS = Path(__file__).with_name("shims")
# What changes under a shorter run() than this is found by the look at the end of the step.
_QUICK_RUN_SECONDS = 0.005
_PR_SET_PDEATHSIG = 1  # from linux/prctl.h


@dataclass(slots=True)
class _Clock:
    """The times of one attempt."""

    started: float
    began: float
    cpu: float
    run_began: float = 0.0
    run_seconds: float = 0.0

    @classmethod
    def start(cls) -> _Clock:
        return cls(epoch(), monotonic(), process_time())

    def ran(self) -> None:
        """run() is over, and its rows are text."""
        self.run_seconds = monotonic() - self.run_began if self.run_began else 0.0

    def times(self) -> Times:
        """The columns that a success and a failure share."""
        if not self.run_seconds:
            self.ran()
        seconds, cpu_seconds = monotonic() - self.began, process_time() - self.cpu
        return Times(self.started, seconds, self.run_seconds, cpu_seconds)


class Worker:
    """A process that has taken its place: own group, own logs, own folder."""

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._pid = getpid()
        self._code = CodePlace(setup.code, setup.code_source)
        self._logs = WorkerLogs(setup.logs, instance=setup.instance, name=setup.name)
        self._logs.redirect_streams()
        self._logs.set_up_logging(setup.logging_level)
        self._board = BoardLine(open_board(setup.board), setup.slot)
        os.makedirs(setup.scratch, exist_ok=True)
        os.chdir(setup.scratch)
        become_ordinary()
        tell_of_threads(self._code)
        set_import_path(PATH, setup.code)
        sys.path.append(str(_SHIMS))
        take(_place(setup))
        sys.argv = [os.path.join(setup.code, setup.entry_script), *setup.arguments]
        self._profile = open_profile(setup.profiling_module, self._logs.life)
        self._logs.note("started")

    def initialise(self) -> ErrorText | None:
        """Load the entry script and call init(); the error if that failed."""
        self._board.write(Phase.INIT, monotonic_ns())
        began = monotonic()
        try:
            self._script = self._load_script()
            self._profile.call(self._script.init)
        except BaseException as error:  # sys.exit() in a script must not pass for a success
            self._end_if_forked(error)
            self._profile.write()
            text = error_text(error, self._code)
            self._logs.user_failed("init() failed", text.traceback)
            return text
        self._end_if_forked()
        self._table = MiniBatchTable(self._setup.mini_batches)
        self._table.prepare()
        place = self._setup.mount
        files = place is not None and self._table.kind == "files"
        self._mount = FileMount(place) if place is not None and files else None
        self._segment = SegmentWriter(self._setup.segment)
        self._board.write(Phase.IDLE, monotonic_ns())
        self._logs.note(f"init done in {monotonic() - began:.3f} s")
        return None

    def _load_script(self) -> EntryScript:
        script = Script.find(self._setup.code, self._setup.entry_script)
        script.become_main()
        return EntryScript(script.load(), self._setup.entry_script)

    def run_lease(self, lease: Lease) -> LeaseReport:
        """Run the mini-batches up to the first failure; what is reported done is on the disk."""
        began = monotonic()
        self._lease = lease
        successes = Successes()
        failure = None
        for mini_batch in lease.ids:
            try:
                failure = self._attempt(mini_batch, lease.attempt, successes)
            finally:
                self._let_go(mini_batch)
            if failure is not None:
                self._note_failure(failure)
                break
        self._segment.sync()
        self._profile.write_if_old()
        self._board.write(Phase.IDLE, monotonic_ns())
        ended = len(successes) + (failure is not None)
        return LeaseReport(lease, ended, successes, failure, monotonic() - began)

    def shut_down(self) -> ErrorText | None:
        """Call shutdown(); the error if that failed, which loses nothing."""
        self._board.write(Phase.SHUTDOWN, monotonic_ns())
        self._segment.close()
        self._logs.mend_streams()
        text = None
        try:
            self._profile.call(self._script.shutdown)
        except BaseException as error:
            self._end_if_forked(error)
            text = error_text(error, self._code)
            self._logs.user_failed("shutdown() failed", text.traceback)
        self._end_if_forked()
        self._profile.write()
        self._logs.note("stopped")
        leave_as_a_script_does()
        return text

    def _end_if_forked(self, error: BaseException | None = None) -> None:
        """A child of user code that comes back here, however it was forked, ends."""
        if getpid() != self._pid:
            end_forked(error)

    def _attempt(self, mini_batch: int, attempt: int, successes: Successes) -> Failure | None:
        clock = _Clock.start()
        self._board.write(Phase.LOAD, monotonic_ns(), mini_batch, attempt)
        before = self._logs.sizes()

        def failed(
            kind: FailureKind, error: BaseException | str, items: int, given: Sequence[object] = ()
        ) -> Failure:
            if isinstance(error, str):
                self._end_if_forked()
                text = ErrorText(error)
            else:
                self._end_if_forked(error)
                text = error_text(error, self._code, given)
            written = tuple(chain.from_iterable(zip(before, self._logs.sizes(), strict=True)))
            text = replace(text, output=written)
            return Failure(mini_batch, attempt, kind, text, items, *clock.times())

        try:
            loaded = self._load(mini_batch)
        except Exception as error:
            return failed("load", error, -1)
        # The script may change the list that it gets.
        given = list(loaded.value) if self._table.kind == "files" else []
        try:
            # Rows that a filter has dropped leave nothing to be run on.
            is_empty = self._table.kind == "table" and not loaded.items
            result = [] if is_empty else self._run(mini_batch, attempt, loaded, clock)
        except BaseException as error:
            failure = failed("exception", error, loaded.items, given)
            changed = self._change(mini_batch)  # if anything has, that is why
            return failure if changed is None else failed("load", changed, loaded.items)
        # Rows become text by methods of the user's: the time that they take is that of run().
        try:
            returned = count_items(result)
            if returned < loaded.items and self._setup.short_return == "mini_batch":
                items = counted(loaded.items, "item")
                said = f"run() returned {returned} of {items}. {SHORT_RETURN_REMEDY}"
                return failed("short_return", said, loaded.items)
            heading, payload = self._payload(result)
            del result  # so is that of letting go of them
        except BaseException as error:
            return failed("bad_return", error, loaded.items)
        self._end_if_forked()
        clock.ran()
        if clock.run_seconds > _QUICK_RUN_SECONDS:
            changed = self._change(mini_batch)
            if changed is not None:
                return failed("load", changed, loaded.items)
        self._board.write(Phase.COMMIT, monotonic_ns(), mini_batch, attempt, loaded.items)
        self._segment.commit(
            mini_batch,
            attempt=attempt,
            items=loaded.items,
            returned=returned,
            payload=heading + payload,
            heading=len(heading),
        )
        successes.add(mini_batch, loaded.items, returned, clock.times())
        return None

    def _load(self, mini_batch: int) -> LoadedMiniBatch:
        """The mini-batch; its files are here, and those of the next one are on their way."""
        loaded = self._table.load(mini_batch)
        if self._mount is None:
            return loaded
        paths = self._mount.bring(loaded.value, self._table.states(mini_batch))
        # Leases are runs of mini-batches, handed out in order: where this one is the last of its
        # lease, the worker's next one is about as far ahead as there are workers.
        ahead = mini_batch + (1 if mini_batch + 1 in self._lease.ids else self._setup.slots)
        if ahead < self._table.count:
            uris = list(map(os.fsdecode, self._table.paths(ahead)))
            self._mount.prefetch(uris, self._table.states(ahead))
        return loaded._replace(value=paths)

    def _change(self, mini_batch: int) -> str | None:
        """What has changed of the files that ``run()`` was given, None if nothing."""
        place = self._setup.mount
        if place is not None and place.copies_local:  # the script may change its own copies
            return None
        return self._table.change(mini_batch)

    def _let_go(self, mini_batch: int) -> None:
        if self._mount is not None:
            self._mount.release(list(map(os.fsdecode, self._table.paths(mini_batch))))

    def _run(self, mini_batch: int, attempt: int, loaded: LoadedMiniBatch, clock: _Clock) -> Any:
        self._logs.mend_streams()
        context = MiniBatchContext(
            mini_batch, loaded.partition_key_value, loaded.row_index_lower_bound
        )
        now = monotonic_ns()
        self._board.write(Phase.RUN, now, mini_batch, attempt, loaded.items)
        clock.run_began = now / 1e9
        result = self._profile.call(self._script.run, loaded.value, context)
        self._end_if_forked()
        return result

    def _payload(self, result: Any) -> tuple[bytes, bytes]:
        """The line of column names, if it is wanted, and the rows."""
        if not self._setup.keeps_rows:
            return b"", b""
        if self._setup.vectors == "error":
            refuse_vectors(result)
        heading = format_heading(result) if self._setup.heading else b""
        return heading, format_rows(result)

    def _note_failure(self, failure: Failure) -> None:
        what = f"mini-batch {failure.mini_batch}, attempt {failure.attempt}: {failure.kind}"
        self._logs.note(f"{what}: {failure.error.message}")
        text = failure.error.traceback or failure.error.message
        self._logs.user_failed(what, text)
        if failure.kind == "load":
            self._logs.system_failed(what, text)


def _place(setup: WorkerSetup) -> Place:
    return Place(
        agent_name=setup.name,
        log_dir=Path(setup.logs) / "user" / "entry_script_log" / str(setup.instance),
        output_dir=Path(os.environ.get(OUTPUT_VARIABLE) or setup.scratch),
        working_dir=Path(setup.code),
        logging_level=setup.logging_level,
    )


def _take_own_group(driver_pid: int) -> None:
    """Make this process the leader of a group that dies with the driver."""
    if os.getpgid(0) != os.getpid():
        os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != driver_pid:  # it died before the line above took hold
        os._exit(1)


# The one worker of this process: the process is the worker's life.
_worker: Worker | None = None


def enter(setup: WorkerSetup) -> int:
    """Take the place that ``setup`` describes and return this process's id."""
    global _worker
    _take_own_group(setup.driver_pid)
    if setup.open_files:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (setup.open_files, most))
    _worker = Worker(setup)
    return os.getpid()


def initialise() -> ErrorText | None:
    """Load the entry script and call its init()."""
    assert _worker is not None
    return _worker.initialise()


def run_lease(lease: Lease) -> LeaseReport:
    """Run a lease."""
    assert _worker is not None
    return _worker.run_lease(lease)


def leave() -> ErrorText | None:
    """Call the entry script's shutdown(), and let go of the script: the process is about to end."""
    global _worker
    assert _worker is not None
    worker, _worker = _worker, None
    return worker.shut_down()
