"""R3, R7, R19: what happens to one worker, mini-batch or job happens to no other."""

from __future__ import annotations

import pytest

from tests.guarantees.conftest import Case, until

WAITING = (
    "import os, time\n"
    "def run(paths):\n"
    "    with open(os.path.join(os.environ['NOTES'], str(os.getpid())), 'w'): pass\n"
    "    while not os.path.exists(os.environ['NOTES'] + '/go'): time.sleep(0.01)\n"
    "    return [os.path.basename(paths[0])]\n"
)


def test_a_job_that_is_killed_leaves_its_neighbour_of_the_same_name_unharmed(case: Case) -> None:
    case.project.script(WAITING)
    first, second = case.submit(), case.submit()
    until(lambda: len(list(case.notes.iterdir())) == 4)
    case.kill_driver(first)
    until(lambda: not case.workers(first), 2)
    assert len(case.workers(second)) == 2
    (case.notes / "go").touch()
    assert case.ended(second) == "Completed"
    assert case.output(second) == b"a\nb\nc\nd\ne\n"
    assert case.counts(second)["retried"] == 0
    assert case.client.jobs.resume(first)
    assert case.ended(first) == "Completed"
    assert case.output(first) == case.output(second)


def test_of_two_that_claim_a_name_at_once_one_gets_it(case: Case) -> None:
    case.project.write()
    claims = [
        case.command("job", "create", "-f", "pipeline.yml", "-n", "one", "--stream")
        for _ in range(2)
    ]
    codes = []
    for process in claims:
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert sorted(code == 0 for code in codes) == [False, True]
    assert case.output("one") == b"a\nb\nc\nd\ne\n"
    assert len(case.events("one", "job_started")) == 1


@pytest.mark.parametrize(("threshold", "status"), [(1, "Failed"), (2, "Completed")])
def test_a_threshold_fails_the_job_when_it_is_exceeded_and_not_when_it_is_reached(
    case: Case, threshold: int, status: str
) -> None:
    case.files(40)
    case.project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    with open(os.path.join(os.environ['NOTES'], name), 'a') as note: note.write('x')\n"
        "    time.sleep(0.02)\n"
        "    if name in ('0003', '0006'): os.kill(os.getpid(), 9)\n"
        "    return [name]\n"
    )
    case.project.step["retry_settings"] = {"max_retries": 1, "timeout": 60}
    case.project.step["mini_batch_error_threshold"] = threshold
    name = case.submit()
    assert case.ended(name) == status
    assert (case.notes / "0003").read_text() == (case.notes / "0006").read_text() == "xx"
    runs = {note.name: note.read_text() for note in case.notes.iterdir()}
    assert {text for key, text in runs.items() if key not in ("0003", "0006")} == {"x"}
