"""Where things lie on disk: the workspace, a job's folder, a step's folder.

Paths only; the one thing made here is the workspace's own folder, which is private to its owner.
"""

from __future__ import annotations

import os
import re
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path

from parallelsdk.exceptions import ValidationException
from parallelsdk.storage.listing import WORKSPACE_MARK

HOME_VARIABLE = "PARALLELSDK_HOME"
FOLDER_NAME = ".parallelsdk"
PRIVATE = 0o700
PRIVATE_FILE = 0o600
DRIVER_LOG = "driver.txt"

_MARK_TEXT = (
    "This folder is a parallelsdk workspace: jobs, their results, and assets. It is not taken for\n"
    "input data or code, even where it lies among them.\n"
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_UNNAMED = ".new-"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


def check_name(name: str, what: str = "job") -> str:
    """``name``, if it is safe as a folder's name; ValidationException if not."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValidationException(
            f"{name!r} is no valid {what} name. Use up to 128 letters, digits, '_', '-' and '.', "
            "starting with a letter or a digit."
        )
    return name


def deny_others(folder: Path) -> None:
    """Let nobody but the owner write to what is below ``folder``, whatever the umask allowed."""
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        if mode & _OTHERS_WRITE and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS_WRITE)


@dataclass(frozen=True, slots=True)
class StepFolder:
    """The folder of one step."""

    path: Path

    @property
    def mini_batches(self) -> Path:
        """The plan of the major input."""
        return self.path / "mini_batches.arrow"

    @property
    def input_versions(self) -> Path:
        """What a store said of the files of the major input, as earlier releases kept it."""
        return self.path / "input_versions.csv"

    @property
    def unfinished(self) -> Path:
        """What is being written and will be moved to its place; swept when the step starts."""
        return self.path / "unfinished"

    @property
    def segments(self) -> Path:
        """Committed results, one file per worker life."""
        return self.path / "segments"

    @property
    def attempts(self) -> Path:
        """Attempts as they ended, in blocks."""
        return self.path / "attempts.jsonl"

    @property
    def errors(self) -> Path:
        """Error texts that attempts refer to."""
        return self.path / "errors.jsonl"

    @property
    def outputs(self) -> Path:
        """What becomes the outputs at the end."""
        return self.path / "outputs"

    def shown(self, output: str) -> Path:
        """What the destination of an output held when the step began, and the step was shown."""
        return self.path / "shown" / output

    @property
    def inputs(self) -> Path:
        """Private copies of inputs in download mode."""
        return self.path / "inputs"

    @property
    def logs(self) -> Path:
        """Azure's tree of logs."""
        return self.path / "logs"

    @property
    def scratch(self) -> Path:
        """The working folders of the workers."""
        return self.path / "scratch"

    @property
    def board(self) -> Path:
        """The heartbeat board that driver and workers share."""
        return self.path / "board"

    @property
    def temporary(self) -> Path:
        """Files of the step's code that nobody needs afterwards; gone when the step has ended."""
        return self.path / "temp"

    @property
    def metrics(self) -> Path:
        """What the step's code has logged as metrics, in lines."""
        return self.path / "metrics.jsonl"

    @property
    def folded_metrics(self) -> Path:
        """What the first of these lines come to."""
        return self.path / "metrics.folded.json"


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The folder of one job; its name is the job's name."""

    path: Path

    @property
    def name(self) -> str:
        """The job's name."""
        return self.path.name

    @property
    def workspace(self) -> Workspace:
        """The workspace that the job belongs to."""
        return Workspace(self.path.parent.parent)

    @property
    def job_yml(self) -> Path:
        """What was submitted, as printed."""
        return self.path / "job.yml"

    @property
    def plan_json(self) -> Path:
        """The frozen plan."""
        return self.path / "plan.json"

    @property
    def events(self) -> Path:
        """The append-only log whose fold is the job's status."""
        return self.path / "events.jsonl"

    @property
    def checkpoint(self) -> Path:
        """What a long event log has come to, so that a reader need not begin at its begin."""
        return self.path / "record.json"

    @property
    def lock(self) -> Path:
        """Held by the driver as long as it lives: the only truth on "running"."""
        return self.path / "driver.lock"

    @property
    def code(self) -> Path:
        """Snapshots of the code folders."""
        return self.path / "code"

    @property
    def logs(self) -> Path:
        """Logs of the job itself; the steps have their own."""
        return self.path / "logs"

    @property
    def driver_log(self) -> Path:
        """What the driver process itself wrote."""
        return self.logs / DRIVER_LOG

    @property
    def steps(self) -> Path:
        """The folder of the steps' folders."""
        return self.path / "steps"

    def step(self, name: str) -> StepFolder:
        """The folder of the step of that name."""
        return StepFolder(self.steps / name)

    def deny_others(self) -> None:
        """Let nobody but the owner write to what is there, whatever the umask allowed."""
        deny_others(self.path)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that holds all jobs and assets of a project."""

    root: Path

    @classmethod
    def find(cls, start: str | os.PathLike[str] | None = None) -> Workspace:
        """The workspace for code that runs in ``start`` (default: the current folder).

        ``PARALLELSDK_HOME`` if set, else the nearest ``.parallelsdk`` upwards, else the one that
        would be here. Nothing is made: whoever first writes to it does that.
        """
        home = os.environ.get(HOME_VARIABLE)
        if home:
            root = Path(home).expanduser().absolute()
            if root.exists() and not root.is_dir():
                raise ValidationException(
                    f"{HOME_VARIABLE} is {home!r}, which is no folder. Set it to one, or unset it."
                )
            return cls(root)
        here = Path(start or os.curdir).absolute()
        for folder in (here, *here.parents):
            if (folder / FOLDER_NAME).is_dir():
                return cls(folder / FOLDER_NAME)
        return cls(here / FOLDER_NAME)

    @classmethod
    def at(cls, root: Path) -> Workspace:
        """The workspace in ``root``, made if it is not there."""
        workspace = cls(root.absolute())
        workspace.make()
        return workspace

    def make(self) -> None:
        """Make the workspace, for its owner's eyes alone, if it is not there.

        Raises ValidationException when that is not possible.
        """
        try:
            self.jobs_folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            if not (self.root / ".gitignore").exists():
                self.root.chmod(PRIVATE)
                self._write(".gitignore", "*\n")
            if not (self.root / WORKSPACE_MARK).exists():
                self._write(WORKSPACE_MARK, _MARK_TEXT)
        except OSError as error:
            raise ValidationException(
                f"The workspace {self.root} cannot be used: {error.strerror or error}. "
                f"Set {HOME_VARIABLE} to a folder that you can write to."
            ) from error

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        path.chmod(PRIVATE_FILE)

    @property
    def jobs_folder(self) -> Path:
        """The folder of the jobs' folders."""
        return self.root / "jobs"

    @property
    def index(self) -> Path:
        """The tables of assets and computes."""
        return self.root / "index.sqlite"

    @property
    def code(self) -> Path:
        """Snapshots of the code of registered components."""
        return self.root / "code"

    @property
    def files(self) -> Path:
        """Large files of the code of jobs, each once; the jobs have names or clones of them."""
        return self.root / "files"

    @property
    def config(self) -> Path:
        """What the user says about this workspace, in TOML; it need not be there."""
        return self.root / "config.toml"

    @property
    def digest_key(self) -> Path:
        """The random key of the digests of what must not be written down."""
        return self.root / "digest.key"

    def job_names(self) -> list[str]:
        """The names of the jobs there are, in alphabetical order."""
        if not self.jobs_folder.is_dir():
            return []
        with os.scandir(self.jobs_folder) as entries:
            return sorted(e.name for e in entries if _NAME.fullmatch(e.name) and e.is_dir())

    def unnamed_jobs(self) -> list[JobFolder]:
        """The folders of jobs that are being prepared, or that somebody left so: not jobs yet."""
        if not self.jobs_folder.is_dir():
            return []
        return [JobFolder(path) for path in self.jobs_folder.glob(f"{_UNNAMED}*")]

    def new_unnamed_job(self) -> JobFolder:
        """A folder for a job that is to be prepared, under a name that no job can have."""
        return JobFolder(self.jobs_folder / f"{_UNNAMED}{uuid.uuid4().hex}")

    def job(self, name: str) -> JobFolder:
        """The folder of the job of that name, whether it exists or not."""
        return JobFolder(self.jobs_folder / check_name(name))
