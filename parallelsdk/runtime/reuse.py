"""A step that would only repeat an earlier one is given that one's outputs instead.

What can be taken over is told by the event logs of the workspace's jobs alone: a fingerprint at a
step's start, at its end the state of the files of its outputs. Whatever is in doubt runs. A step's
outputs are known to those after it by the run that made them, not by its fingerprint: when a step
ran again, for whatever reason, all that need it run again.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import MlException
from parallelsdk.jobstore.checkpoint import may_hold
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, StepFolder
from parallelsdk.jobstore.metric_log import copy_metrics, forget_metrics
from parallelsdk.jobstore.places import Places
from parallelsdk.jobstore.records import RAN_BEFORE, ReuseRecord, StepRecord
from parallelsdk.jobstore.store import read_job
from parallelsdk.planning.plan import OutputPlan, ParallelPlan, PipelinePlan, StepPlan
from parallelsdk.runtime.fingerprint import Fingerprint, fingerprint_of, stamp
from parallelsdk.runtime.fingerprint_lists import write_lists
from parallelsdk.runtime.inherited import Inherited, workspace_key
from parallelsdk.runtime.reuse_reason import Earlier, explain
from parallelsdk.runtime.shown_output import shows_content
from parallelsdk.runtime.step_logs import StepLogs
from parallelsdk.storage.transfer import remove, replacing, sync

FORCED = "force_rerun"
NOT_DETERMINISTIC = "not deterministic"
NO_OUTPUTS = "the step has no outputs"
SHOWN = "the destination of an output holds files already, which the step sees"
_ALL_ERRORS = -1
# So many of the workspace's jobs are looked at, the newest first: a first step must not wait for a
# reader of years of logs.
_LOOKED_AT = 200
_COMPARED = 20  # of them, for the reason why there is none to reuse


@dataclass(slots=True)
class _Begun:
    """What is known of a step between its start and its end."""

    fingerprint: Fingerprint | None = None
    taken: Earlier | None = None


class Reuse:
    """Reuse in one run of a job; its steps may ask from several threads."""

    def __init__(self, plan: PipelinePlan, folder: JobFolder, stop: threading.Event) -> None:
        self.plan = plan
        self.folder = folder
        self.stop = stop
        self._places = Places(folder.workspace.root)
        # Steps that an earlier run of this job began, and who made the outputs of each step.
        self._before = {step.name: step for step in read_job(folder).steps}
        self._origins = {
            name: step.reuse.origin or uuid.uuid4().hex for name, step in self._before.items()
        }
        self._begun: dict[str, _Begun] = {}

    @cached_property
    def _inherited(self) -> Inherited:
        return Inherited.of(os.environ, workspace_key(self.folder.workspace))

    def _fingerprint(self, step: StepPlan) -> Fingerprint:
        return fingerprint_of(step, self._origins, self._inherited, self._places.stored)

    def take_over(self, step: StepPlan) -> bool:
        """Whether the outputs of an earlier step are now those of ``step``; if not, it has to run.

        The reason is written to the events and to the step's log.
        """
        begun = self._begun[step.name] = _Begun()
        reason = self._never(step)
        if reason is None:
            try:
                begun.fingerprint = self._fingerprint(step)
                reason = self._try(step, begun)
            except (MlException, OSError) as error:
                reason = f"what it depends on cannot be told: {error}"
        self._tell(step, begun, reason)
        return begun.taken is not None

    def close(self, step: StepPlan, *, completed: bool) -> dict[str, Any]:
        """What ``step_finished`` says for later jobs, and for the steps after this one."""
        origin, stamps = f"{self.folder.name}/{step.name}@{uuid.uuid4().hex}", {}
        begun = self._begun.get(step.name, _Begun())
        if completed and begun.taken is not None:
            earlier = begun.taken.step.reuse
            origin, stamps = earlier.origin or origin, dict(earlier.stamps)
        elif completed and begun.fingerprint is not None:
            stamps = self._stamps(step, begun.fingerprint)
        self._origins[step.name] = origin
        return {"origin": origin, "stamps": stamps}

    def _never(self, step: StepPlan) -> str | None:
        """Why ``step`` cannot be reused, now or later, whatever it depends on."""
        if self.plan.force_rerun:
            return FORCED
        if not step.is_deterministic:
            return NOT_DETERMINISTIC
        if shows_content(step):
            return SHOWN
        return None if step.outputs else NO_OUTPUTS

    def _try(self, step: StepPlan, begun: _Begun) -> str | None:
        """Take over an earlier step; the reason when there is none that can be."""
        assert begun.fingerprint is not None
        before = self._before.get(step.name)
        if before is not None and before.started is not None:
            if before.reuse.fingerprint != begun.fingerprint.digest:
                begun.fingerprint = None  # part of its outputs may be of another time
            return RAN_BEFORE
        reason = None
        own = self.folder.step(step.name)
        for earlier in find_equal(self.folder, begun.fingerprint.digest):
            problem = _problem(earlier, step, own) or self._copy(earlier, step)
            if problem is None:
                begun.taken = earlier
                return None
            reason = reason or problem
        return reason or explain(step, begun.fingerprint, find_alike(self.folder, step.name))

    def _copy(self, earlier: Earlier, step: StepPlan) -> str | None:
        """Copy its outputs; what went wrong, and then nothing is left of them.

        A copy, not a link: whoever writes into it must not change the older job's.
        """
        own = self.folder.step(step.name)

        def copy_file(source: str, target: str) -> None:
            if self.stop.is_set():
                raise InterruptedError("the job is being stopped")
            shutil.copy2(source, target)
            sync(target)

        try:
            remove(str(own.outputs))
            for output in step.outputs:
                source = _place(output, own, earlier.folder)
                partial = str(own.unfinished / output.name)
                with replacing(output.path, unfinished=partial):
                    if os.path.isdir(source):
                        shutil.copytree(source, partial, copy_function=copy_file)
                    else:
                        copy_file(source, partial)
                if (stamp(output.path) or "") != earlier.step.reuse.stamps[output.name]:
                    raise OSError(f"{source} has changed meanwhile")
            copy_metrics(earlier.folder, own)
        except OSError as error:
            remove(str(own.outputs))
            forget_metrics(own)
            return f"the outputs of {earlier.name} cannot be copied: {error}"
        return None

    def _stamps(self, step: StepPlan, fingerprint: Fingerprint) -> dict[str, str]:
        """The state of the outputs of a step that has run; nothing when it must not be reused."""
        try:
            if read_job(self.folder).step(step.name).failed:
                return {}
            if self._fingerprint(step).digest != fingerprint.digest:
                return {}  # an input changed while the step ran
            stamps = {output.name: stamp(output.path) for output in step.outputs}
        except (MlException, OSError):
            return {}
        if not any(stamps.values()):
            return {}  # it wrote nothing here, so it may have written elsewhere
        return {name: value or "" for name, value in stamps.items()}

    def _tell(self, step: StepPlan, begun: _Begun, reason: str | None) -> None:
        events, logs = EventLog(self.folder.events), StepLogs(self.folder.step(step.name).logs)
        events.append(
            "step_reuse",
            step=step.name,
            reason=reason,
            reused_from=begun.taken.name if begun.taken else None,
            fingerprint=begun.fingerprint.digest if begun.fingerprint else None,
            parts=dict(begun.fingerprint.parts) if begun.fingerprint else {},
        )
        if begun.taken is None:
            logs.note(f"Not reused: {reason}.")
        else:
            self._tell_counts(step, begun.taken.step, events)
            logs.note(f"Reused from {begun.taken.name}; how that ran is in its logs.")
            logs.finish(JobStatus.COMPLETED, None, None, f"Reused from {begun.taken.name}.")
        if begun.fingerprint is not None:
            try:
                write_lists(step, begun.fingerprint, self.folder.step(step.name).logs)
            except (MlException, OSError) as error:  # it is for people; the step can do without
                logs.note(f"What the step depends on cannot be listed: {error}")

    def _tell_counts(self, step: StepPlan, earlier: StepRecord, events: EventLog) -> None:
        if isinstance(step, ParallelPlan):
            events.append(
                "step_progress",
                step=step.name,
                total=earlier.total,
                done=earlier.done,
                failed=0,
                retried=0,
                items_done=earlier.items_done,
                items_failed=earlier.items_failed,
            )


def find_equal(job: JobFolder, digest: str) -> Iterator[Earlier]:
    """The steps of other jobs in the workspace of ``job`` with that fingerprint, newest first."""
    for earlier in _find(job, digest, _LOOKED_AT):
        if earlier.step.reuse.fingerprint == digest:
            yield earlier


def find_alike(job: JobFolder, name: str) -> Iterator[Earlier]:
    """The steps called ``name`` of the newest other jobs, as far as they have a fingerprint."""
    for earlier in _find(job, name, _COMPARED):
        if earlier.step.name == name and earlier.step.reuse.fingerprint:
            yield earlier


def _find(job: JobFolder, text: str, most: int) -> Iterator[Earlier]:
    """All steps of the newest jobs whose events hold ``text``."""
    wanted = json.dumps(text).encode()
    others = []
    for other in map(job.workspace.job, job.workspace.job_names()):
        with contextlib.suppress(OSError):  # just taken away
            others.append((other.events.stat().st_mtime_ns, other.name))
    for _, name in heapq.nlargest(most, others):
        other = job.workspace.job(name)
        try:
            if name != job.name and may_hold(other, wanted):
                yield from [Earlier(other, step) for step in read_job(other).steps]
        except (MlException, OSError):
            continue  # damaged: nothing to build on


def _problem(earlier: Earlier, step: StepPlan, own: StepFolder) -> str | None:
    """Why this run of the same cannot be taken over."""
    record, reuse = earlier.step, earlier.step.reuse
    if record.status != JobStatus.COMPLETED:
        return f"the same step {earlier.name} is {record.status}"
    if record.failed:
        return f"the same step {earlier.name} has failed mini-batches"
    if _too_many_errors(record, step):
        return f"settings changed: {earlier.name} has more failed items than error_threshold"
    if not _has_all(reuse, step):
        return f"the same step {earlier.name} wrote nothing, or its input changed as it ran"
    for output in step.outputs:
        place = _place(output, own, earlier.folder)
        try:
            same = (stamp(place) or "") == reuse.stamps[output.name]
        except OSError:
            same = False
        if not same:
            return f"the outputs of {earlier.name} were removed or changed"
    return None


def _place(output: OutputPlan, own: StepFolder, other: StepFolder) -> str:
    """Where in the folder ``other`` the output lies that ``own`` has at ``output.path``."""
    return str(other.path / Path(output.path).relative_to(own.path))


def _has_all(reuse: ReuseRecord, step: StepPlan) -> bool:
    return set(reuse.stamps) == {output.name for output in step.outputs} and bool(reuse.origin)


def _too_many_errors(record: StepRecord, step: StepPlan) -> bool:
    if not isinstance(step, ParallelPlan):
        return False
    threshold = step.settings.error_threshold
    return threshold != _ALL_ERRORS and record.items_failed > threshold
