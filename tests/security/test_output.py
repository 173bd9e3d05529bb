"""S8: text of users reaches a terminal as text; no control character of it gets there."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from tests.end_to_end.conftest import Project

EVIL = "\x1b]0;owned\x07\x1b[31mred\x9b31m\x08\x08\rback\x00\x7f"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
MINE = "\x1b]0;owned"


def _evil(project: Project) -> None:
    text = EVIL.replace("\0", "")
    project.document["display_name"] = project.document["description"] = f"name {text}"
    project.document["tags"] = {"key": text}
    project.document["experiment_name"] = "exp"
    (project.root / "data" / "a\x1b[31m").write_text("x")
    project.step["retry_settings"] = {"max_retries": 0}
    project.script(f"def run(paths): raise ValueError({EVIL!r} + '\\n' + paths[0])\n")


VERBS = (
    ["job", "show", "-n", "one"],
    ["job", "list"],
    ["job", "stream", "-n", "one"],
    ["job", "resume", "-n", "one", "--stream"],
)


def test_no_control_character_is_printed(project: Project) -> None:
    _evil(project)
    created = project.create("-n", "one", "--stream")
    assert created.returncode == 1
    assert "owned" in created.stderr, "the text did not get as far as that"
    for done in (created, *(project.run(*verb) for verb in VERBS)):
        assert not RAW.search(done.stdout), repr(done.stdout)
        assert not RAW.search(done.stderr), repr(done.stderr)


def test_no_control_character_of_a_document_is_printed_in_an_error(project: Project) -> None:
    project.step["task"]["entry_script"] = "\x1b[31mred.py"
    project.step["\x1b]0;owned\x07"] = 1
    done = project.create()
    assert done.returncode == 2
    assert not RAW.search(done.stdout + done.stderr), repr(done.stderr)


@pytest.mark.parametrize("verb", [["job", "create", "-f", "pipeline.yml", "-s"], *VERBS])
def test_a_terminal_gets_no_escape_but_ours(project: Project, verb: list[str]) -> None:
    _evil(project)
    project.write()
    if verb[1] != "create":
        assert project.create("-n", "one", "--stream").returncode == 1
    screen = _on_a_terminal(project, verb)
    assert MINE not in screen, repr(screen)
    assert "\x9b31m" not in screen and "\x07" not in screen and "\x1b[31mred" not in screen


def _on_a_terminal(project: Project, arguments: list[str]) -> str:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "parallelsdk", *arguments],
        cwd=project.root,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**{k: v for k, v in os.environ.items() if k != "CI"}, "TERM": "xterm-256color"},
    ):
        os.close(slave)
        chunks = []
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # the other side is closed
                break
            if not chunk:
                break
            chunks.append(chunk)
    os.close(master)
    return b"".join(chunks).decode("utf-8", "replace")
