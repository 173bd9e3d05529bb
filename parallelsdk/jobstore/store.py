"""The jobs of a workspace: make a folder, hold its lock, read its record."""

from __future__ import annotations

import fcntl
import os

from parallelsdk._streams import STREAMS
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import EventReader, read_events
from parallelsdk.jobstore.layout import PRIVATE, JobFolder, Workspace
from parallelsdk.jobstore.records import JobRecord, apply, fold, settle


def create_job(workspace: Workspace, name: str) -> JobFolder:
    """A new, empty job folder. Raises FileExistsError when the name is taken, ValidationException
    when it is no name."""
    folder = workspace.job(name)
    workspace.make()
    folder.path.mkdir(mode=PRIVATE, parents=True)
    folder.logs.mkdir()
    folder.code.mkdir()
    folder.steps.mkdir()
    return folder


def take_lock(folder: JobFolder) -> int | None:
    """The file descriptor that holds the job's lock, or None when a driver has it.

    The lock belongs to the open file, so it passes on to a child that inherits the descriptor and
    dies with its last holder: no lock is ever stale. Where standard streams are closed, their
    numbers are free; the lock takes none of them, because a child's streams would replace it.
    """
    opened = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fd = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, STREAMS)
    finally:
        os.close(opened)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def is_running(folder: JobFolder) -> bool:
    """Whether a driver holds the job's lock."""
    try:
        fd = os.open(folder.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def read_job(folder: JobFolder) -> JobRecord:
    """The job's record as of now; FileNotFoundError when there is no such job."""
    if not folder.path.is_dir():
        raise FileNotFoundError(folder.path)
    running = is_running(folder)  # asked first: a driver that ends now has written its last event
    return fold(folder.name, read_events(folder.events), running=running)


class JobWatch:
    """A job's record kept up to date by reading only what is new."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._reader = EventReader(folder.events)
        self._record = JobRecord(folder.name)

    def read(self) -> JobRecord:
        """The record as of now."""
        running = is_running(self._folder)
        for event in self._reader.read():
            self._record = apply(self._record, event)
        return settle(self._record, running=running)


def list_jobs(workspace: Workspace) -> list[JobRecord]:
    """The records of all jobs, the newest first.

    A job whose log is damaged is Unknown, with the reason as its error; the others are as ever.
    """
    folders = (JobFolder(workspace.jobs_folder / name) for name in workspace.job_names())
    records = [record for folder in folders if (record := _read_or_unknown(folder)) is not None]
    return sorted(records, key=lambda record: record.created or "", reverse=True)


def _read_or_unknown(folder: JobFolder) -> JobRecord | None:
    try:
        return read_job(folder)
    except FileNotFoundError:  # taken away meanwhile
        return None
    except (JobException, OSError, LookupError, TypeError) as error:
        return JobRecord(folder.name, status=JobStatus.UNKNOWN, error=str(error))
