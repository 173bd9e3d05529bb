"""A parallel step on real loky workers: what each kind of bad luck costs."""

from __future__ import annotations

import csv
import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.runtime.conftest import Bench

ECHO = "def run(paths): return [open(p).read() for p in paths]\n"


def test_rows_stand_in_input_order_for_any_number_of_workers(bench: Bench) -> None:
    bench.add_files(23)
    bench.add_script(ECHO)
    result = bench.run(bench.plan(instances=2, slots=2, mini_batch_size=3))
    assert result.status == "Completed"
    assert bench.lines == [f"{n:03}" for n in range(23)]
    step = bench.record.step("score")
    assert (step.total, step.done, step.failed, step.items_done) == (8, 8, 0, 23)


def test_init_runs_once_per_worker_and_shutdown_before_the_step_ends(bench: Bench) -> None:
    bench.add_files(12)
    bench.add_script(
        "import os, sys\n"
        "folder = sys.argv[sys.argv.index('--out') + 1] + '.d'\n"
        "os.makedirs(folder, exist_ok=True)\n"
        "def note(what):\n"
        "    with open(os.path.join(folder, str(os.getpid())), 'a') as f: f.write(what + ' ')\n"
        "def init(): note('init')\n"
        "def run(paths): note('run'); return paths\n"
        "def shutdown(): note('shutdown')\n"
    )
    assert bench.run(bench.plan(slots=2)).status == "Completed"
    lives = [path.read_text().split() for path in Path(f"{bench.output}.d").iterdir()]
    assert 1 <= len(lives) <= 2
    for life in lives:
        assert life[0] == "init"
        if "run" in life:  # a worker that came too late for any work is just ended
            assert life[1:] == ["run"] * (len(life) - 2) + ["shutdown"]
    assert sum(life.count("run") for life in lives) == 12


def test_a_hanging_run_is_killed_retried_and_counted_once(bench: Bench) -> None:
    bench.add_files(6)
    bench.add_script(
        "import time\n"
        "def run(paths):\n"
        "    if paths[0].endswith('002'): time.sleep(3600)\n"
        "    return [open(p).read() for p in paths]\n"
    )
    began = time.monotonic()
    result = bench.run(bench.plan(slots=2, timeout=1, max_retries=2))
    assert result.status == "Completed"
    assert time.monotonic() - began < 30
    assert bench.lines == ["000", "001", "003", "004", "005"]
    step = bench.record.step("score")
    assert (step.done, step.failed, step.retried) == (5, 1, 2)
    rows = _report(bench)
    assert [r["Picked Count"] for r in rows if r["Mini-batch Id"] == "2"] == ["1", "2", "3"]
    for row in rows:
        if row["Mini-batch Id"] == "2":
            assert row["Status"] == "RUN_TIMEOUT"
            assert 1.0 <= float(row["Run Method Seconds"]) < 3.0
        else:
            assert (row["Status"], row["Picked Count"]) == ("RUN_DONE", "1")


@pytest.mark.parametrize(
    ("death", "how"),
    [
        ("os._exit(1)", "exit code 1"),
        ("os.kill(os.getpid(), 9)", "SIGKILL"),
        ("ctypes.string_at(0)", "SIGSEGV"),
        ("os.closerange(0, 4096)", ""),
    ],
)
def test_a_death_costs_one_attempt_of_one_mini_batch(bench: Bench, death: str, how: str) -> None:
    bench.add_files(10)
    bench.add_script(
        "import ctypes, os\n"
        "def run(paths):\n"
        "    mark = os.path.join(os.environ['MARKS'], 'died')\n"
        "    if paths[0].endswith('004') and not os.path.exists(mark):\n"
        "        open(mark, 'w').close()\n"
        f"        {death}\n"
        "    return [open(p).read() for p in paths]\n"
    )
    os.environ["MARKS"] = str(bench.root)
    result = bench.run(bench.plan(slots=2))
    assert result.status == "Completed"
    assert bench.lines == [f"{n:03}" for n in range(10)]
    assert bench.record.step("score").retried == 1
    died = [row for row in _report(bench) if row["Status"] != "RUN_DONE"]
    assert [(row["Mini-batch Id"], row["Status"]) for row in died] == [("4", "PROCESS_DIED")]
    assert how in died[0]["Error Message"]


def test_an_exception_is_retried_in_the_same_process(bench: Bench) -> None:
    bench.add_files(4)
    bench.add_script(
        "import os, sys\n"
        "tries = {}\n"
        "def run(paths):\n"
        "    tries[paths[0]] = tries.get(paths[0], 0) + 1\n"
        "    if paths[0].endswith('001'): sys.exit(3)\n"
        "    if paths[0].endswith('002') and tries[paths[0]] < 3: raise ValueError('not yet')\n"
        "    return [f'{os.path.basename(paths[0])} {tries[paths[0]]}']\n"
    )
    result = bench.run(bench.plan(slots=1))
    assert result.status == "Completed"
    assert bench.lines == ["000 1", "002 3", "003 1"]
    errors = (bench.step.logs / "user" / "error" / "0" / "process000.txt").read_text()
    assert "ValueError: not yet" in errors and "SystemExit: 3" in errors
    assert "parallelsdk" not in errors  # only the user's own frames


