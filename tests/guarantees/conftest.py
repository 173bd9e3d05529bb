"""A project as the end-to-end tests have it, whose processes can all be found, killed and counted.

Every process of a test inherits a mark in its environment. The kernel shows it for each process,
also for one that has left its group, its session and its parents.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from parallelsdk import MLClient, load_job
from parallelsdk.constants import TERMINAL_STATUSES
from parallelsdk.jobstore.events import Event, read_events
from tests.end_to_end.conftest import Project, project  # noqa: F401

MARK = "GUARANTEE_MARK"
HOOKS = Path(__file__).parent / "hooks"
# How much of each there is. ``make long`` has the figures of a night.
SCHEDULES = int(os.environ.get("GUARANTEE_SCHEDULES", "3"))
MIXED_SCHEDULES = int(os.environ.get("GUARANTEE_MIXED_SCHEDULES", "3"))
FIRST_SEED = int(os.environ.get("GUARANTEE_FIRST_SEED", "0"))
CRASH_POINTS = int(os.environ.get("GUARANTEE_CRASH_POINTS", "6"))
DRIVER_KILLS = int(os.environ.get("GUARANTEE_DRIVER_KILLS", "3"))
HANGS_OF_A_KIND = int(os.environ.get("GUARANTEE_HANGS_OF_A_KIND", "1"))
SIEGE_MINI_BATCHES = int(os.environ.get("GUARANTEE_SIEGE_MINI_BATCHES", "100"))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def long_timeout(seconds: float) -> float:
    """The hard limit, on a busy machine, of a test that has something to do for ``seconds``."""
    return max(180, 3 * seconds)


def until(holds: Callable[[], Any], seconds: float = 60, what: str = "") -> Any:
    """What ``holds`` returns, as soon as that is something."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, what or f"not within {seconds:g} s"
        pause.wait(0.005)
    return found


