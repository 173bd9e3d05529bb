"""Each row once, from scripts as people write them: they fork, run pools, close streams, keep files
open until the end, raise, die and hang, while workers and drivers are killed, in the merge, too."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.guarantees.conftest import (
    FIRST_SEED,
    MIXED_SCHEDULES,
    Case,
    kill,
    long_timeout,
    until,
)

# The n-th call for a file does what the seed wants; enough retries end it well.
SCRIPT = """
import atexit, csv, io, multiprocessing as mp, os, random, sys, time
from concurrent.futures import ProcessPoolExecutor

def work(name):
    return name * 25

def init():
    global table, file, rows, place
    rows, place = 0, os.path.join(os.environ['NOTES'], f"{os.environ['SEED']}-{os.getpid()}")
    file = open(place + '.csv', 'w', newline='')
    table = csv.writer(file)
    atexit.register(note_end, os.getpid())
    if random.Random(os.environ['SEED']).random() < 0.3:
        mp.get_context('fork').Process(target=time.sleep, args=(3600,), daemon=True).start()

def note_end(pid):
    if os.getpid() == pid:
        with open(place + '.ended', 'w') as note:
            note.write(f"{rows} {os.getppid()}")

def comes_back(fate):
    # What a forked child does that should have ended.
    if fate < 0.15: return ['a row of a child']
    if fate < 0.25: return []
    if fate < 0.50: raise ValueError('in a child')
    if fate < 0.75: sys.exit(7)
    time.sleep(0.2)
    return ['a late row of a child']

def spoil_streams(fate):
    if fate < 0.25: sys.stdout.close()
    elif fate < 0.50: sys.stderr = io.StringIO()
    elif fate < 0.75: sys.stdout.detach()
    else: sys.stdout = None

def run(paths):
    global rows
    name = os.path.basename(paths[0])
    path = os.path.join(os.environ['NOTES'], os.environ['SEED'] + '-' + name)
    with open(path, 'a') as note:
        note.write('x')
        calls = note.tell()
    dice = random.Random(f"{os.environ['SEED']} {name} {calls}")
    fate, detail = dice.random(), dice.random()
    table.writerow([name] * 20)
    rows += 1
    time.sleep(0.02)
    if fate < 0.15:
        child = os.fork()
        if child == 0:
            return comes_back(detail)
        if detail < 0.6:
            os.waitpid(child, 0)
    elif fate < 0.22:
        with mp.get_context('fork').Pool(2) as pool:
            return [''.join(pool.map(work, [name, name]))]
    elif fate < 0.23:
        with ProcessPoolExecutor(1, mp_context=mp.get_context('spawn')) as pool:
            return [''.join(pool.map(work, [name, name]))]
    elif fate < 0.30:
        spoil_streams(detail)
    elif fate < 0.34: raise ValueError(name)
    elif fate < 0.37: os._exit(3)
    elif fate < 0.39: os.kill(os.getpid(), 9)
    elif fate < 0.40: time.sleep(3600)
    return [work(name) * 2]
"""


@pytest.mark.timeout(long_timeout(15 * MIXED_SCHEDULES))
def test_no_schedule_of_real_scripts_and_kills_loses_doubles_or_tears_a_row(
    case: Case, hooks: pytest.MonkeyPatch
) -> None:
    names = case.files(60)
    expected = "".join(f"{name * 50}\n" for name in names).encode()
    case.project.script(SCRIPT)
    case.project.step["retry_settings"] = {"max_retries": 40, "timeout": 2}
    merges = left = 0
    for seed in range(FIRST_SEED, FIRST_SEED + MIXED_SCHEDULES):
        case.variables(SEED=str(seed))
        dice = random.Random(seed)
        if dice.random() < 0.5:
            hooks.setenv("GUARANTEE_MERGE_CRASH", str(dice.randint(1, 8)))
        name = case.submit()
        killed = _kill_as_the_dice_want(case, name, dice, expected, f"seed {seed}")
        until(lambda name=name: case.status(name) not in ("Running", "Starting"), 120)
        if case.status(name) != "Completed":  # the driver has died in the merge, or after it
            merges += 1
            case.until_nobody_is_left()
            hooks.delenv("GUARANTEE_MERGE_CRASH")
            _check_target(case, name, expected, f"seed {seed}, a driver that died in the merge")
            assert case.client.jobs.resume(name)
        hooks.delenv("GUARANTEE_MERGE_CRASH", raising=False)
        assert case.ended(name, 120) == "Completed", f"seed {seed}: {case.error(name)}"
        told = f"seed {seed}, {len(killed)} kills"
        assert case.output(name) == expected, told
        assert case.counts(name)["done"] == len(names), told
        left += _check_files(case.notes, str(seed), killed, told)
        _check_rests(case.step(name), told)
    print(f"{MIXED_SCHEDULES} schedules, {merges} drivers dead in the merge, {left} workers left")
    assert merges or MIXED_SCHEDULES < 20, "the hook does not kill"
    assert left


def _kill_as_the_dice_want(
    case: Case, name: str, dice: random.Random, expected: bytes, told: str
) -> set[int]:
    """Kill workers and drivers; their process ids."""
    pause, killed = threading.Event(), set()

    def has_ended() -> bool:
        return case.status(name) not in ("Running", "Starting")

    for _ in range(dice.randint(0, 4)):
        until(lambda: case.workers(name) or has_ended())
        pause.wait(dice.uniform(0.0, 1.0))
        workers = case.workers(name)
        if has_ended():
            return killed
        if workers and dice.random() < 0.5:
            worker = dice.choice(workers)
            killed.add(worker.pid)
            kill(worker)
            continue
        driver = until(lambda: case.driver(name) or has_ended())
        if driver is True:  # it was faster
            return killed
        killed.add(driver.pid)
        case.kill_driver(name, driver=driver)
        if case.status(name) != "Completed":
            _check_target(case, name, expected, told)
            assert case.client.jobs.resume(name)
    return killed


def _check_target(case: Case, name: str, expected: bytes, told: str) -> None:
    target = case.target(name)
    assert not target.exists() or target.read_bytes() == expected, f"half an output, {told}"


def _check_files(notes: Path, seed: str, killed: set[int], told: str) -> int:
    """What a worker that left had written into a file that it kept open is there; how many left.

    One whose driver was killed was killed as well, perhaps when it was about to leave.
    """
    left = 0
    for note in notes.glob(f"{seed}-*.ended"):
        rows, driver = map(int, note.read_text().split())
        if killed.isdisjoint((driver, int(note.stem.rpartition("-")[2]))):
            written = note.with_suffix(".csv").read_bytes().count(b"\r\n")
            assert written == rows, f"rows of an open file, {told}"
            left += 1
    return left


def _check_rests(step: Path, told: str) -> None:
    """Nothing unfinished lies where a next step would look."""
    rests = [path for path in (step / "outputs").rglob("*") if "partial" in path.name]
    assert rests == [], told
