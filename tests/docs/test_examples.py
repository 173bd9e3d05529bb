"""Each example runs by itself, as its README says, and brings what it promises."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import list_jobs

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture
def example(tmp_path: Path, workspace: Path) -> Path:
    """A copy of the examples, so that nothing is left behind in the checkout."""
    ignored = shutil.ignore_patterns(".parallelsdk", "__pycache__", "downloaded")
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=ignored)
    return tmp_path / "examples"


def run(folder: Path, *command: str) -> str:
    """Run ``command`` in ``folder`` and give back what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def from_yaml(folder: Path, *options: str) -> str:
    """Submit pipeline.yml through the command line and follow it."""
    create = (sys.executable, "-m", "parallelsdk", "job", "create", "--file", "pipeline.yml")
    return run(folder, *create, "--stream", *options)


def last_job(workspace: Path) -> JobRecord:
    """The record of the newest job."""
    return list_jobs(Workspace.at(workspace))[0]


def output(record: JobRecord, step: str, name: str) -> Path:
    """Where that output of that step lies."""
    return Path(record.step(step).outputs[name].path)


def test_the_iris_yaml_is_the_guides_with_its_misspelt_argument(root: Path) -> None:
    text = (root / "examples" / "iris" / "pipeline.yml").read_text(encoding="utf-8")

    assert "--resource_monitor_interva 20\n" in text


def test_iris_from_yaml_scores_150_rows(example: Path, workspace: Path) -> None:
    printed = from_yaml(example / "iris")

    record = last_job(workspace)
    lines = output(record, "batch_prediction", "job_output_file").read_text().splitlines()
    assert record.status == "Completed"
    assert "--resource_monitor_interval" in printed
    assert lines[0] == "5.1 3.5 1.4 0.2 Setosa Setosa"
    assert len(lines) == 150
    assert sum(line.split()[4] == line.split()[5] for line in lines) == 139


def test_iris_from_python_gives_the_same_bytes_as_from_yaml(example: Path, workspace: Path) -> None:
    from_yaml(example / "iris")
    yaml_job = last_job(workspace)
    run(example / "iris", sys.executable, "pipeline.py")
    python_job = last_job(workspace)

    downloaded = example / "iris" / "downloaded" / "named-outputs" / "predictions"
    files = [path for path in downloaded.rglob("*") if path.is_file()]
    assert python_job.name != yaml_job.name
    assert len(files) == 1
    expected = output(yaml_job, "batch_prediction", "job_output_file").read_bytes()
    assert files[0].read_bytes() == expected


def test_digits_recognises_nearly_all_images_with_four_workers(
    example: Path, workspace: Path
) -> None:
    pytest.importorskip("PIL", reason="needs the extra 'examples'")
    from_yaml(example / "digits")

    record = last_job(workspace)
    step = record.step("identify")
    lines = output(record, "identify", "predictions").read_text().splitlines()
    with open(example / "digits" / "labels.csv", encoding="utf-8", newline="") as file:
        labels = {row["image"]: row["label"] for row in csv.DictReader(file)}
    assert (step.total, step.done, step.slots) == (48, 48, 4)
    assert [line.split()[0] for line in lines] == sorted(labels)
    assert sum(labels[line.split()[0]] == line.split()[1] for line in lines) > 460


def test_the_pipeline_from_python_gives_both_outputs(example: Path, workspace: Path) -> None:
    run(example / "pipeline", sys.executable, "pipeline.py")

    record = last_job(workspace)
    assert record.status == "Completed"
    assert [step.name for step in record.steps] == [
        "prepare_file_tabular_data",
        "file_batch_score",
        "batch_score_with_tabular_input",
    ]
    reports = output(record, "file_batch_score", "job_output_path")
    assert len(list(reports.glob("report_store_*.csv"))) == 6
    scored = output(record, "batch_score_with_tabular_input", "job_output_path")
    rows = [line.split() for line in scored.read_text().splitlines()]
    with open(example / "pipeline" / "dataset" / "oj_sales.csv", newline="") as file:
        sales = list(csv.DictReader(file))
    assert [row[:2] for row in rows] == [[sale["Store"], sale["Brand"]] for sale in sales]


def test_many_models_trains_one_model_for_each_partition(example: Path, workspace: Path) -> None:
    from_yaml(example / "many_models")

    record = last_job(workspace)
    models = output(record, "train", "models")
    paths = sorted(models.glob("*/*/model.json"))
    assert record.step("train").total == 36
    assert len(paths) == 36
    for path in paths:
        model = json.loads(path.read_text(encoding="utf-8"))
        assert (model["Store"], model["Brand"]) == (path.parts[-3], path.parts[-2])
    scores = output(record, "compare", "scores").read_text().splitlines()
    assert len(scores) == 37


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_demo_runs_everything_and_shows_who_took_part(tmp_path: Path, root: Path) -> None:
    pytest.importorskip("PIL", reason="needs the extra 'examples'")
    demo = str(root / "examples" / "demo.py")
    printed = run(tmp_path, sys.executable, demo, "--workspace", str(tmp_path / "demo"))

    assert printed.count("Completed") >= 3
    assert "5.1 3.5 1.4 0.2 Setosa Setosa" in printed
    assert "parallelism: 48 mini-batches" in printed
    assert os.listdir(tmp_path) == ["demo"]
