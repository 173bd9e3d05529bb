"""Events in, actions out: the words between the scheduler and whoever drives it.

A backend, a cluster or a simulator tells what happened with events and carries out the actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from parallelsdk.worker.board import Sighting
from parallelsdk.worker.messages import Failure, FailureKind, Lease

# ---- events


@dataclass(frozen=True, slots=True)
class SlotReady:
    """The worker of this slot has come through init()."""

    slot: int


@dataclass(frozen=True, slots=True)
class Started:
    """There is a worker in this slot now; it has still to come through init()."""

    slot: int


@dataclass(frozen=True, slots=True)
class StartFailed:
    """No worker could be started in this slot: the machine has no room for one more now."""

    slot: int
    error: str


@dataclass(frozen=True, slots=True)
class InitFailed:
    """The worker of this slot did not come through init(): it raised, died or hung."""

    slot: int
    error: str


@dataclass(frozen=True, slots=True)
class LeaseEnded:
    """A lease was worked off, as far as its first failure; what did not fail is committed."""

    slot: int
    lease: Lease
    ended: int  # how many of its mini-batches were tried, the one that failed included
    items: int  # of the committed mini-batches, together
    items_failed: int  # items of those that run() did not return
    failure: Failure | None
    seconds: float
    slowest: float  # seconds of the longest call of run() that committed


@dataclass(frozen=True, slots=True)
class SlotLost:
    """The worker of this slot, which had come through init(), is dead.

    ``committed``: mini-batch -> (items in, items returned), of those in its leases that are not
    reported as ended. The one in hand is not among them.
    """

    slot: int
    in_hand: Failure | None
    committed: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    why: str = "the worker died"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the board says of a slot."""

    slot: int
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """Somebody wants the job to end."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Something outside the user's code failed, a full disk above all."""

    reason: str


Event = (
    Started
    | StartFailed
    | SlotReady
    | InitFailed
    | LeaseEnded
    | SlotLost
    | Seen
    | Tick
    | CancelRequested
    | Broken
)

# ---- actions


@dataclass(frozen=True, slots=True)
class StartSlot:
    """Start a worker in this slot, not before ``at``."""

    slot: int
    at: float


@dataclass(frozen=True, slots=True)
class GrantLease:
    """Hand this lease to the slot's worker."""

    slot: int
    lease: Lease


@dataclass(frozen=True, slots=True)
class KillSlot:
    """Kill the slot's worker; SlotLost follows, with this mini-batch or none in hand.

    Should the worker have gone on to another mini-batch meanwhile, that one is innocent.
    """

    slot: int
    mini_batch: int
    kind: FailureKind
    why: str


@dataclass(frozen=True, slots=True)
class StopSlot:
    """No more work for this slot: let its worker call shutdown()."""

    slot: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A mini-batch has failed for good."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Retry:
    """A mini-batch has failed and will be tried again."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Finish:
    """The step is over. Workers that still run are to be killed unless it completed."""

    status: Literal["Completed", "Failed", "Canceled"]
    reason: str = ""


Action = StartSlot | GrantLease | KillSlot | StopSlot | GiveUp | Retry | Finish