def test_a_failed_threshold_ends_the_step_and_leaves_no_output(bench: Bench) -> None:
    bench.add_files(50)
    bench.add_script("def run(paths): raise RuntimeError('no model')\n")
    result = bench.run(bench.plan(slots=2, max_retries=0, mini_batch_error_threshold=3))
    assert result.status == "Failed"
    assert result.error is not None and "no model" in result.error
    assert not bench.output.exists()
    assert result.log is not None and "no model" in Path(result.log).read_text()
    first = (bench.step.logs / "job_result.txt").read_text().splitlines()[0]
    assert "mini_batch_error_threshold 3" in first and "no model" in first
    assert 3 < bench.record.step("score").failed <= 3 + 2 * 2


def test_an_item_too_few_fails_the_mini_batch_or_the_item_as_the_policy_says(
    bench: Bench,
) -> None:
    bench.add_files(4)
    bench.add_script("def run(paths): return paths[:1]\n")
    result = bench.run(
        bench.plan(mini_batch_size=2, short_return="item", error_threshold=2, max_retries=0)
    )
    assert result.status == "Completed"
    assert len(bench.lines) == 2
    assert bench.record.step("score").items_failed == 2


def test_a_return_of_the_wrong_type_names_it(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("def run(paths): return None\n")
    result = bench.run(bench.plan(max_retries=0))
    assert result.status == "Failed"
    assert result.error is not None and "it returned None; is a return" in result.error


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("def init(): raise RuntimeError('no licence')\ndef run(m): return m\n", "no licence"),
        ("import no_such_module\ndef run(m): return m\n", "no_such_module"),
        ("import os\ndef init(): os._exit(7)\ndef run(m): return m\n", "exit code 7"),
        ("def init(): pass\n", "defines no run"),
    ],
)
def test_an_init_that_cannot_work_fails_the_step_soon_and_says_why(
    bench: Bench, script: str, cause: str
) -> None:
    bench.add_files(5)
    bench.add_script(script)
    result = bench.run(bench.plan(slots=1))
    assert result.status == "Failed"
    assert result.error is not None and cause in result.error
    lives = list((bench.step.logs / "sys" / "node" / "0").iterdir())
    assert len(lives) <= 24


def test_column_names_are_written_once_if_they_are_asked_for(bench: Bench) -> None:
    bench.add_files(4)
    bench.add_script(
        "import pandas as pd\n"
        "def run(paths): return pd.DataFrame({'name': [p[-3:] for p in paths], 'two words': 1})\n"
    )
    assert bench.run(bench.plan(append_row_dataframe_header=True)).status == "Completed"
    assert bench.lines == ['name "two words"', "000 1", "001 1", "002 1", "003 1"]


