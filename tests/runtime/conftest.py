"""A bench for steps: a script, some files and a plan written by hand, run by real workers."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from parallelsdk.backends._reaper import Reaper
from parallelsdk.backends._registry import open_backend
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, StepFolder, Workspace
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import create_job, read_job
from parallelsdk.planning.plan import (
    InputPlan,
    JobOutputPlan,
    OutputPlan,
    ParallelPlan,
    PipelinePlan,
    Reference,
    RunSettings,
    StepPlan,
    Word,
)
from parallelsdk.runtime.parallel_step import run_parallel_step
from parallelsdk.runtime.step_result import StepResult
from parallelsdk.runtime.stop import Stop

SETTINGS = RunSettings(
    mini_batch_size=1,
    partition_keys=(),
    mini_batch_error_threshold=-1,
    error_threshold=-1,
    allowed_failed_percent=100,
    max_retries=2,
    timeout=60,
    task_overhead_timeout=600,
    progress_update_timeout=900,
    first_task_creation_timeout=600,
    resource_monitor_interval=0,
    logging_level="INFO",
    copy_logs_to_parent=False,
    append_row_file_name="parallel_run_step.txt",
    append_row_dataframe_header=False,
    short_return="mini_batch",
)


@dataclass
class Bench:
    """One job folder with a code folder and a data folder beside it."""

    root: Path
    job: JobFolder
    canceled: Stop = field(default_factory=Stop)

    @property
    def step(self) -> StepFolder:
        return self.job.step("score")

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def code(self) -> Path:
        return self.root / "code"

    @property
    def output(self) -> Path:
        return self.step.outputs / "out" / "out"

    def add_files(self, count: int) -> None:
        """Files called 000, 001, ... whose content is their name."""
        for number in range(count):
            (self.data / f"{number:03}").write_text(f"{number:03}")

    def add_script(self, text: str) -> None:
        (self.code / "entry.py").write_text(text)

    def plan(
        self, *, instances: int = 1, slots: int = 1, append: bool = True, **settings: Any
    ) -> ParallelPlan:
        return ParallelPlan(
            name="score",
            inputs=(InputPlan("data", "uri_folder", "ro_mount", None, str(self.data)),),
            outputs=(OutputPlan("out", "uri_file", "rw_mount", str(self.output)),),
            after=(),
            major_input="data",
            code=str(self.code),
            entry_script="entry.py",
            arguments=(Word(("--out",)), Word((Reference("outputs", "out"),))),
            append_row_to="out" if append else None,
            instance_count=instances,
            slots_per_instance=slots,
            backend="loky",
            settings=dataclasses.replace(SETTINGS, **settings),
            environment_variables={},
        )

    def pipeline(self, *steps: StepPlan, continue_on_step_failure: bool = True) -> PipelinePlan:
        outputs = (JobOutputPlan("result", steps[-1].name, "out"),)
        return PipelinePlan(
            self.job.name,
            "d",
            "e",
            steps,
            outputs,
            continue_on_step_failure=continue_on_step_failure,
        )

    def announce(self, plan: PipelinePlan) -> None:
        """Write the plan and the first event, as a client does before it launches the driver."""
        self.job.plan_json.write_text(plan.to_json())
        steps = [{"name": step.name, "kind": step.kind} for step in plan.steps]
        EventLog(self.job.events).append("job_created", steps=steps)

    def run(self, plan: ParallelPlan) -> StepResult:
        """Run the step in this process, with workers of its own."""
        self.announce(self.pipeline(plan))
        reaper = Reaper()
        try:
            return run_parallel_step(
                plan,
                self.step,
                workspace=self.job.workspace,
                watch=lambda _: None,
                backend=open_backend(plan.backend, reaper=reaper),
                events=EventLog(self.job.events),
                canceled=self.canceled,
            )
        finally:
            reaper.close()

    @property
    def record(self) -> JobRecord:
        return read_job(self.job)

    @property
    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    for name in ("data", "code"):
        (tmp_path / name).mkdir()
    yield Bench(tmp_path, create_job(Workspace.at(tmp_path / "workspace"), "job"))
    left = [p for p in psutil.Process().children(recursive=True) if _is_of(p, tmp_path)]
    deadline = time.monotonic() + 2  # a driver that has said its last word is still closing
    while [p for p in left if _is_of(p, tmp_path)]:
        assert time.monotonic() < deadline, "processes were left behind"


def _is_of(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(str(folder))
    except psutil.Error:
        return False
