"""R14, R16, R20: what user code and data do wrong stays where it happened."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.guarantees.conftest import Case, is_dead, until


def test_two_hundred_megabytes_of_noise_cost_nothing(case: Case) -> None:
    names = case.files(4)
    case.project.script(
        "import os, subprocess, sys\n"
        "def run(paths):\n"
        "    for _ in range(25):\n"
        "        sys.stdout.write('noise' * 200_000)\n"
        "        os.write(2, bytes(range(256)) * 4_000)\n"
        "    subprocess.Popen(['sleep', '3600'])\n"
        "    return [os.path.basename(paths[0])]\n"
    )
    name = case.submit()
    driver: psutil.Process = until(lambda: case.driver(name))
    most = 0

    def over() -> bool:
        nonlocal most
        if not is_dead(driver):
            try:
                most = max(most, driver.memory_info().rss)
            except psutil.NoSuchProcess:
                return True
            return False
        return True

    until(over)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == names
    assert case.counts(name)["retried"] == 0
    assert 0 < most < 700e6
    logs = case.step(name) / "logs" / "user"
    assert sum(path.stat().st_size for path in logs.rglob("*.txt")) > 200e6


def test_corrupt_files_fail_their_mini_batches_or_are_named(case: Case) -> None:
    data = case.project.root / "data"
    case.files(0)
    good = "a,b\n" + "".join(f"{row},{row}\n" for row in range(200))
    (data / "1.csv").write_text(good)
    (data / "2.csv").write_bytes(good.encode() + b'7,"never closed\n\xff\xfe\x00' + b"9,9,9\n" * 40)
    (data / "3.csv").write_text(good)
    (data / "MLTable").write_text(
        "paths:\n  - pattern: ./*.csv\n"
        "transformations:\n  - read_delimited:\n      delimiter: ','\n"
        "      header: all_files_same_headers\n      encoding: utf8\n"
    )
    case.project.step["inputs"]["files"] = {"type": "mltable", "path": "./data"}
    case.project.step["mini_batch_size"] = "1kb"
    case.project.step["retry_settings"] = {"max_retries": 0, "timeout": 60}
    case.project.script("def run(frame): return [str(a) for a in frame['a']]\n")
    began = time.monotonic()
    name = case.submit()
    status = case.ended(name, 30)
    assert time.monotonic() - began < 30
    if status == "Failed":
        assert "2.csv" in case.error(name)
        return
    rows = case.output(name).decode().split()
    for row in range(200):
        assert rows.count(str(row)) >= 2, f"row {row} of a good file is lost"
    counts = case.counts(name)
    assert counts["failed"] > 0, "a corrupt file passed for a good one"


@pytest.mark.parametrize("how", ["hangs", "dies"])
def test_whatever_shutdown_does_nothing_is_lost(
    case: Case, hooks: pytest.MonkeyPatch, how: str
) -> None:
    hooks.setenv("GUARANTEE_SHUTDOWN", "1.5")
    names = case.files(6)
    end = {"hangs": "while True: time.sleep(1)", "dies": "os.kill(os.getpid(), 9)"}[how]
    case.project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    time.sleep(0.1)\n"
        "    return [os.path.basename(paths[0])]\n"
        "def shutdown():\n"
        "    with open(os.path.join(os.environ['NOTES'], str(os.getpid())), 'a') as note:\n"
        "        note.write('x')\n"
        f"    {end}\n"
    )
    name = case.finish()
    assert case.output(name).decode().split() == names
    assert [note.read_text() for note in case.notes.iterdir()] == ["x", "x"]
    told = [str(event.data["message"]) for event in case.events(name, "warning")]
    assert any("shutdown()" in message for message in told), told
    [finished] = case.events(name, "step_finished")
    assert float(finished.data["seconds"]) < 10
