"""R12: what cannot start ends soon, with its cause, and calls nothing else."""

from __future__ import annotations

import time

import pytest

from parallelsdk.exceptions import JobException, MlException
from tests.guarantees.conftest import Case

RUN = (
    "import os\n"
    "def run(paths):\n"
    "    open(os.path.join(os.environ['NOTES'], 'ran'), 'w').close()\n"
    "    return paths\n"
)
INIT = (
    "def init():\n"
    "    with open(os.path.join(os.environ['NOTES'], 'inits'), 'a') as note: note.write('x')\n"
    "    {}\n"
)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (RUN + "def broken(:\n", "entry.py:5"),
        (RUN.replace("def run", "def walk"), "run(mini_batch)"),
    ],
)
def test_what_can_be_seen_is_refused_before_there_is_a_job(
    case: Case, script: str, told: str
) -> None:
    case.project.script(script)
    with pytest.raises(MlException) as caught:
        case.submit()
    assert told in str(caught.value)
    assert not (case.project.workspace / "jobs").exists() or not case.project.jobs()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import helper\n" + RUN, "helper.py"),
        ("import no_such_module_at_all\n" + RUN, "no_such_module_at_all"),
        ("raise RuntimeError('crash at import')\n" + RUN, "crash at import"),
        ("import os; os._exit(7)\n" + RUN, "exit code 7"),
        ("import sys; sys.exit('left at import')\n" + RUN, "left at import"),
        (RUN + "run = 5\n", "run"),
        (RUN + INIT.format("raise ValueError('no model')"), "no model"),
        (RUN + INIT.format("os._exit(9)"), "exit code 9"),
        (RUN + INIT.format("os.kill(os.getpid(), 11)"), "SIGSEGV"),
        (RUN + INIT.format("import sys; sys.exit('no licence')"), "no licence"),
    ],
)
def test_what_cannot_start_fails_the_job_with_its_cause(case: Case, script: str, told: str) -> None:
    (case.project.root / "src" / "helper.py").write_text("def f(:\n")
    case.project.script(script)
    began = time.monotonic()
    with pytest.raises(JobException) as caught:
        case.client.jobs.stream(case.submit())
    assert time.monotonic() - began < 20
    assert told in str(caught.value)
    assert not (case.notes / "ran").exists()
    inits = case.notes / "inits"
    assert not inits.exists() or len(inits.read_text()) <= 24


def test_an_init_that_fails_now_and_then_does_not_fail_the_job(case: Case) -> None:
    names = case.files(6)
    case.project.script(
        "import os\n"
        "def init():\n"
        "    with open(os.path.join(os.environ['NOTES'], 'inits'), 'a') as note:\n"
        "        note.write('x')\n"
        "        if note.tell() < 3: raise ConnectionError('not yet')\n"
        "def run(paths): return [os.path.basename(paths[0])]\n"
    )
    name = case.finish()
    assert case.output(name).decode().split() == names
    assert case.counts(name)["retried"] == 0
