"""Disk space: what the workspace takes, and jobs that are removed for good.

A job is removed as it was made, in one step: it loses its name first, and what is left of it when
that is interrupted goes with the next submission. What a job delivered elsewhere stays there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from parallelsdk.client.job_uri import job_of_uri
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import (
    BadTypeError,
    BadValueError,
    ErrorCategory,
    ErrorTarget,
    JobException,
    ValidationException,
)
from parallelsdk.jobstore.assets import AssetKind, AssetStore
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.preparing import discard
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import list_jobs
from parallelsdk.storage.file_store import FileStore
from parallelsdk.storage.uri import is_local, local_path

_MOST_AGE: Final = timedelta(days=365 * 1000)


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes on the disk. A file that several jobs have in common counts as shared, once."""

    jobs: dict[str, int]  # by name, the largest first
    shared: int  # large files of code
    components: int  # code of registered components
    datastores: int
    other: int

    @property
    def total(self) -> int:
        """Everything in the workspace."""
        parts = (*self.jobs.values(), self.shared, self.components, self.datastores, self.other)
        return sum(parts)


@dataclass(frozen=True, slots=True)
class Pruned:
    """The jobs that were removed, and the bytes that are free now."""

    names: list[str]
    freed: int


def usage(workspace: Workspace) -> Usage:
    """What the workspace takes. What others remove meanwhile counts or not."""
    seen: set[tuple[int, int]] = set()
    shared = _bytes(str(workspace.files), seen)
    components = _bytes(str(workspace.code), seen)
    jobs = {name: _bytes(str(workspace.job(name).path), seen) for name in workspace.job_names()}
    stores = _bytes(str(workspace.root / "datastores"), seen)
    other = _bytes(str(workspace.root), seen)
    by_size = dict(sorted(jobs.items(), key=lambda item: -item[1]))
    return Usage(by_size, shared, components, stores, other)


def delete_job(folder: JobFolder, *, force: bool = False) -> None:
    """Remove a job and everything that lies in its folder.

    Raises JobException, and nothing is removed, while it runs, and unless ``force`` also when a
    registered data asset or model lies in it.
    """
    assets = _assets_in(folder)
    if assets and not force:
        raise _refusal(
            f'The job "{folder.name}" holds {", ".join(assets)}, which would be gone with it. '
            "Archive what is no longer needed (parallelsdk data archive), or delete the job with "
            "--force, in Python force=True."
        )
    if not discard(folder):
        raise _refusal(
            f'The job "{folder.name}" runs. Cancel it first: parallelsdk job cancel -n '
            f"{folder.name}"
        )
    FileStore(str(folder.workspace.files)).prune()


def prunable(
    workspace: Workspace, *, older_than: timedelta | None = None, keep: int | None = None
) -> list[str]:
    """The jobs that have ended, or never began, beyond the ``keep`` newest of all jobs, that are
    ``older_than`` since they ended; the newest first.

    Left out are jobs in which registered assets lie. Raises ValidationException for neither.
    """
    if older_than is None and keep is None:
        raise ValidationException("Which jobs? Give older_than, keep, or both.")
    if keep is not None and (not isinstance(keep, int) or isinstance(keep, bool) or keep < 0):
        raise BadValueError(f"keep: must be a number of jobs, 0 or more, found {keep!r:.80}")
    if older_than is not None and not isinstance(older_than, timedelta):
        raise BadTypeError(f"older_than: must be a timedelta, found {older_than!r:.80}")
    if older_than is not None and not timedelta(0) <= older_than <= _MOST_AGE:
        raise BadValueError(
            f"older_than: must be between nothing and a thousand years, found {older_than}"
        )
    records = list(list_jobs(workspace))[keep or 0 :]
    limit = None if older_than is None else datetime.now(UTC) - older_than
    chosen = [r.name for r in records if _is_over(r) and (limit is None or _ended(r) < limit)]
    return [name for name in chosen if not _assets_in(workspace.job(name))]


def remove_jobs(workspace: Workspace, names: Iterable[str]) -> Pruned:
    """Remove jobs, but those that somebody has started again, and files that no job needs."""
    seen: set[tuple[int, int]] = set()
    _bytes(str(workspace.files), seen)
    gone, freed = [], 0
    for name in names:
        size = _bytes(str(workspace.job(name).path), seen)
        if discard(workspace.job(name)):
            gone.append(name)
            freed += size
    return Pruned(gone, freed + FileStore(str(workspace.files)).prune())


def _is_over(record: JobRecord) -> bool:
    return record.ended or record.status in (JobStatus.NOT_STARTED, JobStatus.UNKNOWN)


def _ended(record: JobRecord) -> datetime:
    told = record.finished or record.started or record.created
    return datetime.fromisoformat(told) if told else datetime.min.replace(tzinfo=UTC)


def _assets_in(folder: JobFolder) -> list[str]:
    """The registered assets, not archived, whose data lie in the job's folder."""
    store, inside = AssetStore(folder.workspace), f"{os.path.realpath(folder.path)}{os.sep}"
    found = []
    for kind in (AssetKind.DATA, AssetKind.MODEL):
        for record in store.all(kind):
            path = record.content.get("path")
            if record.archived or not isinstance(path, str):
                continue
            if job_of_uri(path) == folder.name or (
                is_local(path) and (os.path.realpath(local_path(path)) + os.sep).startswith(inside)
            ):
                found.append(f"the {kind} asset {record.name}:{record.version}")
    return found


def _bytes(folder: str, seen: set[tuple[int, int]]) -> int:
    """The bytes on the disk of all files below ``folder`` that were not ``seen``."""
    total = 0
    for found in _files(folder):
        if (key := (found.st_dev, found.st_ino)) not in seen:
            seen.add(key)
            total += found.st_blocks * 512
    return total


def _files(folder: str) -> Iterator[os.stat_result]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(entry.path)
                elif stat.S_ISREG((found := entry.stat(follow_symlinks=False)).st_mode):
                    yield found
    except FileNotFoundError:
        return


def _refusal(message: str) -> JobException:
    return JobException(message, target=ErrorTarget.JOB, error_category=ErrorCategory.USER_ERROR)
