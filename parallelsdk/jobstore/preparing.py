"""A job's folder on its way to its name: made whole in private, then named in one step.

Alone, because of what a client that is killed on the way must not leave: a name that is taken by
nothing. Whoever prepares a folder holds its lock from the beginning, so a lock that nobody holds
tells an abandoned one, and the next submission takes that away.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from types import TracebackType

from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.layout import PRIVATE, JobFolder, Workspace
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import JobWatch, fill_folder, take_lock


class PreparedJob:
    """A new folder without a job's name, locked; at the end of a ``with`` what has none is gone.

    What others have abandoned is removed first.
    """

    def __init__(self, workspace: Workspace) -> None:
        workspace.make()
        sweep(workspace)
        self.folder, self.lock = _new(workspace)
        self._held = True
        try:
            fill_folder(self.folder)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> PreparedJob:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder, if it has got no name, and let go of the lock."""
        shutil.rmtree(self.folder.path, ignore_errors=True)
        self.let_go()

    def give_name(self, name: str) -> JobFolder:
        """Make the folder the job of that name, in one step; FileExistsError when it is taken.

        The lock stays held: it moves on with the folder.
        """
        folder = self.folder.workspace.job(name)
        if not is_taken(folder):
            withdraw(folder)
        try:
            self.folder.path.rename(folder.path)
        except OSError as error:
            if folder.path.exists():
                raise FileExistsError(folder.path) from error
            raise
        return folder

    def let_go(self) -> None:
        """Let go of the lock; a driver that was started with it has it on."""
        if self._held:
            os.close(self.lock)
        self._held = False


def is_taken(folder: JobFolder) -> bool:
    """Whether there is such a job; one whose client was killed before it could start is none."""
    record = _without_driver(folder)
    return folder.path.exists() and (record is None or record.ended)


def withdraw(folder: JobFolder) -> None:
    """Take away a job that never had a driver; nothing happens to another, or while it is locked.

    It loses its name first, so what is left of it when this is interrupted takes no name.
    """
    try:
        lock = take_lock(folder)
    except OSError:  # gone already
        return
    if lock is None:
        return
    try:
        if _without_driver(folder) is not None:
            unnamed = folder.workspace.new_unnamed_job()
            folder.path.rename(unnamed.path)
            shutil.rmtree(unnamed.path, ignore_errors=True)
    finally:
        os.close(lock)


def discard(folder: JobFolder) -> bool:
    """Take away a job that does not run, for good; False, and nothing happens, when it does.

    It loses its name first, so that what is left of it when this is interrupted is no job.
    """
    lock = take_lock(folder)
    if lock is None:
        return False
    try:
        unnamed = folder.workspace.new_unnamed_job()
        folder.path.rename(unnamed.path)
        shutil.rmtree(unnamed.path, ignore_errors=True)
    finally:
        os.close(lock)
    return True


def sweep(workspace: Workspace) -> None:
    """Remove the folders without a name that nobody works at any more."""
    for folder in workspace.unnamed_jobs():
        with contextlib.suppress(OSError):  # its owner, or somebody who sweeps too, was quicker
            lock = take_lock(folder)
            if lock is not None:
                shutil.rmtree(folder.path, ignore_errors=True)
                os.close(lock)


def _new(workspace: Workspace) -> tuple[JobFolder, int]:
    while True:
        folder = workspace.new_unnamed_job()
        folder.path.mkdir(mode=PRIVATE)
        # Until it is locked, somebody who sweeps takes it for abandoned.
        with contextlib.suppress(FileNotFoundError):
            lock = take_lock(folder)
            if lock is not None:
                return folder, lock


def _without_driver(folder: JobFolder) -> JobRecord | None:
    """The record of a job of whose driver its log, if there is one, knows nothing; else None."""
    if not folder.path.is_dir():
        return None
    try:
        record = JobWatch(folder).read_log()
    except (JobException, OSError):  # what it was cannot be told
        return None
    return record if record.started is None else None
