"""Whatever bytes a shell hands over, and whatever locale it has, are no reason to break."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PIPELINE = """type: pipeline
display_name: "caf\u00e9 \u2603"
inputs: {x: a}
jobs:
  s:
    command: printf '%s' ${{inputs.x}} > ${{outputs.o}}
    inputs: {x: "${{parent.inputs.x}}"}
    outputs: {o: {type: uri_file, path: ./out.txt}}
"""
LOCALES = {
    "UTF-8": {"LC_ALL": "C.UTF-8"},
    "C": {"LC_ALL": "C"},
    "C and no help": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


def psdk(folder: Path, locale: dict[str, str], *words: str | bytes) -> subprocess.CompletedProcess:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("LC_", "LANG", "PYTHONUTF8"))}
    return subprocess.run(
        [sys.executable, "-m", "parallelsdk", *words],
        cwd=folder,
        env={**kept, **locale, "PARALLELSDK_HOME": str(folder / "home")},
        capture_output=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.yml").write_text(PIPELINE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("value", ["caf\u00e9 \u2603".encode(), b"\xff\xfe", b"plain"])
def test_values_arrive_to_the_byte_in_every_locale(folder: Path, locale: str, value: bytes) -> None:
    words = ["job", "create", "-f", "p.yml", "-n", "one", "--stream", "--set", b"inputs.x=" + value]
    done = psdk(folder, LOCALES[locale], *words)
    assert done.returncode == 0, done.stderr
    assert (folder / "out.txt").read_bytes() == value
    for words in (
        ["job", "show", "-n", "one"],
        ["job", "list"],
        ["job", "show", "-n", "one", "-o", "json"],
    ):
        told = psdk(folder, LOCALES[locale], *words)
        assert told.returncode == 0 and b"caf" in told.stdout, told.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["job", "create", "-f", "p.yml", "--set", b"inp\xffuts.x=1"],
        ["job", "create", "-f", "p.yml", "-n", b"a\xff"],
        ["job", "show", "-n", b"\xff"],
        ["job", "validate", "-f", b"\xff.yml"],
        ["job", "list", "--query", b"\xff"],
        ["component", "show", "-n", b"\xff"],
        ["data", "create", "--path", b"\xff", "--name", "x"],
        ["compute", "show", "-n", b"\xff", "-o", b"\xff"],
        [b"\xff"],
    ],
)
@pytest.mark.parametrize("locale", ["UTF-8", "C and no help"])
def test_bytes_that_are_no_text_are_answered(
    folder: Path, locale: str, words: list[str | bytes]
) -> None:
    done = psdk(folder, LOCALES[locale], *words)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr and b"Internal error" not in done.stderr


def test_pipelines_inside_pipelines_have_an_end(folder: Path) -> None:
    for depth in range(45):
        inner = f"type: pipeline\nname: n\njobs:\n  s:\n    component: ./n{depth + 1}.yml\n"
        (folder / f"n{depth}.yml").write_text(inner)
    (folder / "n45.yml").write_text("type: command\nname: leaf\ncommand: echo\n")
    for first, code in ((45 - 18, 0), (0, 2)):
        (folder / "nest.yml").write_text(
            f"type: pipeline\njobs: {{s: {{component: ./n{first}.yml}}}}\n"
        )
        done = psdk(folder, LOCALES["UTF-8"], "job", "create", "-f", "nest.yml", "--stream")
        assert done.returncode == code, done.stderr
    assert b"components are nested more than 20 deep" in done.stderr
