"""Going on with a job under other thresholds, retries and time-outs.

The plan is replaced under the job's lock, so a job that runs is never touched, and of two that
resume at once only one changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from parallelsdk.client.lookup import read_plan
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.store import is_running, read_job
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.planning.revision import revise
from parallelsdk.runtime.launch import launch
from parallelsdk.storage.transfer import replacing


def resume_with(folder: JobFolder, settings: Mapping[str, object]) -> bool:
    """Start the job again with ``settings``; False, with nothing changed, when it runs or has
    completed.

    Raises ValidationException for settings that cannot be changed, whatever the job's state.
    """
    revise(read_plan(folder), settings)
    record = read_job(folder)
    if record.status == JobStatus.COMPLETED or (is_running(folder) and not record.ended):
        return False
    try:
        launch(folder, before=lambda: _write(folder, revise(read_plan(folder), settings)))
    except JobException:
        if is_running(folder):
            return False  # somebody else was quicker
        raise
    return True


def _write(folder: JobFolder, plan: PipelinePlan) -> None:
    """Replace the stored plan: the old one or the new one is there, never half of one."""
    with replacing(str(folder.plan_json)) as partial:
        Path(partial).write_text(plan.to_json(), encoding="utf-8")
