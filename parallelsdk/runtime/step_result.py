"""What a step came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended; for all but Completed, the cause in one line and the log to open."""

    status: Literal["Completed", "Failed", "Canceled"]
    error: str | None = None
    log: str | None = None
