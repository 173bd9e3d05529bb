"""Errors of user code name the user's files as the user knows them, and what usually helps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.worker.errors import CodePlace, error_text
from tests.runtime.conftest import Bench, bench

__all__ = ["bench"]


def _traceback(bench: Bench) -> str:
    return (bench.step.logs / "user" / "error" / "0" / "process000.txt").read_text()


def _failing(bench: Bench, script: str) -> str:
    """The error of a job whose only mini-batch fails."""
    bench.add_files(1)
    bench.add_script(script)
    result = bench.run(bench.plan(max_retries=0))
    assert result.status == "Failed" and result.error is not None
    return result.error


def test_files_of_the_snapshot_have_the_names_that_their_author_gave_them() -> None:
    place = CodePlace("/jobs/j/code/0123", "/home/me/src")
    try:
        exec(compile("1 / 0", "/jobs/j/code/0123/score.py", "exec"))
    except ZeroDivisionError as error:
        text = error_text(error, place)
    assert '"/home/me/src/score.py"' in text.traceback and "0123" not in text.traceback
    try:
        compile("def", "/jobs/j/code/0123/helper.py", "exec")
    except SyntaxError as error:
        text = error_text(error, place)
    assert "/home/me/src/helper.py" in text.traceback and "0123" not in text.traceback


def test_of_a_snapshot_of_one_file_too(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("")
    place = CodePlace("/jobs/j/code/0123", str(tmp_path / "score.py"))
    assert place.rename("in /jobs/j/code/0123/score.py") == f"in {tmp_path}/score.py"


def test_a_traceback_holds_no_frames_of_ours_or_of_the_import_system(bench: Bench) -> None:
    (bench.code / "helper.py").write_text("import nothing_of_that_name\n")
    error = _failing(
        bench,
        "def run(paths):\n"
        "    try:\n"
        "        import helper\n"
        "    except ImportError as error:\n"
        "        raise ValueError('no helper') from error\n",
    )
    assert "ValueError: no helper" in error
    text = _traceback(bench)
    assert "nothing_of_that_name" in text and "helper.py" in text and "entry.py" in text
    assert "frozen" not in text and os.sep + "worker" + os.sep not in text


def test_nor_when_the_entry_script_cannot_be_imported(bench: Bench) -> None:
    error = _failing(bench, "import nothing_of_that_name\ndef run(paths): return paths\n")
    assert "No module named 'nothing_of_that_name'" in error
    text = _traceback(bench)
    assert "entry.py" in text
    assert "frozen" not in text and os.sep + "worker" + os.sep not in text


def test_a_relative_file_that_is_not_there_is_looked_for_in_a_folder_that_is_named(
    bench: Bench,
) -> None:
    error = _failing(bench, "def run(paths): return open('model.txt').read()\n")
    assert "FileNotFoundError" in error and "'model.txt'" in error
    assert str(bench.step.scratch / "0" / "process000") in error and "__file__" in error


def test_also_when_a_library_wraps_the_error(bench: Bench) -> None:
    error = _failing(
        bench,
        "def run(paths):\n"
        "    try:\n"
        "        open('data/model.txt')\n"
        "    except OSError as error:\n"
        "        raise RuntimeError('no model') from error\n",
    )
    assert "no model" in error and str(bench.step.scratch) in error


@pytest.mark.parametrize(
    ("declared", "refused", "advice"),
    [
        ("'--other'", "unrecognized arguments: ", "let the script call parse_known_args()"),
        ("'--out', type=int", "argument --out: invalid int value", "correct program_arguments"),
    ],
)
def test_arguments_that_argparse_refuses_are_told_with_parse_known_args(
    bench: Bench, declared: str, refused: str, advice: str
) -> None:
    error = _failing(
        bench,
        "import argparse\n"
        "def init():\n"
        "    parser = argparse.ArgumentParser()\n"
        f"    parser.add_argument({declared})\n"
        "    parser.parse_args()\n"
        "def run(paths): return paths\n",
    )
    assert "SystemExit: 2" in error and refused in error
    assert advice in error and "parse_known_args()" in error


def test_any_other_exit_is_no_matter_of_argparse(bench: Bench) -> None:
    error = _failing(bench, "import sys\ndef run(paths): sys.exit(2)\n")
    assert "SystemExit: 2" in error and "argparse" not in error


def test_a_kill_from_outside_may_be_for_want_of_memory(bench: Bench) -> None:
    error = _failing(
        bench,
        "import os, signal, time\n"
        "def run(paths):\n"
        "    ballast = b'x' * 200_000_000\n"
        "    time.sleep(2.5)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
    )
    assert "signal 9 (SIGKILL); memory may have run out" in error
    size = float(error.partition("the worker had ")[2].partition(" MB")[0])
    assert 200 < size < 1000
    assert "this machine has" in error and "GB" in error


@pytest.mark.parametrize("where", ["notes", "several lines"])
def test_the_message_is_that_of_the_exception(where: str) -> None:
    error = ValueError("first\nsecond" if where == "several lines" else "first")
    if where == "notes":
        error.add_note("a note")
    text = error_text(error)
    assert text.message.startswith("ValueError: first")
    assert "a note" not in text.message
