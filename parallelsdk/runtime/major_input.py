"""The data that a parallel step splits: where they come from, and that they stand still.

Alone, because it begins before anything is fetched and ends when all is done; in between the step
is told what to compare its files with.
"""

from __future__ import annotations

import os

from parallelsdk.data.input_state import Original
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.planning.plan import InputPlan, ParallelPlan
from parallelsdk.runtime.input_change import StoredFiles, refuse_changes
from parallelsdk.runtime.ports import Ports
from parallelsdk.storage.staging import PRIVATE_COPY
from parallelsdk.storage.state import tree_state
from parallelsdk.storage.uri import is_local, local_path


class MajorData:
    """The data behind the major input of ``plan``, as they are when this is made."""

    def __init__(self, plan: ParallelPlan) -> None:
        """Asks a store for its files. Raises DataException when it does not answer."""
        self.port = major_port(plan)
        uri = self.port.uri or ""
        self.source = os.path.abspath(local_path(uri)) if is_local(uri) else uri.rstrip("/")
        self._stored = StoredFiles(self.source)

    def original(self, ports: Ports) -> Original:
        """What tells of each file of the input, as ``ports`` deliver it, in which state it is."""
        return Original(ports.inputs[self.port.name], self.source, self._stored)

    def check_copy(self, ports: Ports) -> None:
        """Raises DataException when a private copy is not of the states that were kept of it."""
        if self.port.mode not in PRIVATE_COPY or _copies_late(ports):
            return
        self._stored.refuse_other()
        if ports.copied and tree_state(self.source) != ports.copied:
            raise DataException(
                f"{self.source!r} changed while the step began. Start it when nobody writes there.",
                target=ErrorTarget.DATA,
            )

    def refuse_changes(self, folder: StepFolder, ports: Ports) -> None:
        """Raises DataException when results are of files that are not what they were any more.

        A step with private copies has read what it had, whatever became of the originals.
        """
        if self.port.mode not in PRIVATE_COPY:
            self._stored = StoredFiles(self.source)
        refuse_changes(folder, self.original(ports), copied_late=_copies_late(ports))


def _copies_late(ports: Ports) -> bool:
    """Whether files are copied when their mini-batch is loaded; a table is read where it lies."""
    return ports.mount is not None and ports.mount.copies_local


def major_port(plan: ParallelPlan) -> InputPlan:
    """The input that is split."""
    return next(port for port in plan.inputs if port.name == plan.major_input)
