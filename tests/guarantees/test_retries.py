"""R6: a mini-batch that always fails gets ``max_retries + 1`` attempts, however it fails."""

from __future__ import annotations

import pytest

from tests.guarantees.conftest import Case

FAILURES = {
    "raises": ("raise ValueError(name)", "RUN_EXCEPTION"),
    "dies": ("os._exit(1)", "PROCESS_DIED"),
    "hangs": ("time.sleep(3600)", "RUN_TIMEOUT"),
    "returns_none": ("return None", "RUN_BAD_RETURN"),
}
SCRIPT = (
    "import os, time\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    note = os.path.join(os.environ['NOTES'], name)\n"
    "    with open(note, 'a') as file:\n"
    "        file.write('x')\n"
    "        calls = file.tell()\n"
    "    {}\n"
    "    return [name]\n"
)


@pytest.mark.parametrize("retries", [0, 2])
def test_what_always_fails_gets_its_attempts_and_no_more(case: Case, retries: int) -> None:
    branches = "; ".join(["pass"]) + "".join(
        f"\n    if name == '{kind}': {how}" for kind, (how, _) in FAILURES.items()
    )
    case.files(4)
    for kind in FAILURES:
        (case.project.root / "data" / kind).write_text(kind)
    case.project.script(SCRIPT.format(branches))
    case.project.step["retry_settings"] = {"max_retries": retries, "timeout": 1}
    name = case.finish()
    assert case.output(name).decode().split() == ["0000", "0001", "0002", "0003"]
    attempts = case.attempts(name)
    for kind, (_, status) in FAILURES.items():
        assert attempts[kind] == [status] * (retries + 1)
        assert len((case.notes / kind).read_text()) == retries + 1
    counts = case.counts(name)
    assert (counts["done"], counts["failed"]) == (4, len(FAILURES))
    assert counts["retried"] == retries * len(FAILURES)


def test_a_success_at_the_last_attempt_is_no_failure(case: Case) -> None:
    ways = "raise ValueError", "os._exit(1)", "time.sleep(3600)"
    branches = "pass" + "".join(
        f"\n    if name == '000{number}' and calls < 3: {how}" for number, how in enumerate(ways)
    )
    names = case.files(3)
    case.project.script(SCRIPT.format(branches))
    case.project.step["retry_settings"] = {"max_retries": 2, "timeout": 1}
    case.project.step["mini_batch_error_threshold"] = 0
    case.project.step["error_threshold"] = 0
    name = case.finish()
    assert case.output(name).decode().split() == names
    counts = case.counts(name)
    assert (counts["failed"], counts["items_failed"], counts["retried"]) == (0, 0, 6)
