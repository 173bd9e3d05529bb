"""R1, R2, R9: whatever is killed whenever, each row stands in the output once, and only then is the
job Completed."""

from __future__ import annotations

import os
import random
import threading

import pytest

from tests.guarantees.conftest import Case, until

# More of them with, for instance, GUARANTEE_SCHEDULES=1000 GUARANTEE_CRASH_POINTS=120.
SCHEDULES = int(os.environ.get("GUARANTEE_SCHEDULES", "3"))
CRASH_POINTS = int(os.environ.get("GUARANTEE_CRASH_POINTS", "6"))
SLOW = (
    "import os, time\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    with open(os.path.join(os.environ['NOTES'], name), 'a') as note: note.write('x')\n"
    "    time.sleep(0.02)\n"
    "    return [name * 50]\n"
)
LONG = max(180, 20 * (SCHEDULES + CRASH_POINTS))


def _expected(names: list[str]) -> bytes:
    return "".join(f"{name * 50}\n" for name in names).encode()


@pytest.mark.timeout(LONG)
def test_no_row_is_lost_doubled_or_torn_by_any_schedule_of_kills_and_resumes(case: Case) -> None:
    names = case.files(60)
    case.project.script(SLOW)
    case.project.step["retry_settings"] = {"max_retries": 40, "timeout": 60}
    fault_free = case.output(case.finish())
    assert fault_free == _expected(names)
    pause = threading.Event()
    for seed in range(SCHEDULES):
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
                dice.choice(workers).kill()
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


@pytest.mark.timeout(LONG)
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


def test_a_kill_costs_at_most_what_was_in_hand(case: Case) -> None:
    names = case.files(80)
    case.project.script(SLOW)
    name = case.submit()
    kills = 0
    for wanted in (5, 30):
        until(lambda wanted=wanted: len(list(case.notes.iterdir())) >= wanted)
        case.kill_driver(name)
        assert case.status(name) not in ("Running", "Completed")
        assert case.client.jobs.resume(name)
        kills += 1
    assert case.ended(name) == "Completed"
    assert case.output(name) == _expected(names)
    runs = [len((case.notes / file).read_text()) for file in names]
    assert sum(runs) - len(names) <= kills * 2 * 2, "more than 2 x workers redone per kill"


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
