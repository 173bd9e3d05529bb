"""The same work as a whole parallelsdk job: one empty file per mini-batch, one line per file."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallelsdk.entities import PipelineJob

IDENTITY = """\
import os

def run(mini_batch):
    return [os.path.basename(path) for path in mini_batch]
"""

STAMP = """\
import time

def run(mini_batch):
    return [repr(time.time()) for _ in mini_batch]
"""

SCRIPTS = {"identity": IDENTITY, "stamp": STAMP}


def prepare(folder: Path, count: int) -> None:
    """The input files and the entry scripts; not part of what is measured."""
    files = folder / "files"
    files.mkdir(parents=True)
    for number in range(count):
        (files / f"{number:08d}").touch()
    (folder / "script").mkdir()
    for name, text in SCRIPTS.items():
        (folder / "script" / f"{name}.py").write_text(text, encoding="utf-8")


def build_job(folder: Path, script: str, workers: int) -> Callable[..., PipelineJob]:
    """The pipeline function of one parallel step; its input is the folder of files."""
    from parallelsdk import Input, Output
    from parallelsdk.dsl import pipeline
    from parallelsdk.parallel import RunFunction, parallel_run_function

    measured = parallel_run_function(
        name="measured",
        inputs={"files": Input(type="uri_folder")},
        outputs={"lines": Output(type="uri_file")},
        input_data="${{inputs.files}}",
        mini_batch_size="1",
        instance_count=1,
        max_concurrency_per_instance=workers,
        task=RunFunction(
            code=str(folder / "script"),
            entry_script=f"{script}.py",
            environment="azureml:bench:1",
            append_row_to="${{outputs.lines}}",
        ),
    )

    @pipeline()
    def bench(files):
        return {"lines": measured(files=files).outputs.lines}

    return bench


def run_job(folder: Path, script: str, workers: int) -> list[str]:
    """Build, submit and follow one job in a fresh workspace; the lines of its output."""
    from parallelsdk import Input, MLClient
    from parallelsdk.jobstore.layout import Workspace
    from parallelsdk.jobstore.store import read_job

    os.environ["PARALLELSDK_HOME"] = str(folder / "workspace")
    bench = build_job(folder, script, workers)
    client = MLClient()
    job = client.jobs.create_or_update(bench(Input(type="uri_folder", path=str(folder / "files"))))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        client.jobs.stream(job.name)
    record = read_job(Workspace.find().job(job.name))
    output = record.step("measured").outputs["lines"].path
    return Path(output).read_text(encoding="utf-8").splitlines()
