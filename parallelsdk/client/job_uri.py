"""``azureml://jobs/<job>/outputs/<output>/paths/<path>``: what another job has written.

The output is one of the job's own, or ``step.output``; ``artifacts`` are the files that the code
left in its working folder, as Azure collects them. Looked up when a job is checked or submitted.
"""

from __future__ import annotations

import os
import re
from typing import Final

from parallelsdk.client.lookup import find_job
from parallelsdk.client.outputs import named, outputs_of
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import read_job
from parallelsdk.rules.names import did_you_mean
from parallelsdk.storage.uri import AZUREML_PREFIX

ARTIFACTS: Final = "artifacts"
_URI: Final = re.compile(
    AZUREML_PREFIX
    + r"jobs/(?P<job>[^/]+)/outputs/(?P<output>[^/]+)(?:/paths(?:/(?P<path>.*))?)?/?",
    re.DOTALL,
)
_OF_JOBS: Final = re.compile(AZUREML_PREFIX + "jobs(/|$)")


def is_job_uri(uri: str) -> bool:
    """Whether a text is to name an output of a job; it may still be misspelt."""
    return _OF_JOBS.match(uri) is not None


def job_of_uri(uri: str) -> str | None:
    """The job that a text names an output of, None for any other text."""
    found = _URI.fullmatch(uri)
    return None if found is None else found["job"]


def locate_output(workspace: Workspace, uri: str) -> str:
    """The path, or the URL, of what ``uri`` names.

    Raises ValidationException for what is not there, ResourceNotFoundError for an unknown job.
    """
    found = _URI.fullmatch(uri)
    if found is None:
        raise _refusal(
            f"{uri!r} is not of the form azureml://jobs/<job>/outputs/<output>/paths/<path>"
        )
    folder = find_job(workspace, found["job"])
    record = read_job(folder)
    path = os.path.normpath((found["path"] or "").strip("/") or ".")
    if path == ".." or path.startswith("../"):
        raise _refusal(f"{uri!r} leaves the output")
    if found["output"] == ARTIFACTS:
        return _artifact(folder, record, path)
    root = _output(folder, record, found["output"])
    return root if path == "." else f"{root.rstrip('/')}/{path}"


def _output(folder: JobFolder, record: JobRecord, name: str) -> str:
    outputs = outputs_of(folder, record).everything
    output = named(outputs, name)
    if output is not None and output.path is not None:
        return output.path
    if output is not None:
        raise _refusal(
            f'the job "{record.name}" is {record.status}, and its output {name!r} is not written'
            + ("" if record.ended else " yet")
        )
    known = [output.name for output in outputs]
    raise _refusal(f'the job "{record.name}" has no output {name!r}{did_you_mean(name, known)}')


def _artifact(folder: JobFolder, record: JobRecord, path: str) -> str:
    """A file or folder that a step left in its working folder, or its logs."""
    for step in record.steps:
        place = folder.step(step.name)
        for root in (place.scratch, place.path):
            if (root / path).exists() and step.status == JobStatus.COMPLETED:
                return str(root / path)
    raise _refusal(f'no completed step of the job "{record.name}" has left {path!r}')


def _refusal(message: str) -> ValidationException:
    return ValidationException(message, target=ErrorTarget.JOB)
