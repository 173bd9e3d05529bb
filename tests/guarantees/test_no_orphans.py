"""R8, R10, R11: nothing outlives a job, and what is told of it is true."""

from __future__ import annotations

import signal
import time

import pytest

from tests.guarantees.conftest import Case, until

FAMILY = (
    "import os, subprocess, time\n"
    "def run(paths):\n"
    "    subprocess.Popen(['sleep', '3600'])\n"
    "    subprocess.Popen(['sleep', '3600'], start_new_session=True)\n"
    "    subprocess.Popen(['sh', '-c', 'sleep 3600 & sleep 3600'], process_group=0)\n"
    "    with open(os.path.join(os.environ['NOTES'], str(os.getpid())), 'w'): pass\n"
    "    {}\n"
    "    return [os.path.basename(paths[0])]\n"
)


@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])
def test_two_seconds_after_the_drivers_death_no_process_is_left(case: Case, number: str) -> None:
    case.project.script(FAMILY.format("time.sleep(3600)"))
    name = case.submit()
    until(lambda: len(list(case.notes.iterdir())) == 2)
    assert len(case.processes()) >= 10
    case.kill_driver(name, getattr(signal, number))
    died = time.monotonic()
    until(lambda: not case.processes(), 2, "processes outlive the driver")
    assert case.status(name) == ("NotResponding" if number == "SIGKILL" else "Canceled")
    assert time.monotonic() - died < 5


def test_nothing_is_left_of_a_job_that_has_ended_by_itself(case: Case) -> None:
    case.project.script(FAMILY.format(""))
    case.finish()
    until(lambda: not case.processes(), 2, "processes outlive their job")


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_a_client_that_is_ended_leaves_a_job_that_is_seen_and_can_be_canceled_and_resumed(
    case: Case, number: str
) -> None:
    mended = case.project.root / "mended"
    case.project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    with open(os.path.join(os.environ['NOTES'], 'running'), 'w'): pass\n"
        f"    while not os.path.exists({str(mended)!r}): time.sleep(0.01)\n"
        "    return [os.path.basename(paths[0])]\n"
    )
    case.project.write()
    creating = case.command("job", "create", "-f", "pipeline.yml", "-n", "one", "--stream")
    with creating:
        until(lambda: (case.notes / "running").exists())
        creating.send_signal(getattr(signal, number))
        creating.communicate(timeout=12)
    assert creating.returncode != 0
    assert case.status("one") in ("Running", "Canceled")
    began = time.monotonic()
    assert case.project.run("job", "cancel", "-n", "one", timeout=20).returncode == 0
    assert case.ended("one", 10) == "Canceled"
    assert time.monotonic() - began < 10
    mended.touch()
    assert case.client.jobs.resume("one")
    assert case.ended("one") == "Completed"
    assert case.output("one") == b"a\nb\nc\nd\ne\n"


def test_a_second_interrupt_kills_a_job_that_does_not_end_when_it_is_asked(case: Case) -> None:
    case.project.script(FAMILY.format("time.sleep(3600)"))
    case.project.write()
    creating = case.command("job", "create", "-f", "pipeline.yml", "-n", "one", "--stream")
    with creating:
        until(lambda: len(list(case.notes.iterdir())) == 2)
        driver = until(lambda: case.driver("one"))
        driver.suspend()
        creating.send_signal(signal.SIGINT)
        until(lambda: case.events("one", "cancel_requested"))
        creating.send_signal(signal.SIGINT)
        _, said = creating.communicate(timeout=12)
    assert creating.returncode == 130
    assert "Killing it" in said and "parallelsdk job resume -n one" in said
    assert case.status("one") == "Canceled"
    until(lambda: not case.processes(), 2, "processes outlive the driver")
