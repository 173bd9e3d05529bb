"""The engine at scale: mini-batches that do nothing, a driver that is killed and resumed.

For each count: microseconds per mini-batch from the start of the step to the last commit, the peak
memory of the driver, how long a resume needs to see what is done, and whether the output is right.
Fails when the driver of a job of 1,000,000 needs more than 250 MB, when the larger job costs more
than twice as much per mini-batch as the smaller one, or when a row is lost, doubled or torn.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import ours

from parallelsdk import Input, MLClient
from parallelsdk.jobstore.events import Event, EventReader
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.store import is_running
from parallelsdk.worker.segment import SegmentWriter

MOST_DRIVER_MB = 250.0
MOST_GROWTH = 2.0  # of the cost per mini-batch, from the smallest to the largest count
FOLDER_FILES = 1000
SYNCED_COMMITS = 200


@dataclass
class Run:
    """What was seen of one job, over all its drivers."""

    peak_mb: float = 0.0
    events: list[Event] = field(default_factory=list)


def main() -> int:
    """Measure; 1 when what is to be reached is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mini-batches", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    args = parser.parse_args()
    print(f"{os.cpu_count()} cores, {args.workers} workers; one commit with its fsync: ", end="")
    print(f"{1000 * synced_commit():.2f} ms (median of {SYNCED_COMMITS})\n")
    print("mini-batches   us each   driver MB   killed at   seen done after   resumed MB   output")
    costs, missed = [], False
    for count in args.mini_batches:
        with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
            folder = Path(temporary)
            prepare(folder, count)
            os.environ["PARALLELSDK_HOME"] = str(folder / "workspace")
            whole, cost = run_whole(folder, count, args.workers)
            killed, done, scan, right = run_killed(folder, count, args.workers)
        peak = max(whole.peak_mb, killed.peak_mb)
        print(
            f"{count:12,}  {1e6 * cost:8.1f}  {whole.peak_mb:10.0f}  {done:10,}  {scan:14.2f} s"
            f"  {killed.peak_mb:11.0f}   {'right' if right else 'WRONG'}",
            flush=True,
        )
        costs.append(cost)
        missed = missed or not right or peak > MOST_DRIVER_MB
    growth = costs[-1] / costs[0]
    missed = missed or growth > MOST_GROWTH
    print(f"\ncost per mini-batch, largest to smallest count: {growth:.2f}")
    print(f"to be reached: {'MISSED' if missed else 'reached'}")
    return int(missed)


def run_whole(folder: Path, count: int, workers: int) -> tuple[Run, float]:
    """One job left alone; seconds per mini-batch from the step's start to its last commit."""
    job = submit(folder, workers)
    run = Run()
    for _ in follow(job, run):
        pass
    started = time_of(run, "step_started")
    merged = time_of(run, "step_output")
    return run, (merged - started) / count


def run_killed(folder: Path, count: int, workers: int) -> tuple[Run, int, float, bool]:
    """One job whose driver is killed on the way: how much was done, seconds until a resume knew."""
    job = submit(folder, workers)
    run = Run()
    done = 0
    for done in follow(job, run):
        if done >= count // 4:
            os.kill(driver_of(run), signal.SIGKILL)
            break
    while is_running(job):
        time.sleep(0.005)
    assert MLClient().jobs.resume(job.name)
    for _ in follow(job, run):
        pass
    resumed = [event for event in run.events if event.type == "step_resumed"]
    launched = [event for event in run.events if event.type == "job_started"][-1]
    scan = seconds(resumed[-1]) - seconds(launched) if resumed else 0.0
    target = job.step("measured").outputs / "lines" / "lines"
    return run, done, scan, is_right(target, count)


def follow(job: JobFolder, run: Run) -> Iterator[int]:
    """How many are done, again and again until the job has ended; notes the driver's peak."""
    reader = EventReader(job.events)
    done = 0
    while True:
        new = reader.read()
        run.events += new
        done = max([done, *(e.data["done"] for e in new if e.type == "step_progress")])
        if started := [e for e in run.events if e.type == "job_started"]:
            run.peak_mb = max(run.peak_mb, peak_mb(started[-1].data["pid"]))
        if run.events and run.events[-1].type == "job_finished":
            assert run.events[-1].data["status"] == "Completed", run.events[-1].data["error"]
            return
        yield done
        time.sleep(0.02)


def submit(folder: Path, workers: int) -> JobFolder:
    """The job in the benchmark's workspace."""
    job = ours.build_job(folder, "identity", workers)(
        Input(type="uri_folder", path=str(folder / "files"))
    )
    job.settings.force_rerun = True
    name = MLClient().jobs.create_or_update(job).name
    return Workspace.find().job(name)


def prepare(folder: Path, count: int) -> None:
    """Empty files, some in each folder, and the entry scripts."""
    ours.prepare(folder, 0)
    for first in range(0, count, FOLDER_FILES):
        below = folder / "files" / f"{first:08d}"
        below.mkdir()
        for number in range(first, min(count, first + FOLDER_FILES)):
            os.close(os.open(below / f"{number:08d}", os.O_CREAT | os.O_WRONLY))


def is_right(target: Path, count: int) -> bool:
    """Whether each row stands there once, in order."""
    with target.open(encoding="utf-8") as file:
        names = (f"{number:08d}\n" for number in range(count))
        return all(line == name for line, name in itertools.zip_longest(file, names))


def synced_commit() -> float:
    """Seconds of one commit that waits for the disk; the median."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        writer = SegmentWriter(f"{folder}/0.seg")
        times = []
        for number in range(SYNCED_COMMITS):
            began = time.perf_counter()
            writer.commit(number, attempt=1, items=1, returned=1, payload=b"row\n")
            writer.sync()
            times.append(time.perf_counter() - began)
        writer.close()
    return statistics.median(times)


def driver_of(run: Run) -> int:
    """The process that drives the job."""
    return int([event for event in run.events if event.type == "job_started"][-1].data["pid"])


def peak_mb(pid: int) -> float:
    """The most memory that the process ever had; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def time_of(run: Run, kind: str) -> float:
    """When that happened last."""
    return seconds([event for event in run.events if event.type == kind][-1])


def seconds(event: Event) -> float:
    """The event's time, in seconds since the epoch."""
    return datetime.fromisoformat(event.time).timestamp()


if __name__ == "__main__":
    sys.exit(main())
