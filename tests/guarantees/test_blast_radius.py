"""R3: a worker's death costs one attempt of the one mini-batch that it had in hand."""

from __future__ import annotations

import pytest

from tests.guarantees.conftest import Case

# What happens at the first attempt; the second one goes well.
DEATHS = {
    "kill": "os.kill(os.getpid(), 9)",
    "segfault": "ctypes.string_at(0)",
    "abort": "os.abort()",
    "exit": "os._exit(0)",
    "sys_exit": "sys.exit(3)",
    "no_files": "os.closerange(0, 4096)",
    "no_memory": (
        "resource.setrlimit(resource.RLIMIT_AS, (2**28, resource.RLIM_INFINITY)); bytearray(2**30)"
    ),
    "no_driver": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
    "group": "os.killpg(0, 9)",
}


@pytest.mark.parametrize("workers", [1, 2])
def test_each_way_to_die_costs_one_attempt_of_one_mini_batch(case: Case, workers: int) -> None:
    branches = "".join(
        f"    if name == '{kind}' and first: {how}\n" for kind, how in DEATHS.items()
    )
    case.files(30)
    for kind in DEATHS:
        (case.project.root / "data" / kind).write_text(kind)
    case.project.script(
        "import ctypes, os, resource, signal, sys, time\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    note = os.path.join(os.environ['NOTES'], name)\n"
        "    first = not os.path.exists(note)\n"
        "    with open(note, 'a') as file: file.write('x')\n"
        f"{branches}"
        "    return [name]\n"
    )
    case.project.step["max_concurrency_per_instance"] = workers
    case.project.step["retry_settings"] = {"max_retries": 1, "timeout": 60}
    name = case.finish()
    names = sorted(path.name for path in (case.project.root / "data").iterdir())
    assert case.output(name).decode().split() == names
    runs = {note.name: len(note.read_text()) for note in case.notes.iterdir()}
    assert runs == {name: 2 if name in DEATHS else 1 for name in names}
    attempts = case.attempts(name)
    assert [attempts[kind][1:] for kind in DEATHS] == [["RUN_DONE"]] * len(DEATHS)
    others = {name: attempts[name] for name in names if name not in DEATHS}
    assert others == {name: ["RUN_DONE"] for name in others}
    assert case.counts(name)["retried"] == len(DEATHS)
