"""A traceback shows the user's frames; ours are shown on demand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parallelsdk.azure._script import run_script

SCRIPT = """\
from azure.ai.ml import load_job


def load():
    return load_job("missing.yml")


load()
"""


@pytest.mark.parametrize("debug", [False, True])
def test_frames_of_parallelsdk_are_shown_with_debug_alone(
    script: Callable[[str], Path], capsys: pytest.CaptureFixture[str], debug: bool
) -> None:
    path = script(SCRIPT)

    assert run_script(path, debug=debug) == 1

    told = capsys.readouterr().err
    assert told.count(f'File "{path}"') == 2
    assert "missing.yml" in told.splitlines()[-1]
    assert ("entities/_" in told) is debug
    assert ("runpy" in told) is debug


def test_a_syntax_error_shows_its_line(
    script: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = script("import azure.ai.ml\nif True\n    pass\n")

    assert run_script(path) == 1

    told = capsys.readouterr().err
    assert f'File "{path}", line 2' in told
    assert "SyntaxError" in told.splitlines()[-1]


def test_a_cause_of_the_users_own_is_kept(
    script: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run_script(
        script(
            "try:\n    int('x')\nexcept ValueError as error:\n    raise KeyError('k') from error\n"
        )
    )

    told = capsys.readouterr().err
    assert "ValueError" in told
    assert "KeyError: 'k'" in told
