"""R17: a disk that is full is told, is never success, and a resume goes on from there."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guarantees.conftest import Case

BIG = "import os\ndef run(paths):\n    return [os.path.basename(paths[0]) + 'x' * 300_000]\n"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.5 MB where the workspace will be."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1536k", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _expected(names: list[str]) -> bytes:
    return "".join(f"{name}{'x' * 300_000}\n" for name in names).encode()


@pytest.mark.parametrize("count", [12, 3], ids=["for the results", "for the output alone"])
def test_a_full_disk_fails_the_job_and_with_more_space_a_resume_completes_it(
    small_disk: Path, case: Case, count: int
) -> None:
    names = case.files(count)
    case.project.script(BIG)
    name = case.submit()
    status = case.ended(name, 30)
    assert status == "Failed", status
    assert "No space left on device" in case.error(name)
    assert not case.target(name).exists()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name) == _expected(names)


def test_a_disk_without_one_free_byte_ends_the_job_and_is_told(
    small_disk: Path, case: Case
) -> None:
    """Not even a log line can be written any more."""
    filler = small_disk / "filler"
    names = case.files(4)
    case.project.script(
        "import os\n"
        "def run(paths):\n"
        f"    if not os.path.exists({str(case.notes / 'mended')!r}):\n"
        f"        with open({str(filler)!r}, 'ab', buffering=0) as file:\n"
        "            try:\n"
        "                while file.write(bytes(512)): pass\n"
        "            except OSError: pass\n"
        "    return [os.path.basename(paths[0])]\n"
    )
    name = case.submit()
    assert case.ended(name, 30) == "Failed"
    assert "No space left on device" in case.error(name)
    assert not case.target(name).exists()
    filler.unlink()
    (case.notes / "mended").touch()
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == names


def test_files_that_may_not_grow_fail_the_job_and_a_resume_completes_it(case: Case) -> None:
    names = case.files(12)
    case.project.script(BIG)
    case.project.write()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    with case.command(
        "job", "create", "-f", "pipeline.yml", "-n", "one", "--stream", preexec_fn=limit
    ) as creating:
        _, said = creating.communicate(timeout=60)
    assert creating.returncode == 1
    assert "File too large" in said
    assert case.status("one") == "Failed"
    assert not case.target("one").exists()
    assert case.client.jobs.resume("one")
    assert case.ended("one") == "Completed", case.error("one")
    assert case.output("one") == _expected(names)
