"""R4, R5, R13, R18: clocks strike when they should, not before, and only for what they measure."""

from __future__ import annotations

import statistics
import time

import psutil
import pytest

from tests.guarantees.conftest import HANGS_OF_A_KIND, Case, is_dead, long_timeout, until

HANGS = {
    "loop": "while True: pass",
    "sleep": "time.sleep(3600)",
    "lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "regex": "re.match('(a+)+$', 'a' * 60 + 'b')",
    "long_number": "3 ** (10 ** 9)",
    "deaf": (
        "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]\n"
        "        while True: time.sleep(1)"
    ),
    "masked": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(3600)",
    "stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
    "child": "subprocess.run(['sleep', '3600'])",
    "caught": (
        "\n        while True:\n"
        "            try: time.sleep(3600)\n"
        "            except BaseException: pass"
    ),
}


@pytest.mark.timeout(long_timeout(20 * HANGS_OF_A_KIND))
def test_a_run_that_hangs_is_dead_at_its_deadline_and_not_before(case: Case) -> None:
    branches = "".join(f"    if kind == {kind!r}:\n        {how}\n" for kind, how in HANGS.items())
    case.files(0)
    hangs = [f"{kind}-{number}" for kind in HANGS for number in range(HANGS_OF_A_KIND)]
    for name in (*hangs, "well"):
        (case.project.root / "data" / name).write_text("")
    case.project.script(
        "import os, re, signal, subprocess, threading, time\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    kind = name.split('-')[0]\n"
        "    note = os.path.join(os.environ['NOTES'], name)\n"
        "    with open(note + '.part', 'w') as f: f.write(f'{os.getpid()} {time.monotonic()}')\n"
        "    os.rename(note + '.part', note)\n"
        f"{branches}"
        "    return [name]\n"
    )
    case.project.step["retry_settings"] = {"max_retries": 0, "timeout": 1}
    name = case.submit()
    open_: dict[str, tuple[psutil.Process | None, float]] = {}
    slack: dict[str, float] = {}

    def watched() -> bool:
        for note in case.notes.iterdir():
            if note.suffix or note.name in open_ or note.name == "well":
                continue
            pid, began = note.read_text().split()
            try:
                open_[note.name] = psutil.Process(int(pid)), float(began)
            except psutil.NoSuchProcess:
                open_[note.name] = None, float(began)
        for kind, (process, began) in open_.items():
            if kind not in slack and (process is None or is_dead(process)):
                slack[kind] = time.monotonic() - began - 1
        return len(slack) == len(hangs)

    until(watched, 60 * HANGS_OF_A_KIND)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name) == b"well\n"
    middle, worst = statistics.median(slack.values()), max(slack.values())
    print(
        f"{len(hangs)} hangs: dead {middle:.3f} s after the deadline (median), {worst:.3f} (worst)"
    )
    assert min(slack.values()) > -0.1, slack
    assert max(slack.values()) < 2, slack
    assert case.counts(name)["failed"] == len(hangs)


def test_only_run_is_charged(case: Case) -> None:
    """Slow init(), and a queue that is longer than the time-out, cost no attempt."""
    names = case.files(6)
    case.project.script(
        "import os, time\n"
        "def init(): time.sleep(1.5)\n"
        "def run(paths):\n"
        "    time.sleep(0.4)\n"
        "    return [os.path.basename(paths[0])]\n"
    )
    case.project.step["retry_settings"] = {"max_retries": 0, "timeout": 1}
    name = case.finish()
    assert case.output(name).decode().split() == names
    assert case.counts(name)["retried"] == case.counts(name)["failed"] == 0


@pytest.mark.parametrize(
    ("words", "script", "told"),
    [
        (
            "--first_task_creation_timeout 1",
            "import time\ndef init(): time.sleep(3600)\ndef run(paths): return paths\n",
            "first_task_creation_timeout",
        ),
        (
            "--progress_update_timeout 2",
            "import time\ndef run(paths): time.sleep(3600)\n",
            "progress_update_timeout",
        ),
    ],
)
def test_a_job_that_does_not_move_ends_by_its_clock(
    case: Case, words: str, script: str, told: str
) -> None:
    case.project.script(script)
    case.words(words)
    case.project.step["retry_settings"] = {"max_retries": 0, "timeout": 600}
    began = time.monotonic()
    name = case.submit()
    assert case.ended(name, 14) == "Failed"
    assert time.monotonic() - began < 14
    assert told in case.error(name)


def test_a_wall_clock_that_jumps_changes_nothing(case: Case, hooks: pytest.MonkeyPatch) -> None:
    hooks.setenv("GUARANTEE_CLOCK", "1")
    names = case.files(6)
    case.project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    assert abs(time.time() - time.time()) > 7000, 'the clock does not jump'\n"
        "    time.sleep(0.2)\n"
        "    return [os.path.basename(paths[0])]\n"
    )
    case.words("--progress_update_timeout 5 --first_task_creation_timeout 10")
    case.project.step["retry_settings"] = {"max_retries": 0, "timeout": 3}
    name = case.finish()
    assert case.output(name).decode().split() == names
    assert case.counts(name)["retried"] == case.counts(name)["failed"] == 0
