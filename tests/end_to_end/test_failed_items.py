"""A job with failed mini-batches names their items and the cause, wherever one looks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient
from parallelsdk.cli._main import run
from parallelsdk.entities._loading import load_job
from tests.end_to_end.conftest import Project

Captured = pytest.CaptureFixture[str]
READ = """
def run(paths):
    print("reading", [p[-8:] for p in paths])
    return [open(p, encoding="utf-8").read() for p in paths]
"""
CAUSE = "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"


def prepare(project: Project, broken: tuple[int, ...] = (3,), **step: Any) -> None:
    """Fifty files of which some are no text, one in each mini-batch."""
    for number in range(50):
        content = b"\xff\xfe" if number in broken else str(number).encode()
        (project.root / "data" / f"book_{number:02}.txt").write_bytes(content)
    project.script(READ)
    project.step.update({"mini_batch_size": "1", "retry_settings": {"max_retries": 1}, **step})


@pytest.fixture
def books(project: Project) -> Project:
    for file in (project.root / "data").iterdir():
        file.unlink()
    prepare(project)
    return project


def create(project: Project, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parallelsdk", "job", "create", "-f", project.write()]
    return subprocess.run(
        [*map(str, command), "-n", name, "--stream", *words],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_completed_job_says_which_items_failed(books: Project, capsys: Captured) -> None:
    done = create(books, "books")
    assert done.returncode == 0, done.stderr
    line = f"1 mini-batch failed: #3 (book_03.txt): {CAUSE}"
    told = [text.partition(" ")[2] for text in done.stderr.splitlines()]
    assert told[-2:] == [line, "Try again: parallelsdk job retry-failed -n books"]
    assert line in done.stdout.splitlines()
    assert "49 of 50 mini-batches, 1 failed, 49 items, 1 item failed, 1 retried" in done.stdout
    assert run(["job", "list"]) == 0
    assert "Completed (1 failed)" in capsys.readouterr().out
    assert run(["job", "show", "-n", "books", "-o", "json"]) == 0
    (step,) = json.loads(capsys.readouterr().out)["jobs"].values()
    assert step["failures"] == [
        {"mini_batch": 3, "items": "book_03.txt", "attempts": 2, "error": CAUSE}
    ]

    client = MLClient()
    client.jobs.stream("books")
    assert line in capsys.readouterr().out
    job = client.jobs.get("books")
    (failure,) = job.failures
    assert (failure.mini_batch, failure.label, failure.attempts) == (3, "book_03.txt", 2)
    assert failure.items == (str(books.root / "data" / "book_03.txt"),) and failure.cause == CAUSE
    (step,) = job.steps
    assert step.mini_batches == {"total": 50, "done": 49, "failed": 1, "retried": 1}
    assert step.items == {"done": 49, "failed": 1}


def test_errors_names_the_items_of_a_red_job_and_a_retry_mends_them(
    books: Project, capsys: Captured
) -> None:
    prepare(books, (3, 41), mini_batch_error_threshold=1)
    done = create(books, "red")
    assert done.returncode == 1
    assert done.stderr.count(CAUSE) == 1, done.stderr  # once for both
    assert "  #3 (book_03.txt), #41 (book_41.txt)\n" in done.stderr
    assert run(["job", "errors", "-n", "red"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        f"2 mini-batches of step {next(iter(books.document['jobs']))}: {CAUSE}",
        "   #3  book_03.txt, 2 attempts",
        "  #41  book_41.txt, 2 attempts",
    ]
    again, mended = told.err.splitlines()[-2:]
    assert again.endswith(" parallelsdk job resume -n red")
    assert mended.endswith(" parallelsdk job resume -n red --new-code")
    assert run(["job", "errors", "-n", "red", "--mini-batch", "41"]) == 0
    told = capsys.readouterr()
    assert f"    {books.root / 'data' / 'book_41.txt'}" in told.out.splitlines()
    assert f'File "{books.root / "src" / "entry.py"}"' in told.out and CAUSE in told.out
    assert "  reading ['k_41.txt']" in told.out.splitlines()
    assert run(["job", "errors", "-n", "red", "-o", "json", "--query", "[].label"]) == 0
    assert json.loads(capsys.readouterr().out) == ["book_03.txt", "book_41.txt"]
    assert run(["job", "errors", "-n", "red", "--step", "nope"]) == 2
    assert run(["job", "errors", "-n", "red", "--mini-batch", "7"]) == 0
    assert "The mini-batch 7 did not fail" in capsys.readouterr().err

    books.script(READ.replace('encoding="utf-8"', 'errors="replace"'))
    assert run(["job", "resume", "-n", "red", "--new-code", "--stream"]) == 0
    capsys.readouterr()
    assert run(["job", "errors", "-n", "red"]) == 0
    assert "No mini-batch failed: the job red is Completed." in capsys.readouterr().err
    assert MLClient().jobs.get("red").failures == []


def test_of_several_items_the_one_that_the_script_was_at_is_named(
    books: Project, capsys: Captured
) -> None:
    books.script(
        "def run(paths):\n    rows = []\n    for path in paths:\n"
        "        rows.append(open(path, encoding='utf-8').read())\n    return rows\n"
    )
    books.step.update({"mini_batch_size": "10", "mini_batch_error_threshold": 0})
    done = create(books, "ten")
    line = f"1 mini-batch failed: #0 (at book_03.txt, one of 10): {CAUSE}"
    assert line in done.stdout and line in done.stderr, done.stdout + done.stderr

    assert run(["job", "errors", "-n", "ten"]) == 0
    assert "#0  at book_03.txt, one of 10, 2 attempts" in capsys.readouterr().out
    assert run(["job", "errors", "-n", "ten", "--mini-batch", "0"]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "/book_" in line]
    assert [line for line in told if "run() was at this one" in line] == [told[3]]
    [failure] = MLClient().jobs.get("ten").failures
    assert failure.item == failure.items[3] and str(failure.item).endswith("book_03.txt")


def test_failures_of_several_kinds_are_told_apart(books: Project, capsys: Captured) -> None:
    books.script(
        "def run(paths):\n"
        "    number = int(paths[0][-6:-4])\n"
        "    if number % 10 == 1: raise ValueError(f'no {number} in {paths[0]!r}')\n"
        "    if number == 2: raise KeyError('x')\n"
        "    return paths\n"
    )
    done = create(books, "kinds")
    assert done.returncode == 0
    ends = [line.partition(" ")[2] for line in done.stderr.splitlines()[-5:-2]]
    assert ends[0] == "6 mini-batches failed"
    assert ends[1].startswith("  #1 (book_01.txt): ValueError: no 1 in ")
    assert ends[1].endswith(", and 4 more of this kind")
    assert ends[2] == "  #2 (book_02.txt): KeyError: 'x'"
    assert run(["job", "errors", "-n", "kinds"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("5 mini-batches of step ") and "ValueError: no … in …" in lines[0]
    assert [line.split()[0] for line in lines[1:6]] == ["#1", "#11", "#21", "#31", "#41"]
    assert all(f": ValueError: no {n} in '/" in lines[1 + n // 10] for n in (1, 11, 21, 31, 41))
    assert lines[6].startswith("1 mini-batch of step ") and "KeyError: 'x'" in lines[6]


def test_files_of_one_name_are_told_apart_by_their_folders(
    project: Project, capsys: Captured
) -> None:
    for file in (project.root / "data").iterdir():
        file.unlink()
    for folder in ("cat", "dog"):
        (project.root / "data" / folder).mkdir()
        (project.root / "data" / folder / "0001.jpg").write_text(folder)
    project.script(
        "def run(paths):\n    if 'dog' in paths[0]: raise ValueError('corrupt')\n    return paths\n"
    )
    project.step.update({"mini_batch_size": "1", "retry_settings": {"max_retries": 0}})
    done = create(project, "pets")
    assert "1 mini-batch failed: #1 (dog/0001.jpg): ValueError: corrupt" in done.stderr
    assert run(["job", "errors", "-n", "pets"]) == 0
    assert "#1  dog/0001.jpg" in capsys.readouterr().out


def test_what_was_written_is_that_of_the_attempt(books: Project, capsys: Captured) -> None:
    books.step["max_concurrency_per_instance"] = 1
    assert create(books, "loud").returncode == 0
    assert run(["job", "errors", "-n", "loud", "--mini-batch", "3"]) == 0
    told = capsys.readouterr().out.splitlines()
    place = told.index("The last lines that it wrote to stdout:")
    assert told[place + 1 :] == ["  reading ['k_03.txt']"]


def test_a_driver_that_was_killed_leaves_the_failures_that_it_knew(
    project: Project, capsys: Captured
) -> None:
    project.script(
        "import os, pathlib, signal, time, psutil\n\n"
        "def run(paths):\n"
        "    if paths[0].endswith('a'): raise ValueError('no a')\n"
        "    if paths[0].endswith('c'):\n"
        "        home = pathlib.Path(os.environ['PARALLELSDK_HOME'])\n"
        "        log = home / 'jobs/killed/steps/score/errors.jsonl'\n"
        "        while 'no a' not in log.read_text(): time.sleep(0.01)\n"
        "        above = psutil.Process().parents()\n"
        "        driver = next(p for p in above if 'parallelsdk' in ' '.join(p.cmdline()))\n"
        "        os.kill(driver.pid, signal.SIGKILL)\n"
        "        signal.pause()\n"
        "    return paths\n"
    )
    project.step.update(
        {
            "mini_batch_size": "1",
            "retry_settings": {"max_retries": 0},
            "max_concurrency_per_instance": 1,
        }
    )
    done = create(project, "killed")
    assert done.returncode == 1
    line = "1 mini-batch failed: #0 (a): ValueError: no a"
    assert line in done.stderr and line in done.stdout, done.stdout + done.stderr


def test_of_several_failed_steps_all_are_named(project: Project) -> None:
    line = {"type": "command", "environment": "azureml:any:1"}
    project.document["settings"] = {"continue_on_step_failure": True}
    project.document["outputs"] = {}
    project.document["jobs"] = {
        "one": {**line, "command": "echo no such table; exit 1"},
        "two": {
            **line,
            "command": "python -c \"raise ValueError('bad')\"; echo; echo bye; exit 2",
        },
    }
    done = create(project, "two")
    assert "Step one: The command ended with exit code 1; its last line: no such" in done.stdout
    assert "Steps that failed too: two." in done.stdout
    assert "The command ended with exit code 2: ValueError: bad" in done.stdout


def test_a_return_that_stays_short_is_tried_twice_and_names_its_remedy(books: Project) -> None:
    books.script("def run(paths): return ['one']\n")
    prepare_short = {"mini_batch_size": "50", "retry_settings": {"max_retries": 9}}
    books.step.update(prepare_short)
    client = MLClient()
    name = client.jobs.create_or_update(load_job(books.write())).name
    with pytest.raises(Exception, match="No item of any mini-batch succeeded"):
        client.jobs.stream(str(name))
    (failure,) = client.jobs.get(str(name)).failures
    assert failure.attempts == 2 and failure.label == "book_00.txt and 49 more"
    assert failure.cause.startswith("run() returned 1 of 50 items. If that is as it should be")
    assert "error_threshold" in failure.cause and "--short_return item" in failure.cause


def test_one_row_for_each_group_is_the_natural_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: Path, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.csv").write_text(
        "store,n\n" + "".join(f"{store},{n}\n" for store in "abc" for n in range(4))
    )
    (tmp_path / "t" / "MLTable").write_text(
        "paths: [{file: ./a.csv}]\ntransformations: [{read_delimited: {delimiter: ','}}]\n"
    )
    (tmp_path / "entry.py").write_text(
        "def run(frame):\n"
        "    if frame.store[0] == 'b': raise ValueError('not this one')\n"
        "    return [f'{frame.store[0]} {len(frame)}']\n"
    )
    (tmp_path / "p.yml").write_text(
        "type: pipeline\njobs:\n  s:\n    type: parallel\n"
        "    inputs: {d: {type: mltable, path: ./t}}\n    outputs: {o: {type: uri_file}}\n"
        "    input_data: ${{inputs.d}}\n    partition_keys: [store]\n"
        "    retry_settings: {max_retries: 0}\n"
        "    task: {type: run_function, code: ., entry_script: entry.py,\n"
        "      append_row_to: '${{outputs.o}}'}\n"
    )
    assert run(["job", "create", "-f", "p.yml", "-n", "groups", "--stream"]) == 0
    told = capsys.readouterr().out
    assert "1 mini-batch failed: #1 (store=b): ValueError: not this one" in told
    assert "a 4\n" in told and "c 4\n" in told
    (failure,) = MLClient().jobs.get("groups").failures
    assert failure.items == ("rows with store=b",) and failure.partition == {"store": "b"}
