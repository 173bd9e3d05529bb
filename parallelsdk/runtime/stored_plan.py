"""The frozen plan of a job as it lies in its folder.

Paths in the workspace are stored from its root, so that a plan holds wherever the workspace lies;
``workspace`` tells where it lay, for what lies beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from parallelsdk._codec import decode, encode
from parallelsdk.exceptions import ErrorTarget, JobException
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.places import Places
from parallelsdk.jobstore.seal import is_sealed, seal, unseal
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.storage.transfer import replacing

VERSION: Final = 1  # a plan that says none is of version 0: not sealed at first, paths as they were


def read_plan(folder: JobFolder) -> PipelinePlan:
    """The plan of a job, as far as this release understands it; a newer one is not to be run.

    Raises JobException when it cannot be read, or is not as it was sealed.
    """
    try:
        return _decoded(folder, _stored(folder))
    except (OSError, ValueError) as error:
        raise _refusal(
            f"The plan of the job cannot be read from {folder.plan_json} ({error}). "
            "Its outputs and logs are untouched in the same folder."
        ) from error


def plan_to_run(folder: JobFolder) -> PipelinePlan:
    """The same, to be carried out: JobException also for a plan of a newer release."""
    plan = read_plan(folder)
    version = _stored(folder).get("version", 0)
    if version != 0 and (not isinstance(version, int) or version > VERSION):
        raise _refusal(
            f"{folder.plan_json} was written by a newer parallelsdk: it is of version {version}, "
            f"and this one knows {VERSION}. Go on with the job in that release."
        )
    return plan


def write_plan(folder: JobFolder, plan: PipelinePlan) -> None:
    """Put the plan in its place: what was there before or all of it is there, never half of it."""
    places = Places.around(folder.plan_json)
    frame = {"version": VERSION, "workspace": places.root}
    text = json.dumps({**frame, **encode(plan, places.stored)}, indent=1)
    partial = f"{folder.plan_json}.unfinished"  # the next who writes it takes the same name
    with replacing(str(folder.plan_json), unfinished=partial):
        Path(partial).write_bytes(seal(text))


def _stored(folder: JobFolder) -> dict[str, Any]:
    text = folder.plan_json.read_bytes()
    stored = json.loads(unseal(text) if is_sealed(text) else text)
    if not isinstance(stored, dict):
        raise ValueError("it is no object")
    if "version" in stored and not is_sealed(text):
        raise ValueError("its checksum is missing")
    return stored


def _decoded(folder: JobFolder, stored: dict[str, Any]) -> PipelinePlan:
    before = stored.get("workspace")
    root = folder.workspace.root
    places = Places(root, before if isinstance(before, str) else None)
    return decode(PipelinePlan, stored, places.found)


def _refusal(message: str) -> JobException:
    return JobException(message, target=ErrorTarget.JOB)