def test_the_monitor_writes_what_machine_and_workers_use(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("import time\ndef run(paths): time.sleep(1.5); return paths\n")
    assert bench.run(bench.plan(instances=2, resource_monitor_interval=1)).status == "Completed"
    perf = bench.step.logs / "sys" / "perf"
    with (perf / "0" / "node_resource_usage.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 2
    assert all(float(row["Memory used MB"]) > 0 for row in rows)
    with (perf / "0" / "processes_resource_usage.csv").open(newline="") as file:
        [worker] = {row["Process"] for row in csv.DictReader(file)}
    assert worker == "0/process000"


def test_the_monitor_writes_a_row_when_the_step_ends(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(ECHO)
    assert bench.run(bench.plan(resource_monitor_interval=600)).status == "Completed"
    with (bench.step.logs / "sys/perf/0/node_resource_usage.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 1


def test_the_monitor_is_off_at_interval_zero(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(ECHO)
    assert bench.run(bench.plan(resource_monitor_interval=0)).status == "Completed"
    assert not (bench.step.logs / "sys" / "perf").exists()


def test_what_the_script_prints_lands_in_its_own_log_and_never_in_the_output(
    bench: Bench,
) -> None:
    bench.add_files(2)
    bench.add_script(
        "import logging, os, subprocess, sys\n"
        "def run(paths):\n"
        "    print('printed'); print('to stderr', file=sys.stderr); logging.info('logged')\n"
        "    subprocess.run(['echo', 'from a child'])\n"
        "    os.write(1, bytes(range(256)))\n"
        "    return paths\n"
    )
    assert bench.run(bench.plan()).status == "Completed"
    logs = bench.step.logs / "user"
    printed = (logs / "stdout" / "0" / "process000.stdout.txt").read_bytes()
    for text in (b"printed", b"logged", b"from a child", bytes(range(128, 256))):
        assert text in printed
    assert b"to stderr" in (logs / "stderr" / "0" / "process000.stderr.txt").read_bytes()
    assert len(bench.lines) == 2


def test_a_worker_sees_its_arguments_code_and_own_folder(bench: Bench) -> None:
    bench.add_files(1)
    (bench.code / "sibling.py").write_text("word = 'sibling'")
    bench.add_script(
        "import os, sys\n"
        "from sibling import word\n"
        "def run(paths): return ['|'.join([word, os.getcwd(), *sys.argv[1:]])]\n"
    )
    assert bench.run(bench.plan()).status == "Completed"
    word, folder, *arguments = bench.lines[0].split("|")
    assert word == "sibling"
    assert folder == str(bench.step.scratch / "0" / "process000")
    assert arguments[-2:] == ["--out", str(bench.output)]
    assert arguments[:2] == ["--logging_level", "INFO"]
    assert arguments[arguments.index("--output_uri_file") + 1] == str(bench.output)


def test_a_full_disk_is_never_taken_for_success(bench: Bench) -> None:
    """The limit on file sizes stands in for the disk: writing beyond it fails in the same way."""
    bench.add_files(3)
    bench.add_script(
        "import resource, signal\n"
        "def init():\n"
        "    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "def run(paths): return ['x' * 200_000]\n"
    )
    result = bench.run(bench.plan())
    assert result.status == "Failed"
    assert result.error is not None and "File too large" in result.error
    assert not bench.output.exists()


def test_a_cancel_ends_a_hanging_step(bench: Bench) -> None:
    bench.add_files(2)
    bench.add_script("import time\ndef run(paths): time.sleep(3600)\n")
    _when(lambda: (bench.step.logs / "user").is_dir(), bench.canceled.set)
    result = bench.run(bench.plan(timeout=3000))
    assert result.status == "Canceled"


def test_a_shutdown_that_fails_loses_nothing(bench: Bench) -> None:
    bench.add_files(3)
    bench.add_script(ECHO + "def shutdown(): raise RuntimeError('late')\n")
    assert bench.run(bench.plan()).status == "Completed"
    assert bench.lines == ["000", "001", "002"]
    assert any("late" in warning for warning in bench.record.warnings)


def test_children_of_a_killed_worker_die_with_it(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(
        "import os, subprocess, time\n"
        "def run(paths):\n"
        "    child = subprocess.Popen(['sleep', '3600'])\n"
        "    with open(os.path.join(os.environ['MARKS'], 'pids'), 'a') as f:\n"
        "        f.write(f'{child.pid}\\n')\n"
        "    time.sleep(3600)\n"
    )
    os.environ["MARKS"] = str(bench.root)
    bench.run(bench.plan(timeout=1, max_retries=0, append=False))
    for pid in (bench.root / "pids").read_text().split():
        assert not psutil.pid_exists(int(pid)) or (
            psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
        )


def test_a_stopped_worker_is_killed_at_its_deadline(bench: Bench) -> None:
    bench.add_files(2)
    bench.add_script(
        "import os, signal\n"
        "def run(paths):\n"
        "    if paths[0].endswith('000'): os.kill(os.getpid(), signal.SIGSTOP)\n"
        "    return paths\n"
    )
    assert signal.SIGSTOP
    result = bench.run(bench.plan(timeout=1, max_retries=0))
    assert result.status == "Completed"
    assert bench.record.step("score").failed == 1


def _report(bench: Bench) -> list[dict[str, str]]:
    path = bench.step.logs / "sys" / "job_report" / "processed_mini-batches.csv"
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _when(condition: object, action: object) -> None:
    """Call ``action`` in a thread as soon as ``condition`` holds."""
    assert callable(condition) and callable(action)

    def wait() -> None:
        pause = threading.Event()
        while not condition():
            pause.wait(0.02)
        action()

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize(
    ("run", "is_lost"),
    [
        ("return paths", True),
        ("return []", False),
        ("open(OUT, 'a').write('x'); return paths", False),
    ],
)
def test_rows_that_nothing_receives_are_told(bench: Bench, run: str, is_lost: bool) -> None:
    bench.add_files(3)
    bench.add_script(
        f"import sys\nOUT = sys.argv[sys.argv.index('--out') + 1]\ndef run(paths):\n    {run}\n"
    )
    result = bench.run(bench.plan(append=False, error_threshold=-1, short_return="items"))
    assert result.status == "Completed"
    told = [text for text in bench.record.warnings if "nothing receives them" in text]
    assert len(told) == is_lost
    if is_lost:
        assert told[0].endswith("To collect them, set task.append_row_to to ${{outputs.out}}.")
        assert (
            told[0].removeprefix("step score: ") in (bench.step.logs / "job_result.txt").read_text()
        )
