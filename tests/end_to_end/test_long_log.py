"""A job's log grows by news alone, and however long it is, whoever asks is answered at once."""

from __future__ import annotations

import json
import resource
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.runtime.reuse import find_equal
from tests.end_to_end.conftest import Project

STANDING = "import time\n\ndef run(paths):\n    time.sleep(2.5)\n    return paths\n"


def _log(project: Project, name: str) -> Path:
    return project.workspace / "jobs" / name / "events.jsonl"


def test_a_job_that_stands_still_writes_nothing(project: Project) -> None:
    project.script(STANDING)
    for name in "bcde":
        (project.root / "data" / name).unlink()
    assert project.create("-n", "one", "--stream").returncode == 0
    events = [json.loads(line) for line in _log(project, "one").read_bytes().splitlines()]
    told = [event["data"]["done"] for event in events if event["type"] == "step_progress"]
    assert told == [0, 1]


def _cpu(work: Callable[[], object]) -> float:
    """The least CPU time of three runs, of processes that are waited for too."""

    def used() -> float:
        both = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    costs = []
    for _ in range(3):
        began = used()
        work()
        costs.append(used() - began)
    return min(costs)


@pytest.fixture
def long(project: Project) -> Project:
    """Two jobs that have completed; the log of ``long`` has 100,000 events in its middle."""
    for name in ("short", "long"):
        assert project.create("-n", name, "--stream").returncode == 0
    head, *rest = _log(project, "long").read_bytes().splitlines()
    lines = [head]
    state = {"step": "score", "total": 5, "failed": 0, "retried": 0, "items_failed": 0}
    for done in range(100_000):
        data = {**state, "done": done % 5, "items_done": done % 5}
        lines.append(json.dumps({"type": "step_progress", "data": data}).encode())
    lines += rest
    with _log(project, "long").open("wb") as file:
        for seq, line in enumerate(lines, 1):
            event = json.loads(line)
            event.pop("crc", None)
            event |= {"seq": seq, "time": "2026-01-01T00:00:00.000+00:00"}
            ordered = {key: event[key] for key in ("seq", "time", "type", "data")}
            text = json.dumps(ordered, separators=(",", ":")).encode()
            file.write(text[:-1] + b',"crc":%d}\n' % zlib.crc32(text))
    return project


def test_a_log_of_any_length_is_read_once(long: Project) -> None:
    assert long.run("job", "show", "-n", "long").returncode == 0
    small = _cpu(lambda: long.run("job", "show", "-n", "short"))
    for verb in (
        ["show", "-n", "long"],
        ["list"],
        ["list", "-o", "json"],
        ["stream", "-n", "long"],
    ):
        assert _cpu(lambda verb=verb: long.run("job", *verb)) < 2.5 * small, verb  # type: ignore[misc]
    shown = json.loads(long.run("job", "show", "-n", "long", "-o", "json").stdout)
    assert shown["status"] == "Completed" and shown["jobs"]["score"]["items"]["done"] == 5
    job = JobFolder(long.workspace / "jobs" / "long")
    another = JobFolder(long.workspace / "jobs" / "another")
    assert _cpu(lambda: list(find_equal(another, "0" * 32))) < small
    # What a search finds is what stands in the log, not only what came after it was read.
    digest = json.loads(job.checkpoint.read_bytes())["record"]["steps"][0]["reuse"]["fingerprint"]
    assert {found.job.name for found in find_equal(another, digest)} == {"short", "long"}
