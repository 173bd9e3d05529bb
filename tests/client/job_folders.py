"""Job folders as the driver leaves them, made without a driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.store import create_job
from parallelsdk.planning.plan import (
    CommandPlan,
    InputPlan,
    JobOutputPlan,
    OutputPlan,
    ParallelPlan,
    PipelinePlan,
    RunSettings,
    Word,
)


def run_settings(**changes: Any) -> RunSettings:
    """Settings that no test here looks at, but for ``changes``."""
    values: dict[str, Any] = {
        "mini_batch_size": 1,
        "partition_keys": (),
        "mini_batch_error_threshold": -1,
        "error_threshold": -1,
        "allowed_failed_percent": 100,
        "max_retries": 2,
        "timeout": 60,
        "task_overhead_timeout": 600,
        "progress_update_timeout": 780,
        "first_task_creation_timeout": 600,
        "resource_monitor_interval": 600,
        "logging_level": "INFO",
        "copy_logs_to_parent": False,
        "append_row_file_name": "parallel_run_step.txt",
        "append_row_dataframe_header": False,
        "short_return": "mini_batch",
    }
    return RunSettings(**{**values, **changes})


def two_step_plan(folder: JobFolder) -> PipelinePlan:
    """``prepare`` (a command) writes what ``score`` splits; ``score`` appends rows to a file."""
    prepared = OutputPlan(
        "data", "uri_folder", "rw_mount", f"{folder.path}/steps/prepare/outputs/data"
    )
    rows = OutputPlan(
        "rows", "uri_file", "rw_mount", f"{folder.path}/steps/score/outputs/rows/rows"
    )
    prepare = CommandPlan(
        name="prepare",
        inputs=(),
        outputs=(prepared,),
        after=(),
        command=Word(("true",)),
        code=None,
        environment_variables={},
        timeout=None,
    )
    score = ParallelPlan(
        name="score",
        inputs=(
            InputPlan("data", "uri_folder", "ro_mount", uri=prepared.path, producer="prepare"),
        ),
        outputs=(
            rows,
            OutputPlan(
                "models", "uri_folder", "rw_mount", f"{folder.path}/steps/score/outputs/models"
            ),
        ),
        after=("prepare",),
        major_input="data",
        code="/code",
        entry_script="score.py",
        arguments=(),
        append_row_to="rows",
        instance_count=1,
        slots_per_instance=2,
        backend="loky",
        settings=run_settings(),
        environment_variables={},
    )
    return PipelinePlan(
        name=folder.name,
        display_name="two steps",
        experiment_name="tests",
        steps=(prepare, score),
        outputs=(JobOutputPlan("predictions", "score", "rows"),),
        continue_on_step_failure=True,
        warnings=("pipeline.yml:3: odd",),
    )


def prepared_job(workspace: Workspace, name: str = "kind_pear_1") -> tuple[JobFolder, EventLog]:
    """A job that was submitted and not started."""
    folder = create_job(workspace, name)
    plan = two_step_plan(folder)
    folder.plan_json.write_text(plan.to_json(), encoding="utf-8")
    events = EventLog(folder.events)
    events.append(
        "job_created",
        display_name=plan.display_name,
        experiment_name=plan.experiment_name,
        steps=[{"name": s.name, "kind": s.kind, "display_name": None} for s in plan.steps],
        warnings=list(plan.warnings),
    )
    return folder, events


def completed_job(
    workspace: Workspace, name: str = "kind_pear_1", rows: str = "1 a\n2 b\n"
) -> JobFolder:
    """A job whose two steps completed, with outputs and logs."""
    folder, events = prepared_job(workspace, name)
    events.append("job_launched")
    events.append("job_started", pid=1)
    for step, output, text in (("prepare", "data/part.csv", "x"), ("score", "rows/rows", rows)):
        _write(folder.step(step).outputs / output, text)
        _write(folder.step(step).logs / "job_result.txt", "Completed\n")
    _write(folder.step("score").outputs / "models" / "sub" / "model.json", "{}")
    _write(folder.driver_log, "")
    events.append("step_started", step="score", total_mini_batches=4, slots=2)
    events.append(
        "step_progress",
        step="score",
        done=3,
        failed=1,
        retried=2,
        total=4,
        items_done=3,
        items_failed=1,
    )
    for step in two_step_plan(folder).steps:
        for output in step.outputs:
            events.append(
                "step_output",
                step=step.name,
                output=output.name,
                path=output.path,
                type=output.type,
            )
        events.append("step_finished", step=step.name, status=JobStatus.COMPLETED, seconds=1.5)
    events.append("job_finished", status=JobStatus.COMPLETED, seconds=3.25)
    return folder


def failed_job(
    workspace: Workspace, name: str = "sad_plum_1", error: str = "Step score: boom"
) -> JobFolder:
    """A job whose second step failed."""
    folder, events = prepared_job(workspace, name)
    log = str(folder.step("score").logs / "job_result.txt")
    events.append("job_launched")
    events.append("job_started", pid=1)
    events.append("step_finished", step="prepare", status=JobStatus.COMPLETED, seconds=1.0)
    events.append("step_started", step="score", total_mini_batches=4, slots=2)
    events.append(
        "step_finished", step="score", status=JobStatus.FAILED, seconds=1.0, error="boom", log=log
    )
    events.append("job_finished", status=JobStatus.FAILED, seconds=2.0, error=error, log=log)
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
