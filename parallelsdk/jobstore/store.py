"""The jobs of a workspace: make a folder, hold its lock, read its record."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from parallelsdk._streams import STREAMS
from parallelsdk.constants import JobStatus
from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.checkpoint import (
    WORTH_BYTES,
    Checkpoint,
    keep_checkpoint,
    read_checkpoint,
)
from parallelsdk.jobstore.event_line import VERSION, Event
from parallelsdk.jobstore.events import EventLog, EventReader, Position
from parallelsdk.jobstore.folding import JobFold
from parallelsdk.jobstore.layout import PRIVATE, PRIVATE_FILE, JobFolder, Workspace
from parallelsdk.jobstore.records import JobRecord, Notice, settle

_EVENTS_BETWEEN_LOOKS: Final = 64  # about twice what is worth a checkpoint
NEWER_LOG = (
    "The log of this job is of a newer parallelsdk (version {} of the log, this one knows {}); "
    "what it says beyond that is not shown."
)


def create_job(workspace: Workspace, name: str) -> JobFolder:
    """A new, empty job folder. Raises FileExistsError when the name is taken, ValidationException
    when it is no name."""
    folder = workspace.job(name)
    workspace.make()
    folder.path.mkdir(mode=PRIVATE)
    fill_folder(folder)
    return folder


def fill_folder(folder: JobFolder) -> None:
    """Make the folders that every job's has."""
    for path in (folder.logs, folder.code, folder.steps):
        path.mkdir()


def take_lock(folder: JobFolder) -> int | None:
    """The file descriptor that holds the job's lock, or None when a driver has it.

    The lock belongs to the open file, so it passes on to a child that inherits the descriptor and
    dies with its last holder: no lock is ever stale. Where standard streams are closed, their
    numbers are free; the lock takes none of them, because a child's streams would replace it.
    FileNotFoundError when there is no folder.
    """
    opened = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fd = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, STREAMS)
    finally:
        os.close(opened)
    try:
        if _lock_now(fd) and _is_at(fd, folder.lock):
            return fd
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None


def _lock_now(fd: int) -> bool:
    """Whether the lock is ours now. Who only asks whether a job runs shares it for an instant."""
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(fd, fcntl.LOCK_UN)


def _is_at(fd: int, path: Path) -> bool:
    """Whether the locked file is still the one at ``path``: its job may have been taken away."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


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
    """The job's record as of now; FileNotFoundError when there is no such job.

    Raises JobException when the job's log is damaged.
    """
    if not folder.path.is_dir():
        raise FileNotFoundError(folder.path)
    return JobWatch(folder).read()


class JobWatch:
    """A job's record kept up to date by reading only what is new, also at the first time."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        kept = read_checkpoint(folder) or Checkpoint(Position(), JobRecord(folder.name))
        # The folder says how the job is called, also when it is a copy under another name.
        self._fold = JobFold(replace(kept.record, name=folder.name))
        self._reader = EventReader(folder.events, kept.position)
        self._kept = kept.position.offset

    def read(self) -> JobRecord:
        """The record as of now."""
        record = self.read_log()
        if record.ended:
            return record
        running = is_running(self._folder)
        if not running:  # asked before this look: a driver that is gone has written its last event
            record = self.read_log()
        return settle(record, running=running)

    def read_log(self) -> JobRecord:
        """The same as the log says it, which does not know whether the job's driver lives."""
        self._fold.add(self._reader.read_news())
        position = self._reader.position
        if position.offset - self._kept >= WORTH_BYTES:
            keep_checkpoint(self._folder, position, self._fold.record)
            self._kept = position.offset
        if position.version <= VERSION:
            return self._fold.record
        note = NEWER_LOG.format(position.version, VERSION)
        return replace(self._fold.record, notices=(*self._fold.record.notices, Notice(note)))


class DriverLog(EventLog):
    """The driver's end of its job's log: what the log has come to is kept beside it as it grows.

    So nobody has to read a week of it at once, whoever asks first.
    """

    def __init__(self, folder: JobFolder) -> None:
        super().__init__(folder.events)
        self._folder = folder
        self._watch: JobWatch | None = None
        self._looks = threading.Lock()  # steps run in threads
        self._since_look = 0

    def append(self, type_: str, /, *, durable: bool = True, **data: Any) -> Event:
        """Append one event and return it, as every log does."""
        event = super().append(type_, durable=durable, **data)
        with self._looks:
            self._since_look += 1
            if self._since_look >= _EVENTS_BETWEEN_LOOKS:
                self._since_look = 0
                self._look()
        return event

    def _look(self) -> None:
        """Read what is new, which keeps a checkpoint; a log that is damaged tells its readers."""
        with contextlib.suppress(JobException, OSError):
            self._watch = self._watch or JobWatch(self._folder)
            self._watch.read_log()


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
    except (JobException, OSError) as error:
        return JobRecord(folder.name, status=JobStatus.UNKNOWN, error=str(error))
