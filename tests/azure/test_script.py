"""A script runs as ``python script.py`` would run it, and leaves nothing behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parallelsdk.azure._script import run_script

Write = Callable[[str], Path]


def test_a_script_is_main_with_its_arguments_and_its_folder_first(
    script: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = script(
        "import sys, neighbour\n"
        "from azure.ai.ml import Input\n"
        "print(__name__, sys.argv, sys.path[0], __file__, neighbour.NAME, Input.__name__)\n"
    )
    (path.parent / "neighbour.py").write_text("NAME = 'neighbour'\n")

    code = run_script(path, ["--flag", "a b"])

    expected = f"__main__ ['{path}', '--flag', 'a b'] {path.parent} {path} neighbour Input\n"
    assert code == 0
    assert capsys.readouterr().out == expected
    del sys.modules["neighbour"]


@pytest.mark.parametrize(
    ("leaving", "code"),
    [("sys.exit()", 0), ("sys.exit(0)", 0), ("sys.exit(7)", 7), ("sys.exit('no way')", 1)],
)
def test_exit_codes_pass_through(script: Write, leaving: str, code: int) -> None:
    assert run_script(script(f"import sys, azure.ai.ml\n{leaving}\n")) == code


def test_a_message_given_to_exit_is_shown(
    script: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    run_script(script("raise SystemExit('no way')\n"))

    assert capsys.readouterr().err.splitlines()[-1] == "no way"


def test_what_the_script_changed_is_put_back(
    script: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_script(
        script(
            "import os, sys, azure.ai.ml.entities, azure.identity\n"
            f"os.chdir({str(tmp_path)!r})\n"
            "sys.path.append('/nowhere')\n"
            "sys.path = ['/elsewhere']\n"
            "sys.argv[:] = ['other']\n"
            "raise ValueError('at the end')\n"
        )
    )

    assert code == 1
    assert "ValueError: at the end" in capsys.readouterr().err
    # and the fixture of this room compares everything


def test_the_current_folder_stays_where_the_user_is(
    script: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    run_script(script("import os\nprint(os.getcwd())\n"))

    assert capsys.readouterr().out.strip() == os.getcwd()


def test_threads_of_the_script_still_find_what_is_played(
    script: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_script(
        script(
            "import sys, threading\n"
            "gate = threading.Event()\n"
            "def work():\n"
            "    gate.wait(30)\n"
            "    from azure.ai.ml import Output\n"
            "    print('found', Output.__name__)\n"
            "threading.Thread(target=work).start()\n"
            "threading.Timer(0.05, gate.set).start()\n"
        )
    )

    assert code == 0
    assert "found Output" in capsys.readouterr().out


def test_interrupting_is_passed_on(script: Write) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_script(script("import azure.ai.ml\nraise KeyboardInterrupt\n"))
