"""Which outputs a job has, and what they are called."""

from __future__ import annotations

from pathlib import Path

from parallelsdk.client.outputs import everything, results
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.store import read_job
from parallelsdk.runtime.stored_plan import read_plan
from tests.client.job_folders import completed_job, prepared_job


def test_the_results_are_the_pipelines_outputs_and_what_no_step_reads(tmp_path: Path) -> None:
    folder = completed_job(Workspace.at(tmp_path))
    found = results(read_plan(folder), read_job(folder))
    assert {output.name: output.full_name for output in found} == {
        "predictions": "score.rows",
        "models": "score.models",
    }


def test_what_passes_between_steps_is_named_with_its_step(tmp_path: Path) -> None:
    folder = completed_job(Workspace.at(tmp_path))
    names = [output.name for output in everything(read_plan(folder), read_job(folder))]
    assert names == ["predictions", "models", "prepare.data"]


def test_the_file_of_appended_rows_is_known(tmp_path: Path) -> None:
    folder = completed_job(Workspace.at(tmp_path))
    rows, models = results(read_plan(folder), read_job(folder))
    assert rows.rows == rows.path == str(folder.step("score").outputs / "rows" / "rows")
    assert models.rows is None


def test_an_output_that_is_not_written_yet_has_no_path(tmp_path: Path) -> None:
    folder, _ = prepared_job(Workspace.at(tmp_path))
    assert {output.path for output in everything(read_plan(folder), read_job(folder))} == {None}
