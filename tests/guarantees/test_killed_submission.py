"""A client that is killed while it submits a job leaves nothing that is in anybody's way."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.guarantees.conftest import CRASH_POINTS, Case, case, hooks, pytestmark

__all__ = ["case", "hooks", "pytestmark"]


def _create(case: Case, name: str) -> int:
    """``job create`` in a process of its own; how it ended."""
    client = case.command("job", "create", "--file", "pipeline.yml", "-n", name)
    client.communicate(timeout=120)
    return client.returncode


def _left(case: Case) -> list[str]:
    """What lies among the jobs and is none."""
    return [path.name for path in (case.project.workspace / "jobs").glob(".*")]


@pytest.mark.slow
def test_whenever_a_client_is_killed_its_jobs_name_is_free_or_the_job_runs(
    case: Case, hooks: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case.project.write()
    assert _create(case, "first") == 0  # it may have Python's own caches to write
    hooks.setenv("GUARANTEE_CLIENT_COUNT", str(tmp_path / "count"))
    assert _create(case, "counted") == 0
    hooks.delenv("GUARANTEE_CLIENT_COUNT")
    calls = (tmp_path / "count").stat().st_size
    free = 0
    for point in sorted(
        {1 + (calls - 1) * n // (CRASH_POINTS + 1) for n in range(CRASH_POINTS + 2)}
    ):
        name = f"killed{point}"
        hooks.setenv("GUARANTEE_CLIENT_CRASH_AT", str(point))
        assert _create(case, name) == -signal.SIGKILL, point
        hooks.delenv("GUARANTEE_CLIENT_CRASH_AT")
        case.command("job", "list", "-o", "json").communicate(timeout=60)
        listed = [job.name for job in case.client.jobs.list()]
        assert not [found for found in listed if str(found).startswith(".")]
        again = _create(case, name)
        assert again in (0, 2), point
        free += again == 0
        assert case.ended(name) == "Completed", f"killed at call {point} of {calls}"
        assert case.output(name) == b"a\nb\nc\nd\ne\n"
    assert free, "no kill came before the start"
    assert case.ended("first") == case.ended("counted") == "Completed"
    assert _create(case, "last") == 0
    assert case.ended("last") == "Completed"
    assert _left(case) == []


def test_of_several_that_submit_one_name_at_once_one_wins_and_the_others_are_told(
    case: Case,
) -> None:
    case.project.write()
    clients = [
        case.command("job", "create", "--file", "pipeline.yml", "-n", "one") for _ in range(4)
    ]
    told = [client.communicate(timeout=120)[1] for client in clients]
    assert sorted(client.returncode for client in clients) == [0, 2, 2, 2], told
    assert sum("exists already" in text for text in told) == 3
    assert case.ended("one") == "Completed"
    assert len(case.events("one", "job_created")) == 1
    assert os.listdir(case.project.workspace / "jobs") == ["one"]
