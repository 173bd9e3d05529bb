"""R7: a job fails when a threshold is exceeded, not when it is reached, and then at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.guarantees.conftest import Case

# Of ten files three always fail. Each is one mini-batch of one item.
SCRIPT = (
    "import os\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    if name in ('0001', '0004', '0007'): raise ValueError(name)\n"
    "    return [name]\n"
)
OFF: dict[str, Any] = {"mini_batch_error_threshold": -1, "error_threshold": -1}


@pytest.mark.parametrize(
    ("settings", "words", "status", "told"),
    [
        ({"mini_batch_error_threshold": 3}, "", "Completed", ""),
        ({"mini_batch_error_threshold": 2}, "", "Failed", "mini_batch_error_threshold 2"),
        ({"mini_batch_error_threshold": 0}, "", "Failed", "mini_batch_error_threshold 0"),
        ({"error_threshold": 3}, "", "Completed", ""),
        ({"error_threshold": 2}, "", "Failed", "error_threshold 2"),
        ({}, "--error_threshold 3", "Completed", ""),
        ({}, "--error_threshold 2", "Failed", "error_threshold 2"),
        ({"error_threshold": 0}, "--error_threshold 3", "Completed", ""),
        ({}, "--allowed_failed_percent 30", "Completed", ""),
        ({}, "--allowed_failed_percent 29", "Failed", "allowed_failed_percent 29"),
        ({}, "--allowed_failed_percent 100", "Completed", ""),
        ({}, "", "Completed", ""),
    ],
)
def test_a_threshold_is_exact(
    case: Case, settings: dict[str, Any], words: str, status: str, told: str
) -> None:
    case.files(10)
    case.project.script(SCRIPT)
    case.project.step.update({**OFF, **settings})
    case.project.step["retry_settings"] = {"max_retries": 1, "timeout": 60}
    case.words(words)
    name = case.submit()
    assert case.ended(name) == status, case.error(name)
    assert told in case.error(name)
    if status == "Completed":
        assert case.counts(name)["failed"] == 3
    else:
        assert not case.target(name).exists()


def test_items_that_are_missing_from_a_return_count_one_by_one(case: Case) -> None:
    case.files(10)
    case.project.script("import os\ndef run(paths): return [os.path.basename(paths[0])]\n")
    case.project.step.update({**OFF, "mini_batch_size": "5", "error_threshold": 8})
    assert case.counts(case.finish())["items_failed"] == 8
    case.project.step["error_threshold"] = 7
    name = case.submit()
    assert case.ended(name) == "Failed"
    assert "8 items failed, more than error_threshold 7" in case.error(name)


def test_nothing_much_is_started_once_a_threshold_is_exceeded(case: Case) -> None:
    case.files(200)
    case.project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    with open(os.path.join(os.environ['NOTES'], 'starts'), 'a') as note:\n"
        "        note.write(name + '\\n')\n"
        "    time.sleep(0.05)\n"
        "    if name == '0009': raise ValueError(name)\n"
        "    return [name]\n"
    )
    case.project.step["mini_batch_error_threshold"] = 0
    case.project.step["retry_settings"] = {"max_retries": 0, "timeout": 60}
    name = case.submit()
    assert case.ended(name) == "Failed"
    starts = (case.notes / "starts").read_text().split()
    after = starts[starts.index("0009") + 1 :]
    # One that ran beside it, and at most two for each of the two workers.
    assert len(after) <= 1 + 2 * 2, after
