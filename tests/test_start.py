"""The file that starts our processes, and the plugs for closed streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from parallelsdk import _start


def _run(*words: str, **variables: str) -> str:
    done = subprocess.run(
        _start.start_command(*words), capture_output=True, text=True, check=True,
        env={**os.environ, **variables},
    )  # fmt: skip
    return done.stdout


def test_a_module_and_a_text_run_as_they_do_under_python(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import sys; print(__name__, sys.argv[1:], sys.path[0])\n")
    assert _run("-m", "mine", "a", "b", PYTHONPATH=str(tmp_path)) == (
        f"__main__ ['a', 'b'] {tmp_path}\n"
    )
    assert _run("-c", "import sys; print(__name__, sys.argv)", "x") == "__main__ ['-c', 'x']\n"


def test_the_folder_of_our_modules_is_on_no_path_and_nothing_of_it_shadows_others() -> None:
    code = "import sys; print(sys.path); import exceptions"
    for variables in ({}, {"PYTHONSAFEPATH": "1"}):
        done = subprocess.run(
            _start.start_command("-c", code), capture_output=True, text=True, check=False,
            env={**os.environ, **variables},
        )  # fmt: skip
        assert _start.PACKAGE not in done.stdout
        assert "No module named 'exceptions'" in done.stderr


def test_the_package_is_the_one_of_the_file_whatever_the_path_says(tmp_path: Path) -> None:
    (tmp_path / "parallelsdk").mkdir()
    (tmp_path / "parallelsdk" / "__init__.py").write_text("raise ImportError('another one')\n")
    code = "import parallelsdk, parallelsdk._start as s; print(parallelsdk.__file__, s.PATH[0])"
    told = _run("-c", code, PYTHONPATH=str(tmp_path)).split()
    assert told == [os.path.join(_start.PACKAGE, "__init__.py"), str(tmp_path)]


def test_a_command_line_of_python_is_led_through_the_file() -> None:
    file = os.path.join(_start.PACKAGE, "_start.py")
    assert _start.through_start(["py", "-B", "-m", "x", "-c"]) == [
        "py",
        "-B",
        file,
        "-m",
        "x",
        "-c",
    ]
    assert _start.through_start(["py", "-c", "text"]) == ["py", file, "-c", "text"]
    assert _start.through_start(["py", "file"]) == ["py", "file"]


def test_plugged_streams_are_inherited_and_can_be_written_to() -> None:
    code = (
        "import os, subprocess, sys\n"
        "from parallelsdk._streams import plug_closed_streams\n"
        "assert sys.stdin is sys.stdout is sys.stderr is None\n"
        "plug_closed_streams()\n"
        "print('x'); print('y', file=sys.stderr, flush=True)\n"
        "assert sys.stdin.read() == ''\n"
        "os.write(1, b'z')\n"
        "child = [sys.executable, '-c', 'import os; os.write(2, b\"z\")']\n"
        "assert subprocess.run(child).returncode == 0\n"
        "fd = os.open(os.devnull, os.O_RDONLY)\n"
        "os._exit(0 if fd > 2 else 3)\n"
    )
    line = f'exec {sys.executable} -c "$CODE" <&- >&- 2>&-'
    done = subprocess.run(["bash", "-c", line], env={**os.environ, "CODE": code}, check=False)
    assert done.returncode == 0
