"""A driver that runs short of something goes on with what there is, and says what it lacks."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from parallelsdk.backends._process_tree import ProcessTree
from parallelsdk.backends._reaper import MARK
from tests.guarantees.conftest import Case, until
from tests.runtime.conftest import Bench, bench

__all__ = ["bench"]


def _limited(soft: int, hard: int) -> object:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    return limit


def _submit(case: Case, soft: int, hard: int) -> None:
    command = case.command(
        *("job", "create", "--file", str(case.project.write()), "--name", "scarce", "--stream"),
        preexec_fn=_limited(soft, hard),
    )
    _, said = command.communicate(timeout=120)
    assert command.returncode == 0, said + case.error("scarce")


def test_workers_that_find_no_room_are_told_and_the_others_do_the_work(case: Case) -> None:
    names = case.files(40)
    case.project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    time.sleep(0.1)\n"
        "    return [os.path.basename(path) for path in paths]\n"
    )
    case.project.step["max_concurrency_per_instance"] = 12
    _submit(case, 64, 64)
    assert case.output("scarce").decode().split() == names
    assert case.counts("scarce")["retried"] == 0
    told = [str(event.data["message"]) for event in case.events("scarce", "warning")]
    assert any("no worker could be started in slot" in text.lower() for text in told), told
    assert any("Too many open files" in text for text in told), told


def test_the_driver_uses_all_descriptors_that_it_may_have_and_keeps_that_to_itself(
    case: Case,
) -> None:
    case.files(12)
    case.project.script(
        "import os, resource, subprocess\n"
        "def run(paths):\n"
        "    own, _ = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "    child = subprocess.check_output('ulimit -n', shell=True, text=True).strip()\n"
        "    return [f'{own} {child}' for path in paths]\n"
    )
    case.project.step["max_concurrency_per_instance"] = 12
    case.project.document["jobs"]["tell"] = {
        "type": "command",
        "command": "ulimit -S -n > ${{outputs.limit}}",
        "environment": "azureml:any:1",
        "outputs": {"limit": {"type": "uri_file", "path": str(case.project.root / "limit")}},
    }
    _submit(case, 64, 4096)
    assert set(case.output("scarce").decode().splitlines()) == {"64 64"}
    assert (case.project.root / "limit").read_text() == "64\n"
    assert case.events("scarce", "warning") == []


def test_a_step_that_no_worker_can_be_started_for_ends_with_the_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from parallelsdk.backends import _loky
    from parallelsdk.runtime import scheduler

    monkeypatch.setattr(scheduler, "NO_ROOM_SECONDS", 1.0)

    def refuse(*_: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(_loky, "_start", refuse)
    bench.add_files(2)
    bench.add_script("def run(paths): return paths\n")
    result = bench.run(bench.plan(slots=2))
    assert result.status == "Failed"
    assert result.error is not None and "Resource temporarily unavailable" in result.error


@pytest.mark.parametrize(
    "spoil",
    [
        "held.extend(os.open('/dev/null', 0) for _ in range(10**6))",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3)); 1 / 0",
    ],
)
def test_user_code_that_uses_up_descriptors_costs_its_own_worker_and_no_job(
    bench: Bench, spoil: str
) -> None:
    """Our own books need a descriptor, too: to note that the mini-batch has failed."""
    bench.add_files(6)
    bench.add_script(
        "import os, resource\n"
        "held = []\n"
        "def run(paths):\n"
        "    if paths[0].endswith('002'):\n"
        "        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))\n"
        f"        {spoil}\n"
        "    return [os.path.basename(path) for path in paths]\n"
    )
    result = bench.run(bench.plan(max_retries=1))
    assert result.status == "Completed", result.error
    assert bench.lines == ["000", "001", "003", "004", "005"]
    step = bench.record.step("score")
    assert (step.done, step.failed, step.retried) == (5, 1, 1)


def test_user_code_that_uses_up_its_memory_costs_its_own_worker_and_no_job(bench: Bench) -> None:
    bench.add_files(4)
    bench.add_script(
        "import os, resource\n"
        "held = []\n"
        "def run(paths):\n"
        "    if paths[0].endswith('002'):\n"
        "        pages = int(open('/proc/self/statm').read().split()[0])\n"
        "        most = pages * resource.getpagesize() + 20_000_000\n"
        "        resource.setrlimit(resource.RLIMIT_AS, (most, most))\n"
        "        while True: held.append('x' * 1000)\n"
        "    return [os.path.basename(path) for path in paths]\n"
    )
    result = bench.run(bench.plan(max_retries=0))
    assert result.status == "Completed", result.error
    assert bench.lines == ["000", "001", "003"]


def test_logs_that_are_deleted_under_a_running_job_are_no_end_of_it(bench: Bench) -> None:
    bench.add_files(6)
    bench.add_script(
        "import os, shutil, sys\n"
        "def run(paths):\n"
        f"    shutil.rmtree({str(bench.step.logs)!r}, ignore_errors=True)\n"
        "    print('words')\n"
        "    sys.stdout.close()\n"
        "    if paths[0].endswith('002'): raise ValueError('a word')\n"
        "    return [os.path.basename(path) for path in paths]\n"
    )
    result = bench.run(bench.plan(slots=2, max_retries=0))
    assert result.status == "Completed", result.error
    assert bench.lines == ["000", "001", "003", "004", "005"]
    assert (bench.step.logs / "job_result.txt").exists()


@pytest.mark.parametrize("slow", ["__str__", "__del__"])
def test_rows_that_never_become_text_meet_the_time_out_of_run(bench: Bench, slow: str) -> None:
    """Nor does letting go of them, when they are text, take time that nobody counts."""
    bench.add_files(3)
    bench.add_script(
        "import os, time\n"
        "class Slow:\n"
        f"    def {slow}(self): time.sleep(3600)\n"
        "def run(paths):\n"
        "    return [Slow() if paths[0].endswith('1') else os.path.basename(paths[0])]\n"
    )
    began = time.monotonic()
    result = bench.run(bench.plan(timeout=2, max_retries=0))
    assert time.monotonic() - began < 30
    assert result.status == "Completed", result.error
    assert bench.lines == ["000", "002"]
    report = bench.step.logs / "sys" / "job_report" / "processed_mini-batches.csv"
    assert report.read_text().count("RUN_TIMEOUT") == 1


def test_a_machine_that_was_suspended_charges_no_time_out(case: Case) -> None:
    """Everybody is stopped, in the middle of run() and of a command, for longer than both allow."""
    names = case.files(2)
    case.project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    open(os.path.join(os.environ['NOTES'], 'began'), 'w').close()\n"
        "    time.sleep(2)\n"
        "    return [os.path.basename(path) for path in paths]\n"
    )
    case.project.step["retry_settings"] = {"max_retries": 0, "timeout": 4}
    case.project.step["task"]["program_arguments"] = "--progress_update_timeout 5"
    case.project.document["jobs"]["wait"] = {
        "type": "command",
        "command": "sleep 2; echo done > ${{outputs.word}}",
        "environment": "azureml:any:1",
        "limits": {"timeout": 4},
        "outputs": {"word": {"type": "uri_file", "path": str(case.project.root / "word")}},
    }
    name = case.submit()
    until(lambda: any(case.notes.iterdir()))
    stopped = case.processes()
    for process in stopped:
        process.suspend()
    threading.Event().wait(6)
    for process in stopped:
        process.resume()
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == names
    assert case.counts(name)["retried"] == 0
    assert (case.project.root / "word").read_text() == "done\n"


LAST = Path("/proc/sys/kernel/ns_last_pid")


def _bear_number(pid: int) -> subprocess.Popen[bytes]:
    """A process with that number, which leads a group of its own."""
    for _ in range(200):
        LAST.write_text(str(pid - 1))
        process = subprocess.Popen(["sleep", "3600"], start_new_session=True)
        if process.pid == pid:
            return process
        process.kill()
        process.wait()
    pytest.skip("numbers of processes cannot be chosen here")


@pytest.mark.skipif(not os.access(LAST, os.W_OK), reason="numbers cannot be chosen here")
def test_nobody_is_killed_for_bearing_the_number_of_a_worker_that_is_gone() -> None:
    ours = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, MARK: "ours"},
    )
    tree = ProcessTree(ours.pid, (MARK, "ours"))
    ours.communicate(b"\n")
    stranger = _bear_number(ours.pid)
    try:
        tree.kill()
        assert psutil.Process(stranger.pid).status() != psutil.STATUS_ZOMBIE
    finally:
        stranger.kill()
        stranger.wait()


def test_children_that_a_dead_worker_has_left_in_its_group_are_killed() -> None:
    ours = subprocess.Popen(
        ["sh", "-c", "sleep 3600 & echo $!"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, MARK: "ours"},
    )
    tree = ProcessTree(ours.pid, (MARK, "ours"))
    assert ours.stdout is not None
    child = psutil.Process(int(ours.stdout.readline()))
    ours.wait()
    tree.kill()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_signal_takes_no_lock() -> None:
    """It comes between any two steps of the main thread, which may hold that lock itself."""
    from parallelsdk.runtime.stop import CancelSignal

    canceled, calls = CancelSignal(), []
    sys.setprofile(lambda frame, event, argument: calls.append((event, argument)))
    try:
        canceled.note(signal.SIGTERM, None)
    finally:
        sys.setprofile(None)
    assert canceled.is_set()
    called = [argument for event, argument in calls if event == "c_call"]
    assert [function for function in called if function is not sys.setprofile] == []
