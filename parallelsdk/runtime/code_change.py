"""What became of the code of a job's steps since it was copied, and taking it as it is now.

A job that goes on runs the copy, because what is committed was made with it. That is told where the
user's own files have changed since, and only somebody who asks for it gets the new code.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parallelsdk.exceptions import ErrorCategory, ErrorTarget, JobException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, deny_others
from parallelsdk.jobstore.records import JobRecord, StepRecord
from parallelsdk.planning.plan import ParallelPlan, PipelinePlan, StepPlan
from parallelsdk.runtime.preflight import fault_of_script
from parallelsdk.storage.file_store import FileStore
from parallelsdk.storage.snapshot import changed_files, snapshot_code

_NAMED: Final = 3  # changed files in a message


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A step whose code has changed, and the files, by their names in the code folder."""

    step: StepPlan
    files: tuple[str, ...]

    @property
    def text(self) -> str:
        """``score.py has changed``, ``a.py, b.py, c.py and 2 more have changed``."""
        names = ", ".join(self.files[:_NAMED])
        more = f" and {len(self.files) - _NAMED} more" if len(self.files) > _NAMED else ""
        return f"{names}{more} {'has' if len(self.files) == 1 else 'have'} changed"


def tell_changes(
    folder: JobFolder, plan: PipelinePlan, record: JobRecord, steps: Collection[str]
) -> list[str]:
    """Write down which of ``steps`` have other code than the user's files now; the sentences."""
    known = {step.name: step for step in record.steps}
    told: dict[str, str] = {}
    for step in plan.steps:
        try:
            change = _change(step) if step.name in steps else None
        except OSError as error:  # no reason not to go on with what there is
            told[step.name] = (
                f"step {step.name}: whether its code has changed cannot be told: {error}"
            )
            continue
        if change is not None:
            told[step.name] = (
                f"step {step.name} runs the code {_when(known.get(step.name))}; {change.text} "
                "since; use --new-code for the new one"
            )
    for name, message in told.items():
        EventLog(folder.events).append("warning", message=message, code_of=name)
    return list(told.values())


def check_sources(plan: PipelinePlan, steps: Collection[str]) -> None:
    """JobException when the code of ``steps`` cannot be taken anew, or could not run."""
    chosen = [step for step in plan.steps if step.name in steps and step.code is not None]
    problems = [text for step in chosen if (text := _fault(step)) is not None]
    if chosen and all(step.code_source is None for step in chosen):
        problems.append("where the code came from is not known")
    if problems:
        told = "; ".join(problems).rstrip(".")
        raise JobException(
            f'The job "{plan.name}" cannot take new code: {told}. Without --new-code it goes on '
            "with the code that it has.",
            target=ErrorTarget.JOB,
            error_category=ErrorCategory.USER_ERROR,
        )


def take_new_code(folder: JobFolder, plan: PipelinePlan, steps: Collection[str]) -> PipelinePlan:
    """The plan with the code of ``steps`` as it is now, where it has changed; written down, too."""
    renewed: dict[str, StepPlan] = {}
    for change in filter(None, (_change(step) for step in plan.steps if step.name in steps)):
        code = snapshot_code(
            change.step.code_source,
            str(folder.code),
            includes=change.step.code_includes,
            store=FileStore(str(folder.workspace.files)),
        )
        deny_others(Path(code))
        renewed[change.step.name] = dataclasses.replace(change.step, code=code)
        # Before the plan: whoever is interrupted here and tries again finds the same change.
        EventLog(folder.events).append(
            "new_code", step=change.step.name, code=code, files=list(change.files[:_NAMED])
        )
    return dataclasses.replace(
        plan, steps=tuple(renewed.get(step.name, step) for step in plan.steps)
    )


def _change(step: StepPlan) -> CodeChange | None:
    sources = [path for path in (step.code_source, *step.code_includes) if path is not None]
    if step.code is None or not sources or not all(map(os.path.exists, sources)):
        return None  # there is nothing new to run
    files = changed_files(step.code_source, step.code, step.code_includes)
    return CodeChange(step, tuple(files)) if files else None


def _fault(step: StepPlan) -> str | None:
    """Why the code of the step as it is now could not run."""
    source = step.code_source
    if source is None:
        return None
    if not os.path.exists(source):
        return f"step {step.name}: its code came from {source}, which is not there"
    if not isinstance(step, ParallelPlan):
        return None
    if not os.path.isdir(source):
        name = os.path.basename(source)
        if step.entry_script in (name, name.removesuffix(".py")):
            return None
        return f"step {step.name}: {source} is a file now, and not {step.entry_script}"
    fault = fault_of_script(dataclasses.replace(step, code=source))
    return f"step {step.name}: {fault}" if fault else None


def _when(step: StepRecord | None) -> str:
    """Of when the code is that the step has."""
    if step is None or step.new_code is None:
        return "of its submission"
    return f"that was taken at {step.new_code.time[:19].replace('T', ' ')} UTC"
