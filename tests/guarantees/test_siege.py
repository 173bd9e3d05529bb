"""L1: a job under siege, a worker killed every second and the driver every twenty, ends as another
and not much later."""

from __future__ import annotations

import random
import threading
import time

import pytest

from tests.guarantees.conftest import SIEGE_MINI_BATCHES, Case, kill, long_timeout, until

RUN_SECONDS = 0.1
MOST_SLOWER = 2.5
EVERY_WORKER, EVERY_DRIVER = 1.0, 20.0  # seconds between two kills
SCRIPT = (
    "import os, time\n"
    "def run(paths):\n"
    f"    time.sleep({RUN_SECONDS})\n"
    "    return [os.path.basename(paths[0])]\n"
)


@pytest.mark.timeout(long_timeout(RUN_SECONDS * SIEGE_MINI_BATCHES * 3))
def test_a_job_under_siege_completes_with_the_same_output(case: Case) -> None:
    names = case.files(SIEGE_MINI_BATCHES)
    case.project.script(SCRIPT)
    case.project.step["retry_settings"] = {"max_retries": 60, "timeout": 60}
    began = time.monotonic()
    peaceful = case.output(case.finish())
    peace = time.monotonic() - began
    assert peaceful.decode().split() == names
    began = time.monotonic()
    name = case.submit()
    kills = _besiege(case, name)
    siege = time.monotonic() - began
    assert case.output(name) == peaceful
    print(
        f"{kills} kills: {siege:.1f} s instead of {peace:.1f} s, {siege / peace:.2f} times as long"
    )
    if len(names) >= 1000:  # in a short job the start counts for too much
        assert siege <= MOST_SLOWER * peace


def _besiege(case: Case, name: str) -> int:
    """Kill until the job has completed; how often."""
    dice, pause, kills = random.Random(1), threading.Event(), 0
    next_driver = time.monotonic() + EVERY_DRIVER
    while case.status(name) != "Completed":
        pause.wait(EVERY_WORKER)
        if time.monotonic() >= next_driver:
            next_driver += EVERY_DRIVER
            case.kill_driver(name)
            if case.status(name) != "Completed":
                assert case.client.jobs.resume(name)
                until(lambda: case.driver(name) or case.status(name) == "Completed")
        elif workers := case.workers(name):
            kill(dice.choice(workers))
        else:
            continue
        kills += 1
        assert case.status(name) in ("Running", "Starting", "Completed"), case.error(name)
    return kills
