"""What driver and worker tell each other. Small frozen values; everything bulky lies in files."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from parallelsdk.storage.mount import MountPlace

# Text is cut to this many characters before it travels: no exception may fill the disk.
MAX_ERROR_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """Everything that a worker needs to know before its first mini-batch. Paths are absolute."""

    name: str  # process000, unique on its instance for the life of the step
    instance: int
    slot: int
    driver_pid: int
    code: str  # goes first on sys.path
    entry_script: str
    arguments: tuple[str, ...]  # sys.argv without its first element
    environment: Mapping[str, str]
    board: str
    mini_batches: str
    segment: str
    logs: str  # the step's logs folder
    scratch: str  # the worker's current folder
    logging_level: str
    keeps_rows: bool  # whether returned rows go to the append_row output
    heading: bool  # whether the column names of DataFrames do, too
    short_return: Literal["item", "mini_batch"]
    vectors: Literal["full", "error"] = "full"  # what becomes of arrays too long for NumPy's text
    profiling_module: str | None = None  # the profiler that user code runs under
    mount: MountPlace | None = None  # where files lie that are fetched for a mini-batch
    slots: int = 1  # of the whole step: how far ahead this worker's next mini-batch is
    code_source: str | None = None  # where the author has the code, for messages
    open_files: int = 0  # the soft limit that user code is to find; 0: as it is
    threads: int = 0  # that its numerical libraries may use, where the user does not say it

    @property
    def key(self) -> str:
        """The worker's name among all workers of its step: "0/process000"."""
        return f"{self.instance}/{self.name}"


@dataclass(frozen=True, slots=True)
class Lease:
    """A run of consecutive mini-batches handed over at once, all in their ``attempt``-th try."""

    first: int
    count: int
    attempt: int

    @property
    def ids(self) -> range:
        """The mini-batches, in order."""
        return range(self.first, self.first + self.count)


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An exception as text: objects of user classes never travel."""

    message: str  # "ValueError: could not convert string to float: 'n/a'"
    traceback: str = ""
    item: int = -1  # the place, among several items, of the one that it is about; -1 if unknown
    # Between which bytes of the worker's stdout, and of its stderr, lies what it wrote; () unknown.
    output: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", self.message[:MAX_ERROR_TEXT])
        object.__setattr__(self, "traceback", self.traceback[-MAX_ERROR_TEXT:])


FailureKind = Literal[
    "exception", "short_return", "bad_return", "load", "load_timeout", "timeout", "died"
]


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed. ``items`` is -1 when the mini-batch was never read."""

    mini_batch: int
    attempt: int
    kind: FailureKind
    error: ErrorText
    items: int
    started: float  # seconds since the epoch
    seconds: float
    run_seconds: float
    cpu_seconds: float


class Times(NamedTuple):
    """When an attempt began, in seconds since the epoch, and what it took, in seconds."""

    started: float = 0.0
    seconds: float = 0.0
    run_seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Successes:
    """Attempts that committed, one array per column, so that a million of them stay small."""

    mini_batches: array[int] = field(default_factory=lambda: array("q"))
    items: array[int] = field(default_factory=lambda: array("q"))
    returned: array[int] = field(default_factory=lambda: array("q"))
    started: array[float] = field(default_factory=lambda: array("d"))
    seconds: array[float] = field(default_factory=lambda: array("d"))
    run_seconds: array[float] = field(default_factory=lambda: array("d"))
    cpu_seconds: array[float] = field(default_factory=lambda: array("d"))

    def add(self, mini_batch: int, items: int, returned: int, times: Times) -> None:
        """One more committed attempt."""
        started, seconds, run_seconds, cpu_seconds = times
        self.mini_batches.append(mini_batch)
        self.items.append(items)
        self.returned.append(returned)
        self.started.append(started)
        self.seconds.append(seconds)
        self.run_seconds.append(run_seconds)
        self.cpu_seconds.append(cpu_seconds)

    def __len__(self) -> int:
        return len(self.mini_batches)


@dataclass(frozen=True, slots=True)
class LeaseReport:
    """What came of a lease: its successes are committed and on the disk when this is sent.

    ``ended`` of its mini-batches were tried, the first ones. A failure ends the lease, so that the
    driver can hold it against the thresholds before more is started.
    """

    lease: Lease
    ended: int
    successes: Successes
    failure: Failure | None
    seconds: float
