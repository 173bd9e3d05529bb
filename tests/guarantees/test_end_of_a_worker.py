"""A worker leaves as a script does, and nobody but the worker answers for it."""

from __future__ import annotations

import csv
import time

import pytest

from parallelsdk.runtime import step_driver
from tests.runtime.conftest import Bench, bench

__all__ = ["bench"]


def test_a_file_that_is_written_until_the_end_is_whole(bench: Bench) -> None:
    bench.add_files(10)
    bench.add_script(
        "import csv, os\n"
        "def init():\n"
        "    global file, writer\n"
        "    file = open(os.path.join(os.path.dirname(__file__), f'{os.getpid()}.csv'), 'w')\n"
        "    writer = csv.writer(file)\n"
        "def run(paths):\n"
        "    writer.writerows([os.path.basename(paths[0]), n] for n in range(50))\n"
        "    return paths\n"
    )
    assert bench.run(bench.plan(slots=2)).status == "Completed"
    rows = [row for path in bench.code.glob("*.csv") for row in csv.reader(path.open())]
    assert len(rows) == 500
    assert bench.record.warnings == ()


def test_threads_then_exit_functions_then_the_rest_as_in_a_script(bench: Bench) -> None:
    """A pool made in init() does not hold it, and the last words of threads are heard."""
    bench.add_files(2)
    bench.add_script(
        "import atexit, os, tempfile, threading, time\n"
        "from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor\n"
        "import multiprocessing as mp\n"
        "place = os.path.dirname(__file__)\n"
        "def note(word):\n"
        "    with open(os.path.join(place, 'notes'), 'a') as file: file.write(word + '\\n')\n"
        "def last_words():\n"
        "    threading.main_thread().join()\n"
        "    note('thread')\n"
        "def init():\n"
        "    global processes, threads, pool, folder\n"
        "    folder = tempfile.TemporaryDirectory(dir=place)\n"
        "    processes, threads, pool = ProcessPoolExecutor(1), ThreadPoolExecutor(1), mp.Pool(1)\n"
        "    processes.submit(len, ()).result()\n"
        "    threads.submit(len, ()).result()\n"
        "    threading.Thread(target=last_words).start()\n"
        "    atexit.register(note, 'first registered')\n"
        "    atexit.register(lambda: note(str(pool.apply(len, ('pool lives',)))))\n"
        "def run(paths): return paths\n"
        "def shutdown(): note('shutdown')\n"
    )
    began = time.monotonic()
    assert bench.run(bench.plan()).status == "Completed"
    assert time.monotonic() - began < 20
    notes = (bench.code / "notes").read_text().split("\n")
    assert notes == ["shutdown", "thread", "10", "first registered", ""]
    assert [path.name for path in bench.code.iterdir() if path.name.startswith("tmp")] == []
    assert bench.record.warnings == ()


@pytest.mark.parametrize("how", ["raises", "hangs", "dies"])
def test_what_goes_wrong_after_shutdown_is_told_and_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(step_driver, "SHUTDOWN_SECONDS", 2.0)
    end = {"raises": "1 / 0", "hangs": "time.sleep(3600)", "dies": "os.kill(os.getpid(), 9)"}[how]
    bench.add_files(2)
    bench.add_script(
        "import atexit, os, time\n"
        f"def end(): {end}\n"
        "def init(): atexit.register(end)\n"
        "def run(paths): return paths\n"
    )
    assert bench.run(bench.plan()).status == "Completed"
    assert len(bench.lines) == 2
    log = bench.step.logs / "user" / "stderr" / "0" / "process000.stderr.txt"
    if how == "raises":  # the interpreter prints it and goes on, in a script, too
        assert "ZeroDivisionError" in log.read_text()
    else:
        [warning] = bench.record.warnings
        assert "process000" in warning and ("SIGKILL" in warning or "longer than 2 s" in warning)


