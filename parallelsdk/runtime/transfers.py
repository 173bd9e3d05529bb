"""How far the files of a step have come, told to its log and to whoever watches the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from parallelsdk._units import format_bytes
from parallelsdk.jobstore.events import EventLog
from parallelsdk.runtime.pace import Pace
from parallelsdk.runtime.step_logs import StepLogs
from parallelsdk.storage.remote_transfer import Progress, Transfer

_LEAST_SECONDS: Final = 2.0  # between two events


@dataclass(frozen=True, slots=True)
class TransferWatch:
    """Tells of the transfers of one step."""

    step: str
    events: EventLog
    logs: StepLogs

    def __call__(self, what: str) -> Progress:
        """Who is told of the transfer of ``what``, such as ``input data``; not too often."""
        pace = Pace(_LEAST_SECONDS)

        def tell(state: Transfer) -> None:
            done = (state.files_done, state.bytes_done)
            if not pace.is_due(done, last=state.files_done == state.files):
                return
            text = f"{what}: {state.files_done} of {state.files} files, {_amount(state)}"
            self.logs.note(f"Transfer of {text}.")
            self.events.append("step_transfer", step=self.step, text=text)

        return tell


def _amount(state: Transfer) -> str:
    done = format_bytes(state.bytes_done)
    return done if state.bytes < 0 else f"{done} of {format_bytes(state.bytes)}"
