"""Files that cannot be read concern the mini-batch that holds them, and nobody waits for them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guarantees.conftest import Case

READ = (
    "import os\n"
    "def run(paths):\n"
    "    return [os.path.basename(path) + open(path).read() for path in paths]\n"
)
# By name, what each is told to be.
BROKEN = {
    "b-gone.csv": "nothing is there",
    "c-loop.csv": "Too many levels of symbolic links",
    "d-pipe.csv": "is a FIFO, not a file",
    "e-socket.csv": "is a socket, not a file",
    "f-device.csv": "is a device, not a file",
}


@pytest.fixture
def broken(case: Case) -> Iterator[Path]:
    """The input folder of the job, with two good files and one of each kind that is none."""
    folder = case.project.root / "data"
    for path in folder.iterdir():
        path.unlink()
    for name in ("a-good.csv", "z-good.csv"):
        (folder / name).write_text("n\n7\n")
    (folder / "b-gone.csv").symlink_to("nowhere")
    (folder / "c-loop.csv").symlink_to("c-loop.csv")
    os.mkfifo(folder / "d-pipe.csv")
    (folder / "f-device.csv").symlink_to("/dev/zero")
    case.project.step["retry_settings"] = {"max_retries": 0}
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)  # a socket's address may only be so long
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("e-socket.csv")
            os.fchdir(here)
            yield folder
    finally:
        os.fchdir(here)
        os.close(here)


def _told(case: Case, name: str) -> dict[str, str]:
    """What is told of each broken file."""
    report = case.step(name) / "logs/sys/job_report/processed_mini-batches.csv"
    lines = report.read_text().splitlines()
    return {file: line for file in BROKEN for line in lines if f"{file}' " in line}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mode", ["ro_mount", "download", "direct"])
def test_broken_files_of_a_folder_fail_their_own_mini_batches_and_no_other(
    case: Case, broken: Path, mode: str
) -> None:
    case.project.script(READ)
    case.project.step["inputs"]["files"]["mode"] = mode
    name = case.submit()
    assert case.ended(name, 90) == "Completed", case.error(name)
    assert case.output(name).decode().split() == ["a-good.csvn", "7", "z-good.csvn", "7"]
    assert case.counts(name)["failed"] == len(BROKEN)
    told = _told(case, name)
    assert told.keys() == BROKEN.keys()
    assert all(BROKEN[file] in line for file, line in told.items()), told


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mode", ["ro_mount", "download", "direct", "eval_mount", "eval_download"])
def test_broken_files_of_a_table_fail_their_own_mini_batches_and_no_other(
    case: Case, broken: Path, mode: str
) -> None:
    (broken / "MLTable").write_text(
        "paths: [{pattern: '*.csv'}]\ntransformations: [read_delimited]\n"
    )
    case.project.step["inputs"]["files"] = {"type": "mltable", "path": "./data", "mode": mode}
    case.project.step["mini_batch_size"] = "1 mb"
    case.project.script("def run(frame): return list(frame['n'])\n")
    name = case.submit()
    assert case.ended(name, 90) == "Completed", case.error(name)
    assert case.output(name).decode().split() == ["7", "7"]
    told = _told(case, name)
    assert told.keys() == BROKEN.keys()
    assert all(BROKEN[file] in line for file, line in told.items()), told


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mode", ["ro_mount", "eval_download"])
def test_broken_files_of_a_list_in_an_mltable_fail_their_own_mini_batches_and_no_other(
    case: Case, broken: Path, mode: str
) -> None:
    (broken / "MLTable").write_text("paths: [{pattern: '*.csv'}]\n")
    case.project.step["inputs"]["files"] = {"type": "mltable", "path": "./data", "mode": mode}
    case.project.script(READ)
    name = case.submit()
    assert case.ended(name, 90) == "Completed", case.error(name)
    assert case.output(name).decode().split() == ["a-good.csvn", "7", "z-good.csvn", "7"]
    assert _told(case, name).keys() == BROKEN.keys()


@pytest.mark.timeout(120)
def test_a_file_that_was_mended_is_read_when_the_failed_are_tried_again(
    case: Case, broken: Path
) -> None:
    case.project.script(READ)
    name = case.submit()
    assert case.ended(name, 90) == "Completed", case.error(name)
    (broken / "nowhere").write_text("n\n2\n")
    case.client.jobs.retry_failed(name)
    assert case.ended(name, 90) == "Completed", case.error(name)
    assert "b-gone.csvn\n2\n" in case.output(name).decode()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("port", "mode"),
    [
        ({"type": "uri_file", "path": "./pipe"}, "ro_mount"),
        ({"type": "uri_file", "path": "./pipe"}, "download"),
        ({"type": "mltable", "path": "./table"}, "direct"),
        ({"type": "mltable", "path": "./table"}, "eval_mount"),
    ],
    ids=["file", "download", "table", "eval"],
)
def test_an_input_that_is_a_pipe_is_refused_in_bounded_time(
    case: Case, port: dict[str, str], mode: str
) -> None:
    os.mkfifo(case.project.root / "pipe")
    (case.project.root / "table").mkdir()
    os.mkfifo(case.project.root / "table" / "MLTable")
    case.project.step["inputs"]["files"] = {**port, "mode": mode}
    done = case.project.create("--stream")
    assert done.returncode != 0
    assert "is a FIFO, not a file" in done.stderr, done.stderr
    assert case.project.jobs() == []


@pytest.mark.timeout(60)
def test_a_side_input_that_points_at_a_pipe_does_not_hold_a_download(case: Case) -> None:
    case.files(1)
    side = case.project.root / "side"
    side.mkdir()
    (side / "good").write_text("good")
    os.mkfifo(side / "pipe")
    case.project.step["inputs"]["side"] = {
        "type": "uri_folder",
        "path": str(side),
        "mode": "download",
    }
    case.words("${{inputs.side}}")
    case.project.script(
        "import os, sys\ndef run(paths): return [' '.join(sorted(os.listdir(sys.argv[-1])))]\n"
    )
    assert case.output(case.finish()) == b"good pipe\n"
