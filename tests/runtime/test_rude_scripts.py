"""Entry scripts and file names that are no gentlemen harm nobody but themselves."""

from __future__ import annotations

import os

import pytest

from parallelsdk.runtime import step_driver
from tests.runtime.conftest import Bench

NAMES = [
    b"new\nline",
    b"caf\xff",
    b"$(touch ran)",
    b"${{inputs.x}}",
    b"x" * 255,
    b" blank",
    b"'q\"",
    b"-rf",
    b".hidden",
    b"\xf0\x9f\x8d\x95",
]


def test_any_legal_file_name_reaches_run_as_a_path_that_opens(bench: Bench) -> None:
    for name in NAMES:
        with open(os.path.join(os.fsencode(bench.data), name), "wb") as file:
            file.write(name)
    bench.add_script(
        "def run(paths):\n    return [open(path, 'rb').read().hex() for path in paths]\n"
    )
    assert bench.run(bench.plan(slots=2)).status == "Completed"
    assert sorted(bytes.fromhex(line) for line in bench.lines) == sorted(NAMES)


def test_a_path_that_is_no_text_is_written_as_the_bytes_that_it_is(bench: Bench) -> None:
    with open(os.path.join(os.fsencode(bench.data), b"caf\xff"), "wb"):
        pass
    bench.add_script("def run(paths): return paths\n")
    assert bench.run(bench.plan()).status == "Completed"
    assert bench.output.read_bytes() == os.fsencode(bench.data) + b"/caf\xff\n"


def test_noise_closed_streams_and_a_changed_world_cost_no_attempt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its thread never ends, and a script would wait for it at its own end.
    monkeypatch.setattr(step_driver, "SHUTDOWN_SECONDS", 2.0)
    bench.add_files(6)
    bench.add_script(
        "import builtins, os, sys, threading, time\n"
        "def init():\n"
        "    threading.Thread(target=threading.Event().wait, daemon=False).start()\n"
        "def run(paths):\n"
        "    sys.stdout.write('x' * 10_000_000)\n"
        "    os.write(2, bytes(range(256)) * 10_000)\n"
        "    sys.stdout.close()\n"
        "    sys.stderr = None\n"
        "    os.environ.clear()\n"
        "    os.chdir('/')\n"
        "    builtins.open = None\n"
        "    time.time = time.monotonic = lambda: 1 / 0\n"
        "    return paths\n"
    )
    assert bench.run(bench.plan(slots=2)).status == "Completed"
    step = bench.record.step("score")
    assert (step.done, step.retried) == (6, 0)
    assert len(bench.lines) == 6


def test_an_interrupt_raised_by_the_script_is_a_failed_attempt(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("def run(paths): raise KeyboardInterrupt\n")
    result = bench.run(bench.plan(max_retries=1))
    assert result.status == "Failed"
    assert bench.record.step("score").retried == 1
    assert result.error is not None and "KeyboardInterrupt" in result.error


def test_an_exception_that_cannot_even_be_printed_is_still_named(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(
        "class Mine(Exception):\n"
        "    def __init__(self, a, b): super().__init__(a)\n"
        "    def __str__(self): raise RuntimeError('no')\n"
        "def run(paths): raise Mine(1, 2)\n"
    )
    result = bench.run(bench.plan(max_retries=0))
    assert result.error is not None and "entry.Mine" in result.error


def test_a_worker_whose_loop_ends_early_is_lost_at_once_whatever_threads_it_has(
    bench: Bench,
) -> None:
    """All descriptors are closed under it: what it has to say cannot be said any more."""
    bench.add_files(3)
    bench.add_script(
        "import os, threading\n"
        "def run(paths):\n"
        "    if paths[0].endswith('1'):\n"
        "        threading.Thread(target=threading.Event().wait).start()\n"
        "        os.closerange(3, 256)\n"
        "    return [os.path.basename(path) for path in paths]\n"
    )
    result = bench.run(bench.plan(max_retries=1))
    assert result.status == "Completed", result.error
    assert bench.lines == ["000", "002"]
    assert (bench.record.step("score").failed, bench.record.step("score").retried) == (1, 1)
