"""The command line as a whole: how fast it answers, and what its exit codes say."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import __version__
from parallelsdk.cli import _job_list, _main
from parallelsdk.cli._errors import explain
from parallelsdk.exceptions import (
    DataException,
    ErrorCategory,
    JobException,
    MissingExtraException,
    UserErrorException,
    ValidationException,
)

MEASURE = """
import resource, sys
from parallelsdk.cli._main import run
code = run(["job", "--help"])
used = resource.getrusage(resource.RUSAGE_SELF)
heavy = {"pydantic", "pandas", "pyarrow", "fsspec", "loky", "yaml", "rich", "psutil"}
print(code, used.ru_utime + used.ru_stime, sorted(heavy & set(sys.modules)))
"""


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True
    )
    code, seconds, heavy = done.stdout.splitlines()[-1].split(" ", 2)
    assert (code, heavy) == ("0", "[]")
    assert float(seconds) < 0.25


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parallelsdk", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"parallelsdk {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["nope"], ["job", "nope"], ["job", "show"], ["job", "list", "-o", "xml"]]
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _main.run(arguments) == 2
    assert "Error" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValidationException("x"), 2),
        (UserErrorException("x"), 2),
        (DataException("x"), 2),
        (JobException("no such job", error_category=ErrorCategory.USER_ERROR), 2),
        (JobException("the job failed"), 1),
        (MissingExtraException("x"), 4),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), 4),
        (ModuleNotFoundError("No module named 'yaml'", name="yaml"), 4),
        (ModuleNotFoundError("No module named 'parallelsdk.x'", name="parallelsdk.x"), 5),
        (KeyError("x"), 5),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert explain(error)[1] == code


def test_an_internal_error_leaves_a_trace_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> int:
        raise RuntimeError("odd \x1b[31m")

    monkeypatch.setattr(_job_list.list_, "callback", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert _main.run(["job", "list"]) == 5
    told = capsys.readouterr().err
    (trace,) = tmp_path.glob("parallelsdk-trace-*.txt")
    assert "Traceback" not in told
    assert str(trace) in told
    assert "\x1b" not in told
    assert "RuntimeError: odd" in trace.read_text()


def test_an_interruption_is_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any, **__: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(_job_list.list_, "callback", interrupted)
    assert _main.run(["job", "list"]) == 130


def test_a_reader_that_leaves_is_no_error(workspace: Path) -> None:
    command = f"{sys.executable} -c 'from parallelsdk.cli._main import main; main()' job --help"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -c 0"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


def test_no_workspace_that_can_be_made_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PARALLELSDK_HOME", str(tmp_path / "file" / "inside"))
    assert _main.run(["compute", "attach", "cpu", "local"]) == 2
    assert "PARALLELSDK_HOME" in capsys.readouterr().err
