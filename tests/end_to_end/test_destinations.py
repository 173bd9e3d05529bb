"""Destinations of outputs that can only fail after all the work are refused before any of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.exceptions import DataException
from parallelsdk.storage.delivery import deliver_output
from parallelsdk.storage.transfer import replacing
from tests.end_to_end.conftest import Project

Make = Callable[[Project, Path], object]


def _outputs(project: Project, **outputs: tuple[str, object]) -> None:
    """Give the step these outputs, each with a type and a path."""
    project.document["outputs"] = {}
    project.step["outputs"] = {
        name: {"type": type, "path": str(path)} for name, (type, path) in outputs.items()
    }


def _destination(project: Project, type: str, path: object) -> None:
    _outputs(project, names=(type, path))


def _side(project: Project, type: str, path: object) -> None:
    _outputs(project, side=(type, path))
    project.step["outputs"]["names"] = {"type": "uri_folder"}


CASES: dict[str, tuple[Make, str]] = {
    "a FIFO": (lambda p, at: (os.mkfifo(at), _destination(p, "uri_file", at)), "is a FIFO"),
    "a FIFO for a folder": (
        lambda p, at: (os.mkfifo(at), _destination(p, "uri_folder", at)),
        "is a FIFO, but the output is a folder",
    ),
    # One that no build can replace by a file, whatever it tries.
    "a device": (
        lambda p, at: _destination(p, "uri_file", os.ttyname(os.openpty()[1])),
        "a device",
    ),
    "a link to a FIFO": (
        lambda p, at: (
            os.mkfifo(at),
            at.with_name("link").symlink_to(at),
            _destination(p, "uri_file", at.with_name("link")),
        ),
        "is a FIFO",
    ),
    "a socket": (
        lambda p, at: (os.mknod(at, stat.S_IFSOCK), _destination(p, "uri_file", at)),
        "is a socket",
    ),
    "a file for a folder": (
        lambda p, at: (at.touch(), _destination(p, "uri_folder", at)),
        "is a file, but the output is a folder",
    ),
    "a folder for a file": (
        lambda p, at: (at.mkdir(), _destination(p, "uri_file", at)),
        "is a folder, but the output is a file",
    ),
    "below a file": (
        lambda p, at: (at.touch(), _destination(p, "uri_folder", at / "deep" / "down")),
        "is a file, and",
    ),
    "below a link to nowhere": (
        lambda p, at: (at.symlink_to("nowhere"), _destination(p, "uri_folder", at / "down")),
        "is a link that leads nowhere",
    ),
    "a link to nowhere": (
        lambda p, at: (at.symlink_to("nowhere"), _destination(p, "uri_folder", at)),
        "is a link that leads nowhere",
    ),
    "a folder that cannot be written to": (
        lambda p, at: _destination(p, "uri_folder", "/proc/self/results"),
        "cannot be written to",
    ),
    "a place where nothing can be made": (
        lambda p, at: _destination(p, "uri_folder", "/proc/results"),
        "cannot be written to",
    ),
    "the entry script": (
        lambda p, at: _destination(p, "uri_file", p.root / "src" / "entry.py"),
        "is the entry script of score",
    ),
    "a web server": (
        lambda p, at: _destination(p, "uri_file", "https://example.invalid/rows.txt"),
        "https only reads",
    ),
    "memory": (
        lambda p, at: _destination(p, "uri_file", "memory://rows.txt"),
        "memory of one process",
    ),
    "a scheme that nobody knows": (
        lambda p, at: _destination(p, "uri_file", "nonsense://rows.txt"),
        "cannot be opened",
    ),
    "a name that is too long": (
        lambda p, at: _destination(p, "uri_folder", at / ("n" * 256)),
        "has over 255 bytes",
    ),
    "a byte 0 in the path": (
        lambda p, at: _destination(p, "uri_folder", f"{at}/a\0b"),
        "a NUL character",
    ),
    "the workspace": (
        lambda p, at: _destination(p, "uri_folder", p.workspace),
        "belongs to the workspace",
    ),
    "a folder in the place of the rows": (
        lambda p, at: (
            (at / "parallel_run_step.txt").mkdir(parents=True),
            _destination(p, "uri_folder", at),
        ),
        "parallel_run_step.txt is a folder, but the output is a file",
    ),
    "the input folder": (
        lambda p, at: _destination(p, "uri_folder", p.root / "data"),
        "is the input score.inputs.files",
    ),
    "a file of the input": (
        lambda p, at: _side(p, "uri_file", p.root / "data" / "a"),
        "is a file of the input score.inputs.files",
    ),
    "a file of the input by another name": (
        lambda p, at: (
            at.symlink_to(p.root / "data"),
            _side(p, "uri_file", at / "a"),
        ),
        "is a file of the input score.inputs.files",
    ),
    "an output within another": (
        lambda p, at: _outputs(
            p, names=("uri_folder", at), side=("uri_folder", f"{at}/below/./it")
        ),
        "is not apart from that of score.outputs.names",
    ),
    "one place by two names": (
        lambda p, at: (
            at.mkdir(),
            at.with_name("link").symlink_to(at),
            _outputs(p, names=("uri_folder", at), side=("uri_folder", at.with_name("link"))),
        ),
        "is that of score.outputs.names",
    ),
    "a name of rows that is too long": (
        lambda p, at: p.step["task"].update(
            program_arguments=f"--append_row_file_name {'n' * 256}"
        ),
        "of at most 255 bytes",
    ),
    "an output's name that is too long": (
        lambda p, at: p.step["outputs"].update({"o" * 256: None}),
        "over 255 bytes",
    ),
}


@pytest.mark.timeout(90)
@pytest.mark.parametrize("case", CASES)
def test_a_destination_that_can_only_fail_is_refused_before_anything_runs(
    project: Project, tmp_path: Path, case: str
) -> None:
    make, words = CASES[case]
    make(project, tmp_path / "at")
    done = project.create("--stream")
    assert done.returncode != 0, done.stderr
    assert words in done.stderr, done.stderr
    assert project.jobs() == [], "something ran"


def test_what_can_be_delivered_is_not_refused(project: Project, tmp_path: Path) -> None:
    """A new folder, one that is there, one beside the input, and one that holds it."""
    (tmp_path / "there").mkdir()
    for path in ("new/deep", "there", "beside"):
        _destination(project, "uri_folder", tmp_path / path)
        done = project.create("--stream")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / path / "parallel_run_step.txt").read_text().split() == list("abcde")
    _side(project, "uri_file", tmp_path / "link")
    (tmp_path / "link").symlink_to("nowhere")
    assert project.create().returncode == 0


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/full")])
def test_what_came_after_the_check_is_not_replaced_either(
    tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    goal, source = tmp_path / "goal", tmp_path / "source"
    source.write_text("rows")
    with (
        pytest.raises(DataException, match=r"is a (FIFO|device), and nothing is written"),
        replacing(str(goal)) as partial,
    ):
        Path(partial).write_text("rows")
        make(goal)
    with pytest.raises(DataException, match="nothing is written in its place"):
        deliver_output(str(source), str(goal))
    assert not goal.is_file()
    assert sorted(os.listdir(tmp_path)) == ["goal", "source"]