C_FORK = "import ctypes\nos.fork = ctypes.PyDLL(None).fork\n"
WAYS = {
    "returns": "return ['a row of the child']",
    "returns after a fork of C": "return ['a row of the child']",
    "returns too little": "return []",
    "returns too much": "return ['a row of the child'] * 3",
    "returns nothing": "return",
    "raises": "raise ValueError('in the child')",
    "exits": "sys.exit(3)",
    "exits with a word": "sys.exit('a word')",
    "is interrupted": "raise KeyboardInterrupt",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_forked_child_that_comes_back_never_acts_as_the_worker(bench: Bench, way: str) -> None:
    """Out of init(), run() and shutdown(), sooner or later than its parent; its rows are nobody's,
    and what lay in buffers before the fork is written once."""
    bench.add_files(6)
    bench.add_script(
        "import os, sys, time\n"
        "def fork(name):\n"
        "    child = os.fork()\n"
        "    if child and name != '003':\n"
        "        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "    if not child and name == '003':\n"
        "        time.sleep(0.5)\n"
        "    return child\n"
        f"{C_FORK if way.endswith('after a fork of C') else ''}"
        "codes = []\n"
        "def init():\n"
        "    global file\n"
        "    file = open(os.path.join(os.path.dirname(__file__), f'rows.{os.getpid()}'), 'w')\n"
        "    if fork('init') == 0:\n"
        f"        {WAYS[way]}\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    file.write(name + '\\n')\n"
        "    if fork(name) == 0:\n"
        f"        {WAYS[way]}\n"
        "    return [f'{name} {codes[-1]}']\n"
        "def shutdown():\n"
        "    file.write('end\\n')\n"
        "    if fork('shutdown') == 0:\n"
        f"        {WAYS[way]}\n"
    )
    result = bench.run(bench.plan(max_retries=0, timeout=30))
    assert result.status == "Completed", result.error
    code = 0 if way.startswith("returns") else {"exits": 3}.get(way, 1)
    assert bench.lines == [f"{n:03} {code}" for n in range(6)]
    step = bench.record.step("score")
    assert (step.done, step.failed, step.retried) == (6, 0, 0)
    words = " ".join(path.read_text() for path in bench.code.glob("rows.*")).split()
    assert sorted(words) == sorted([*(f"{n:03}" for n in range(6)), "end"])
    assert bench.record.warnings == ()
    if way == "raises":
        logs = (bench.step.logs / "user" / "stderr").rglob("*.txt")
        assert any("in the child" in path.read_text() for path in logs)


def test_a_dead_worker_is_noticed_though_children_of_it_live_on(bench: Bench) -> None:
    bench.add_files(3)
    bench.add_script(
        "import multiprocessing as mp, os, signal, time\n"
        "def init():\n"
        "    mp.get_context('fork').Process(target=time.sleep, args=(3600,), daemon=True).start()\n"
        "def run(paths):\n"
        "    mark = os.path.join(os.path.dirname(__file__), 'died')\n"
        "    if not os.path.exists(mark):\n"
        "        open(mark, 'w').close()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return paths\n"
    )
    began = time.monotonic()
    assert bench.run(bench.plan(timeout=60)).status == "Completed"
    assert time.monotonic() - began < 20
    assert (len(bench.lines), bench.record.step("score").retried) == (3, 1)


STREAMS = {
    "an object with write and flush": "sys.stdout = sys.stderr = Plain()",
    "a buffer": "sys.stdout = sys.stderr = io.StringIO()",
    "detached": "sys.stdout.detach(); sys.stderr.detach()",
    "closed": "sys.stdout.close(); sys.stderr.close()",
    "None": "sys.stdout = sys.stderr = None",
    "deleted": "del sys.stdout, sys.stderr",
    "closed descriptors": "while still_open: os.close(still_open.pop())",
    "one that fails": "sys.stdout = sys.stderr = Failing()",
}


@pytest.mark.parametrize("where", ["init", "run"])
@pytest.mark.parametrize("how", STREAMS)
def test_streams_may_be_replaced_by_anything(bench: Bench, how: str, where: str) -> None:
    bench.add_files(3)
    calls = {name: "replace()" if name == where else "pass" for name in ("init", "run")}
    bench.add_script(
        "import io, logging, os, sys\n"
        "class Plain:\n"
        "    def write(self, text): return len(text)\n"
        "    def flush(self): pass\n"
        "class Failing:\n"
        "    def write(self, text): raise OSError('no more')\n"
        "    def flush(self): raise OSError('no more')\n"
        "still_open = [0, 1, 2]\n"
        f"def replace():\n    {STREAMS[how]}\n"
        f"def init(): {calls['init']}\n"
        "def run(paths):\n"
        "    logging.warning('a word')\n"
        "    if not isinstance(sys.stdout, Failing): print('words')\n"
        f"    {calls['run']}\n"
        "    return paths\n"
    )
    result = bench.run(bench.plan(max_retries=0))
    assert result.status == "Completed", result.error
    assert len(bench.lines) == 3
    log = bench.step.logs / "user" / "stdout" / "0" / "process000.stdout.txt"
    assert log.read_text().count("a word") == 3
