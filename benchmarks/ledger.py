"""Reading the ledger of a job that ran for seven days, among many small ones.

Two logs of such a job: one at the pace of today, and one as it used to be, with two events a second
whether or not anything had happened. Both are made here, line by line, without running anything.
What is measured: ``job show``, ``job list`` and ``job stream`` as whole processes, the first time
and later, and the search for a step that could be reused. The figures are CPU time, which other
work on the machine hardly touches. They are to be reached in every reading but the first one of the
old log.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.seal import seal
from parallelsdk.jobstore.store import create_job, read_job
from parallelsdk.planning.plan import PipelinePlan
from parallelsdk.runtime.pace import Pace
from parallelsdk.runtime.reuse import find_equal
from parallelsdk.runtime.step_driver import PROGRESS_SECONDS

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MOST_SHOW = MOST_LIST = 0.300  # seconds, the whole process
MOST_REUSE = 0.050
MOST_STREAM = 1.0
Line = tuple[float, str, dict[str, Any]]  # seconds since the begin, type, data


def main() -> int:
    """Make both workspaces and measure in each; 1 when what is to be reached is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--jobs", type=int, default=200, help="in the workspace, the long one too")
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    reached = True
    for title, progress in (("at today's pace", paced), ("two events a second", old_style)):
        with tempfile.TemporaryDirectory() as folder:
            workspace = Workspace.at(Path(folder) / "workspace")
            for number in range(args.jobs - 1):
                read_job(make_job(workspace, f"small{number}", 60.0, paced))
            long = make_job(workspace, "long", args.days * 86400, progress)
            if progress is paced:
                read_job(long)  # as its driver has done, bit by bit
            size = long.events.stat().st_size
            print(f"{args.days:g} days, {title}: {size / 1e6:.1f} MB, among {args.jobs} jobs")
            reached &= measure(long, args.repeat, first_counts=progress is paced)
    print(f"to be reached: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


def measure(long: JobFolder, repeat: int, *, first_counts: bool) -> bool:
    """Print the figures of one workspace; whether all are within their limits."""
    command = (sys.executable, "-m", "parallelsdk", "job")
    os.environ["PARALLELSDK_HOME"] = str(long.workspace.root)

    def process(*arguments: str) -> Callable[[], None]:
        return lambda: run([*command, *arguments])

    other = JobFolder(long.workspace.jobs_folder / "another")
    rows: list[tuple[str, Callable[[], object], float]] = [
        ("job show", process("show", "-n", long.name), MOST_SHOW),
        ("job list", process("list"), MOST_LIST),
        ("reuse look-up", lambda: list(find_equal(other, "0" * 32)), MOST_REUSE),
        ("job stream", process("stream", "-n", long.name), MOST_STREAM),
    ]
    reached = True
    for title, work, most in rows:
        first = seconds(work)
        later = statistics.median(seconds(work) for _ in range(repeat))
        worst = max(first, later) if first_counts else later
        reached &= worst <= most
        mark = "" if worst <= most else "  MISSED"
        print(
            f"  {title:14} first {1000 * first:8.1f} ms, then {1000 * later:6.1f} ms, "
            f"at most {1000 * most:.0f} ms{mark}"
        )
    return reached


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of doing it once, here or in a process that is waited for."""
    began = cpu()
    work()
    return cpu() - began


def cpu() -> float:
    """The CPU time of this process and of those that it has waited for."""
    used = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def run(command: list[str]) -> None:
    """One command, which must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def make_job(
    workspace: Workspace, name: str, length: float, progress: Callable[[float], Iterator[Line]]
) -> JobFolder:
    """The folder of a completed job of one step; ``progress`` gives what lies in between."""
    folder = create_job(workspace, name)
    plan = PipelinePlan(name, name, "bench", (), (), continue_on_step_failure=True)
    folder.plan_json.write_text(plan.to_json(), encoding="utf-8")
    with folder.events.open("wb") as file:
        for seq, (at, kind, data) in enumerate(lines(name, length, progress), 1):
            record = {"seq": seq, "time": stamp(at), "type": kind, "data": data}
            file.write(seal(json.dumps(record, separators=(",", ":"))) + b"\n")
    return folder


def lines(name: str, length: float, progress: Callable[[float], Iterator[Line]]) -> Iterator[Line]:
    """The events of a job that goes well."""
    steps = [{"name": "score", "kind": "parallel", "display_name": None}]
    parts = {part: f"{name}-{part}" for part in ("code", "arguments", "settings", "input data")}
    yield 0, "job_created", {"display_name": name, "experiment_name": "bench", "steps": steps}
    yield 0, "job_launched", {"accept_changes": False}
    yield 0, "job_started", {"pid": 1}
    reuse = {"step": "score", "reason": "no earlier run", "fingerprint": f"of {name}"}
    yield 0, "step_reuse", {**reuse, "reused_from": None, "parts": parts}
    yield 1, "step_started", {"step": "score", "total_mini_batches": int(length), "slots": 8}
    yield from progress(length)
    end = {"status": "Completed", "seconds": length, "error": None, "log": None}
    yield length, "step_finished", {"step": "score", **end, "origin": name, "stamps": {}}
    yield length, "job_finished", end


def paced(length: float) -> Iterator[Line]:
    """The progress of a step that ends a mini-batch each second, as it is told now."""
    now = 0.0
    pace = Pace(PROGRESS_SECONDS, lambda: now)
    while now < length:
        now += PROGRESS_SECONDS
        if pace.is_due(int(now), last=now >= length):
            yield counted(now, length)


def old_style(length: float) -> Iterator[Line]:
    """The same, told twice a second."""
    return (counted(number / 2, length) for number in range(int(2 * length)))


def counted(now: float, length: float) -> Line:
    """One event on progress."""
    counts = {"done": int(now), "failed": 0, "retried": 0, "items_done": int(now)}
    return (
        now,
        "step_progress",
        {"step": "score", "total": int(length), **counts, "items_failed": 0},
    )


def stamp(at: float) -> str:
    """The time of an event."""
    return (BEGIN + timedelta(seconds=at)).isoformat(timespec="milliseconds")


if __name__ == "__main__":
    sys.exit(main())
