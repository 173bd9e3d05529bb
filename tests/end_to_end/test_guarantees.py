"""The promises of the first release, kept through the public API on the digits example."""

from __future__ import annotations

import csv
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from parallelsdk import MLClient, load_job
from parallelsdk.constants import TERMINAL_STATUSES
from parallelsdk.exceptions import JobException
from tests.end_to_end.conftest import Project

pytest.importorskip("PIL")


@pytest.fixture
def digits(tmp_path: Path, root: Path) -> Path:
    """A copy of the example."""
    return Path(shutil.copytree(root / "examples" / "digits", tmp_path / "digits"))


@pytest.fixture
def client(workspace: Path) -> MLClient:
    return MLClient()


def _predictions(client: MLClient, name: str, folder: Path) -> bytes:
    client.jobs.download(name, download_path=folder, output_name="predictions")
    [file] = [
        path for path in (folder / "named-outputs" / "predictions").rglob("*") if path.is_file()
    ]
    return file.read_bytes()


def _submit(client: MLClient, digits: Path, *, instances: int = 1, slots: int = 1) -> str:
    job = load_job(
        digits / "pipeline.yml",
        params_override=[
            {"jobs.identify.resources.instance_count": instances},
            {"jobs.identify.max_concurrency_per_instance": slots},
            {"jobs.identify.mini_batch_size": "25"},
            {"settings.force_rerun": True},
        ],
    )
    name = client.jobs.create_or_update(job).name
    assert name is not None
    return name


def _workers(name: str) -> Iterator[psutil.Process]:
    """The worker processes of a job, found by the folder in which they work."""
    for process in psutil.process_iter():
        try:
            if f"/jobs/{name}/steps/identify/scratch/" in process.cwd():
                yield process
        except (psutil.Error, OSError):
            continue


def test_the_output_is_the_same_for_any_number_of_slots_and_with_a_worker_killed(
    client: MLClient, digits: Path, tmp_path: Path, workspace: Path
) -> None:
    outputs = {}
    for instances, slots in ((1, 1), (1, 2), (2, 2)):
        name = _submit(client, digits, instances=instances, slots=slots)
        client.jobs.stream(name)
        outputs[f"{instances} x {slots}"] = _predictions(client, name, tmp_path / name)
    name = _submit(client, digits, instances=1, slots=2)
    victim = _first(lambda: next(_workers(name), None) if _done(client, workspace, name) else None)
    victim.kill()
    client.jobs.stream(name)
    outputs["killed"] = _predictions(client, name, tmp_path / name)
    lives = list(
        (workspace / "jobs" / name / "steps/identify/logs/sys/node/0").glob("process*.txt")
    )
    assert len(lives) == 3, "the killed worker was not replaced"
    files = len(list((digits / "images").iterdir()))
    assert outputs["1 x 1"].count(b"\n") == files
    assert len(set(outputs.values())) == 1


def test_a_hanging_run_and_a_dying_worker_cost_what_they_should(
    project: Project, client: MLClient
) -> None:
    project.script(
        "import os, time\n"
        "def run(mini_batch):\n"
        "    name = os.path.basename(mini_batch[0])\n"
        "    if name == 'b': time.sleep(3600)\n"
        "    if name == 'd' and not os.path.exists(os.environ['MARK']):\n"
        "        open(os.environ['MARK'], 'w').close()\n"
        "        os._exit(1)\n"
        "    return [name]\n"
    )
    project.step["environment_variables"] = {"MARK": str(project.root / "mark")}
    project.step["retry_settings"] = {"max_retries": 2, "timeout": 2}
    project.step["error_threshold"] = -1
    name = client.jobs.create_or_update(load_job(project.write())).name
    assert name is not None
    began = time.monotonic()
    client.jobs.stream(name)
    assert time.monotonic() - began < 40
    assert project.download(name).read_text().splitlines() == ["a", "c", "d", "e"]
    attempts = _attempts(project, name)
    assert attempts == {
        "a": ["RUN_DONE"],
        "b": ["RUN_TIMEOUT"] * 3,
        "c": ["RUN_DONE"],
        "d": ["PROCESS_DIED", "RUN_DONE"],
        "e": ["RUN_DONE"],
    }


def test_stream_raises_what_made_the_job_fail(project: Project, client: MLClient) -> None:
    project.script("def run(mini_batch):\n    return 5\n")
    name = client.jobs.create_or_update(load_job(project.write())).name
    assert name is not None
    with pytest.raises(JobException, match="int"):
        client.jobs.stream(name)
    assert client.jobs.get(name).status == "Failed"


def _attempts(project: Project, name: str) -> dict[str, list[str]]:
    logs = project.workspace / "jobs" / name / "steps" / "score" / "logs"
    with (logs / "sys" / "job_report" / "processed_mini-batches.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["Picked Count"]))
    attempts: dict[str, list[str]] = {}
    for row in rows:
        attempts.setdefault("abcde"[int(row["Mini-batch Id"])], []).append(row["Status"])
    return dict(sorted(attempts.items()))


def _done(client: MLClient, workspace: Path, name: str) -> int:
    """How many results the job has committed so far."""
    assert client.jobs.get(name).status not in TERMINAL_STATUSES, "the job ended too soon"
    segments = workspace / "jobs" / name / "steps" / "identify" / "segments"
    return sum(path.stat().st_size > 0 for path in segments.glob("*.seg"))


def _first(find: object, seconds: float = 30) -> psutil.Process:
    """What ``find`` returns as soon as that is something."""
    assert callable(find)
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = find()
        if found is not None:
            assert isinstance(found, psutil.Process)
            return found
        pause.wait(0.005)
    raise AssertionError("nothing was found in time")
