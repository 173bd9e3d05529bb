"""User code finds an ordinary process: what works in a script works in an entry script."""

from __future__ import annotations

import dataclasses

import pytest

from parallelsdk.planning.plan import ParallelPlan
from parallelsdk.runtime import parallel_step
from tests.runtime.conftest import Bench, bench

__all__ = ["bench"]

WORK = (
    "import os\n"
    "def work(path):\n"
    "    return os.path.basename(path) + ' done'\n"
    "def put(queue, path):\n"
    "    queue.put(work(path))\n"
)
# What run() does with one path, by what it starts.
KINDS = {
    "Process and Queue": (
        "import multiprocessing as mp\n"
        "def run(paths):\n"
        "    queue = mp.Queue()\n"
        "    found = []\n"
        "    for path in paths:\n"
        "        child = mp.Process(target=put, args=(queue, path))\n"
        "        child.start()\n"
        "        found.append(queue.get(timeout=30))\n"
        "        child.join()\n"
        "        assert child.exitcode == 0\n"
        "    return found\n"
    ),
    "Pool": (
        "import multiprocessing as mp\n"
        "def run(paths):\n"
        "    with mp.Pool(2) as pool:\n"
        "        return pool.map(work, paths)\n"
    ),
    "Manager": (
        "import multiprocessing as mp\n"
        "def run(paths):\n"
        "    with mp.Manager() as manager:\n"
        "        found = manager.list(map(work, paths))\n"
        "        return list(found)\n"
    ),
    "SharedMemory": (
        "from multiprocessing.shared_memory import SharedMemory\n"
        "def run(paths):\n"
        "    memory = SharedMemory(create=True, size=8)\n"
        "    memory.close()\n"
        "    memory.unlink()\n"
        "    return list(map(work, paths))\n"
    ),
    "spawn Pool": (
        "import multiprocessing as mp\n"
        "def run(paths):\n"
        "    with mp.get_context('spawn').Pool(1) as pool:\n"
        "        return pool.map(work, paths)\n"
    ),
    "forkserver Pool": (
        "import multiprocessing as mp\n"
        "def run(paths):\n"
        "    with mp.get_context('forkserver').Pool(1) as pool:\n"
        "        return pool.map(work, paths)\n"
    ),
    "ProcessPoolExecutor": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def run(paths):\n"
        "    with ProcessPoolExecutor(2) as pool:\n"
        "        return list(pool.map(work, paths))\n"
    ),
    "spawn ProcessPoolExecutor": (
        "import multiprocessing as mp\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def run(paths):\n"
        "    with ProcessPoolExecutor(1, mp_context=mp.get_context('spawn')) as pool:\n"
        "        return list(pool.map(work, paths))\n"
    ),
    "joblib": (
        "from joblib import Parallel, delayed\n"
        "def run(paths):\n"
        "    return Parallel(n_jobs=2)(delayed(work)(path) for path in paths)\n"
    ),
    "loky": (
        "from loky import get_reusable_executor\n"
        "def run(paths):\n"
        "    return list(get_reusable_executor(max_workers=2).map(work, paths))\n"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_starts_processes_in_a_script_starts_them_in_run(bench: Bench, kind: str) -> None:
    bench.add_files(2)
    bench.add_script(WORK + KINDS[kind])
    result = bench.run(bench.plan(mini_batch_size=2, timeout=40, max_retries=0))
    assert result.status == "Completed", result.error
    assert bench.lines == ["000 done", "001 done"]


@pytest.mark.parametrize("method", ["the default", "fork", "spawn", "forkserver"])
def test_a_data_loader_of_torch_has_its_workers(bench: Bench, method: str) -> None:
    """``make torch`` runs this; the other tests do not install torch."""
    pytest.importorskip("torch")
    context = None if method == "the default" else method
    bench.add_files(4)
    bench.add_script(
        WORK + "from torch.utils.data import DataLoader, Dataset\n"
        "class Names(Dataset):\n"
        "    def __init__(self, paths): self.paths = paths\n"
        "    def __len__(self): return len(self.paths)\n"
        "    def __getitem__(self, place): return work(self.paths[place])\n"
        "def run(paths):\n"
        f"    how = {context!r}\n"
        "    loader = DataLoader(Names(paths), num_workers=2, multiprocessing_context=how)\n"
        "    return [name for [name] in loader]\n"
    )
    result = bench.run(bench.plan(mini_batch_size=4, timeout=100, max_retries=0))
    assert result.status == "Completed", result.error
    assert bench.lines == [f"{n:03} done" for n in range(4)]


def test_a_process_is_what_a_script_is_to_multiprocessing(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(
        "import multiprocessing as mp, os, sys\n"
        "loaded_with = mp.get_start_method(allow_none=True)\n"
        "def run(paths):\n"
        "    import __main__\n"
        "    return [\n"
        "        loaded_with,\n"
        "        mp.get_start_method() in ('fork', 'forkserver', 'spawn'),\n"
        "        mp.current_process().name,\n"
        "        mp.parent_process(),\n"
        "        mp.current_process().daemon,\n"
        "        __main__.run is run,\n"
        "        os.path.basename(__main__.__file__),\n"
        "        any(name.startswith('LOKY') for name in os.environ),\n"
        "    ]\n"
    )
    result = bench.run(bench.plan(max_retries=0))
    assert result.status == "Completed", result.error
    assert bench.lines == [
        *("None", "True", "MainProcess", "None", "False", "True", "entry.py", "False")
    ]


def test_globals_set_in_init_reach_forked_children(bench: Bench) -> None:
    bench.add_files(2)
    bench.add_script(
        "import multiprocessing as mp, os\n"
        "model = None\n"
        "def init():\n"
        "    global model, pool\n"
        "    model = 'model'\n"
        "    is_default = mp.get_start_method() == 'fork'\n"
        "    pool = (mp if is_default else mp.get_context('fork')).Pool(2)\n"
        "def work(path):\n"
        "    return f'{model} {os.path.basename(path)}'\n"
        "def run(paths):\n"
        "    return pool.map(work, paths)\n"
        "def shutdown():\n"
        "    pool.close()\n"
        "    pool.join()\n"
    )
    result = bench.run(bench.plan(mini_batch_size=2, max_retries=0, timeout=20))
    assert result.status == "Completed", result.error
    assert bench.lines == ["model 000", "model 001"]


def test_main_is_importable_in_children_as_the_main_of_a_script_is(bench: Bench) -> None:
    """Once: a child that needs the entry script does not run it twice."""
    bench.add_files(1)
    bench.add_script(
        "import multiprocessing as mp, os\n"
        "with open(os.path.join(os.path.dirname(__file__), 'loads'), 'a') as note:\n"
        "    note.write(f'{os.getpid()}\\n')\n"
        "def answer():\n"
        "    import __main__\n"
        "    return __main__.word(), os.getpid()\n"
        "def word():\n"
        "    return 'a word of ' + __name__\n"
        "def run(paths):\n"
        "    with mp.get_context('spawn').Pool(1) as pool:\n"
        "        found, child = pool.apply(answer)\n"
        "    return [found, child]\n"
    )
    result = bench.run(bench.plan(max_retries=0, timeout=40))
    assert result.status == "Completed", result.error
    found, child = bench.lines
    assert found == "a word of entry"
    loads = (bench.code / "loads").read_text().split()
    assert len(loads) == len(set(loads)) == 2 and child in loads


SCRIPTS = [
    "code/main.py",
    "test/score.py",
    "site/x.py",
    "json/types.py",
    "types.py",
    "queue.py",
    "pandas.py",
    "src/pandas.py",
    "v1.0/types.py",
    "score.v2.py",
    "no_suffix",
    "my-script.py",
    "01_score.py",
    "multiprocessing/pool.py",
    "deep/er/score.py",
    "a/b/c/types.py",
]


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_may_be_called_like_a_module_that_is_there(bench: Bench, path: str) -> None:
    """And so may its folder; its functions reach children of every kind all the same."""
    bench.add_files(2)
    script = bench.code / path
    script.parent.mkdir(parents=True, exist_ok=True)
    (bench.code / "at_the_root.py").write_text("place = 'root'\n")
    (script.parent / "sibling.py").write_text("place = 'sibling'\n")
    script.write_text(
        "import multiprocessing as mp, os, queue, types\n"
        "import at_the_root, sibling\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def work(path):\n"
        "    import queue, types\n"
        "    assert queue.Queue and types.ModuleType\n"
        "    return f'{os.path.basename(path)} {at_the_root.place} {sibling.place}'\n"
        "def run(paths):\n"
        "    with ProcessPoolExecutor(1, mp_context=mp.get_context('spawn')) as pool:\n"
        "        assert list(pool.map(work, paths)) == list(map(work, paths))\n"
        "    with mp.get_context('fork').Pool(1) as pool:\n"
        "        return pool.map(work, paths)\n"
    )
    plan = bench.plan(mini_batch_size=2, max_retries=0, timeout=40)
    result = bench.run(_with_script(plan, path))
    assert result.status == "Completed", result.error
    assert bench.lines == ["000 root sibling", "001 root sibling"]


def _with_script(plan: ParallelPlan, path: str) -> ParallelPlan:
    return dataclasses.replace(plan, entry_script=path)


def test_each_worker_gets_its_share_of_the_cores_unless_the_user_says_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers with eight threads each on eight cores are slower than they need be."""
    monkeypatch.setattr(parallel_step, "core_count", lambda: 8)
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    bench.add_files(2)
    bench.add_script(
        "import os\n"
        "libraries = ('OMP', 'OPENBLAS', 'MKL', 'NUMBA')\n"
        "def run(paths):\n"
        "    found = [os.environ[name + '_NUM_THREADS'] for name in libraries]\n"
        "    return [' '.join(found) for path in paths]\n"
    )
    plan = bench.plan(slots=2, instances=2)
    plan = dataclasses.replace(plan, environment_variables={"NUMBA_NUM_THREADS": "3"})
    assert bench.run(plan).status == "Completed"
    assert bench.lines == ["2 2 7 3"] * 2
    assert bench.record.step("score").threads == 2
