"""R1, R2, R9: whatever is killed whenever, each row stands in the output once, and only then is the
job Completed."""

from __future__ import annotations

import os
import random
import threading

import pytest

from tests.guarantees.conftest import (
    CRASH_POINTS,
    DRIVER_KILLS,
    FIRST_SEED,
    SCHEDULES,
    Case,
    kill,
    long_timeout,
    until,
)

SLOW = (
    "import os, time\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    with open(os.path.join(os.environ['NOTES'], name), 'a') as note: note.write('x')\n"
    "    time.sleep(0.02)\n"
    "    return [name * 50]\n"
)
# The n-th call for a file raises, dies or hangs as the seed wants it; enough retries end it well.
FAULTY = (
    "import os, random, time\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    path = os.path.join(os.environ['NOTES'], os.environ['SEED'] + '-' + name)\n"
    "    with open(path, 'a') as note:\n"
    "        note.write('x')\n"
    "        calls = note.tell()\n"
    "    fate = random.Random(f'{os.environ[\"SEED\"]} {name} {calls}').random()\n"
    "    time.sleep(0.02)\n"
    "    if fate < 0.10: raise ValueError(name)\n"
    "    if fate < 0.14: os._exit(3)\n"
    "    if fate < 0.16: os.kill(os.getpid(), 11)\n"
    "    if fate < 0.17: time.sleep(3600)\n"
    "    return [name * 50]\n"
)


def _expected(names: list[str]) -> bytes:
    return "".join(f"{name * 50}\n" for name in names).encode()


@pytest.mark.timeout(long_timeout(10 * SCHEDULES))
def test_no_row_is_lost_doubled_or_torn_by_any_schedule_of_faults_and_resumes(case: Case) -> None:
    """Exceptions, deaths and hangs of run(), killed workers, killed drivers; all from a seed."""
    names = case.files(60)
    case.project.script(SLOW)
    case.project.step["retry_settings"] = {"max_retries": 40, "timeout": 1}
    fault_free = case.output(case.finish())
    assert fault_free == _expected(names)
    case.project.script(FAULTY)
    pause = threading.Event()
    for seed in range(FIRST_SEED, FIRST_SEED + SCHEDULES):
        case.variables(SEED=str(seed))
        dice = random.Random(seed)
        name = case.submit()
        kills = 0
        for _ in range(dice.randint(2, 4)):
            until(lambda name=name: case.workers(name) or case.status(name) == "Completed")
            pause.wait(dice.uniform(0.0, 0.5))
            workers = case.workers(name)
            if case.status(name) == "Completed":
                break
            if workers and dice.random() < 0.5:
                kill(dice.choice(workers))
                continue
            case.kill_driver(name)
            kills += 1
            if case.status(name) != "Completed":
                assert not case.target(name).exists() or case.target(name).read_bytes() == (
                    fault_free
                ), f"half an output, seed {seed}"
                assert case.client.jobs.resume(name)
        assert case.ended(name) == "Completed", f"seed {seed}: {case.error(name)}"
        assert case.output(name) == fault_free, f"seed {seed}"
        assert case.counts(name)["done"] == len(names)


@pytest.mark.timeout(long_timeout(8 * CRASH_POINTS))
def test_wherever_the_driver_dies_a_resume_completes_the_job_with_the_same_output(
    case: Case, hooks: pytest.MonkeyPatch
) -> None:
    names = case.files(4)
    case.project.script(SLOW)
    tally = case.notes / "tally"
    hooks.setenv("GUARANTEE_COUNT", str(tally))
    fault_free = case.output(case.finish())
    assert fault_free == _expected(names)
    calls = tally.stat().st_size
    assert calls > 40, "the hook does not count"
    hooks.delenv("GUARANTEE_COUNT")
    step = max(1.0, calls / CRASH_POINTS)
    deaths = 0
    for number in range(CRASH_POINTS):
        at = min(calls, round(1 + (number + 0.6) * step))
        hooks.setenv("GUARANTEE_CRASH_AT", str(at))
        name = case.submit()
        until(lambda name=name: case.status(name) not in ("Running", "Starting", "NotStarted"))
        status = case.status(name)
        hooks.delenv("GUARANTEE_CRASH_AT")
        target = case.target(name)
        if status == "Completed" or target.exists():
            assert target.read_bytes() == fault_free, f"call {at} of {calls}: {status}"
        if status != "Completed":
            deaths += 1
            assert case.client.jobs.resume(name)
            assert case.ended(name) == "Completed", f"call {at}: {case.error(name)}"
        assert case.output(name) == fault_free, f"call {at} of {calls}"
    assert deaths >= CRASH_POINTS // 2, "the hook does not kill"


@pytest.mark.timeout(long_timeout(6 * DRIVER_KILLS))
def test_a_kill_costs_at_most_what_was_in_hand(case: Case) -> None:
    names = case.files(40 * DRIVER_KILLS)
    case.project.script(SLOW)
    name = case.submit()
    dice, pause, kills = random.Random(0), threading.Event(), 0
    for _ in range(DRIVER_KILLS):
        before = len(os.listdir(case.notes))
        # Most kills strike workers at work; some the driver before it has any.
        if dice.random() < 0.8:
            until(lambda before=before: len(os.listdir(case.notes)) > before + 12)
        pause.wait(dice.uniform(0.0, 0.3))
        case.kill_driver(name)
        if case.status(name) == "Completed":
            break
        assert case.client.jobs.resume(name)
        kills += 1
    assert kills >= DRIVER_KILLS // 2
    assert case.ended(name, 60 + DRIVER_KILLS) == "Completed"
    assert case.output(name) == _expected(names)
    runs = [len((case.notes / file).read_text()) for file in names]
    redone = sum(runs) - len(names)
    print(f"{kills} kills of the driver: {redone} mini-batches redone, at most {max(runs)} times")
    assert redone <= kills * 2 * 2, "more than two redone per slot and kill"


def test_resumes_that_race_are_one(case: Case) -> None:
    names = case.files(10)
    case.project.script(SLOW)
    name = case.submit()
    until(lambda: any(case.notes.iterdir()))
    case.kill_driver(name)
    racing = [case.command("job", "resume", "-n", name) for _ in range(3)]
    for process in racing:
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
    assert case.ended(name) == "Completed"
    assert case.output(name) == _expected(names)
    # One start by the submission; of the racing ones, later ones may find a job that has completed.
    assert len(case.events(name, "job_started")) == 2
    assert not case.client.jobs.resume(name)
    assert len(case.events(name, "job_started")) == 2