@dataclass
class Case:
    """One project, one workspace, and all processes that come of them."""

    project: Project
    mark: str

    def __post_init__(self) -> None:
        self.client = MLClient()
        self.notes = self.project.root / "notes"
        self.notes.mkdir()
        self.variables(NOTES=str(self.notes))
        self.project.document["settings"] = {"force_rerun": True}
        self.project.step["error_threshold"] = -1
        self.project.step["mini_batch_error_threshold"] = -1

    # ---- what there is to do

    def variables(self, **values: str) -> None:
        """Environment variables of the step."""
        self.project.step.setdefault("environment_variables", {}).update(values)

    def files(self, count: int) -> list[str]:
        """So many input files in place of the five; their names, in order."""
        data = self.project.root / "data"
        for path in data.iterdir():
            path.unlink()
        names = [f"{number:04}" for number in range(count)]
        for name in names:
            (data / name).write_text(name)
        return names

    def words(self, text: str) -> None:
        """The program arguments."""
        self.project.step["task"]["program_arguments"] = text

    # ---- jobs

    def submit(self) -> str:
        """Submit the document as it is now; the job's name."""
        name = self.client.jobs.create_or_update(load_job(self.project.write())).name
        assert name is not None
        return name

    def status(self, name: str) -> str:
        return str(self.client.jobs.get(name).status)

    def ended(self, name: str, seconds: float = 60) -> str:
        """Wait for the end of a job; its status."""
        until(lambda: self.status(name) in TERMINAL_STATUSES, seconds, f"{name} does not end")
        return self.status(name)

    def finish(self) -> str:
        """Submit, wait until it has completed; the name."""
        name = self.submit()
        assert self.ended(name) == "Completed", self.error(name)
        return name

    def error(self, name: str) -> str:
        finished = self.events(name, "job_finished")
        return str(finished[-1].data["error"]) if finished else ""

    def events(self, name: str, kind: str = "") -> list[Event]:
        events = read_events(self.project.workspace / "jobs" / name / "events.jsonl")
        return [event for event in events if kind in ("", event.type)]

    def counts(self, name: str) -> dict[str, int]:
        """The step's last word on its progress."""
        return dict(self.events(name, "step_progress")[-1].data)

    def attempts(self, name: str) -> dict[str, list[str]]:
        """How the attempts of each mini-batch ended, by the name of its first file."""
        report = self.step(name) / "logs/sys/job_report/processed_mini-batches.csv"
        with report.open(newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: int(row["Picked Count"]))
        attempts: dict[str, list[str]] = {}
        for row in rows:
            [source, *_] = json.loads(row["Mini-batch Detail"])["sources"]
            attempts.setdefault(Path(source).name, []).append(row["Status"])
        return attempts

    def output(self, name: str) -> bytes:
        """The job's output, downloaded."""
        self.client.jobs.download(name, download_path=self.project.root / name, output_name="names")
        files = (self.project.root / name / "named-outputs").rglob("*")
        [file] = [path for path in files if path.is_file()]
        return file.read_bytes()

    def target(self, name: str) -> Path:
        """Where the append_row output is to appear."""
        return self.step(name) / "outputs" / "names" / "names"

    def step(self, name: str) -> Path:
        return self.project.workspace / "jobs" / name / "steps" / "score"

    # ---- processes

    def driver(self, name: str) -> psutil.Process | None:
        """The process that drives the job now, if there is one."""
        started = self.events(name, "job_started")
        try:
            process = psutil.Process(started[-1].data["pid"])
            return process if process in self.processes() else None
        except (IndexError, psutil.Error):
            return None

    def processes(self) -> list[psutil.Process]:
        """Every living process of this test."""
        return [process for process in psutil.process_iter() if _has(process, self.mark)]

    def until_nobody_is_left(self) -> None:
        """Wait for the end of all processes of this test."""
        until(lambda: not self.processes(), 12, "processes are left")

    def workers(self, name: str) -> list[psutil.Process]:
        """The living workers of a job."""
        scratch, found = str(self.step(name) / "scratch"), []
        for process in self.processes():
            with contextlib.suppress(psutil.Error, OSError):
                found += [process] if process.cwd().startswith(scratch) else []
        return found

    def kill_driver(
        self, name: str, number: int = signal.SIGKILL, driver: psutil.Process | None = None
    ) -> None:
        """Send the signal to the driver, once there is one, and wait until it is dead."""
        driver = driver or until(lambda: self.driver(name))
        with contextlib.suppress(psutil.NoSuchProcess):
            driver.send_signal(number)
        until(lambda: is_dead(driver), 12, "the driver does not end")
        # R10: its threads let go of the job a moment after its first one has died.
        until(lambda: self.status(name) != "Running", 5, "a dead driver is said to run")

    def command(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """The command line, in the background."""
        options.setdefault("preexec_fn", _heed_signals)
        return subprocess.Popen(
            [sys.executable, "-m", "parallelsdk", *arguments],
            cwd=self.project.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )


def _heed_signals() -> None:
    """Whoever runs the tests in the background may ignore these, and children inherit that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def kill(process: psutil.Process) -> None:
    """SIGKILL, unless it has died by itself."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def is_dead(process: psutil.Process) -> bool:
    """Gone, or only waiting for its parent to be told."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _has(process: psutil.Process, mark: str) -> bool:
    try:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{MARK}={mark}".encode() in environment and not is_dead(process)


@pytest.fixture
def case(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:  # noqa: F811
    monkeypatch.setenv(MARK, uuid.uuid4().hex)
    made = Case(project, os.environ[MARK])
    yield made
    deadline = time.monotonic() + 2
    while (left := made.processes()) and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    told = [" ".join(process.cmdline()) for process in left if not is_dead(process)]
    for process in left:
        kill(process)
    assert not told, f"processes were left behind: {told}"


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let drivers and workers import the faults; each acts when its variable is set."""
    monkeypatch.setenv("PYTHONPATH", str(HOOKS))
    return monkeypatch
