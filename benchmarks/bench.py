"""Dispatch and cold start of a parallelsdk job, beside other ways to do the same work.

Each measurement is a fresh process (``--child``), timed from outside. Prints medians of
``--repeat`` runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ours
import peers
import work

HERE = Path(__file__).resolve().parent
OURS = "parallelsdk job"
COLD_START = 4  # mini-batches


def main() -> None:
    """Measure, or be one measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mini-batches", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--child", nargs=4, metavar=("PEER", "SCRIPT", "COUNT", "FOLDER"))
    args = parser.parse_args()
    if args.child:
        child(*args.child, workers=args.workers)
        return
    names = [*peers.installed(), OURS]
    print(f"{os.cpu_count()} cores, {args.workers} workers, median of {args.repeat} runs")
    print(f"\ndispatch of {args.mini_batches} mini-batches that do nothing")
    for name in names:
        seconds = measure(name, "identity", args.mini_batches, args)
        per_batch = 1e6 * seconds / args.mini_batches
        print(f"  {name:20} {seconds:8.2f} s {per_batch:10.0f} us per mini-batch", flush=True)
    print("\ncold start: from the start of the process to the first run()")
    for name in names:
        print(f"  {name:20} {measure(name, 'stamp', COLD_START, args):8.2f} s", flush=True)


def measure(name: str, script: str, count: int, args: argparse.Namespace) -> float:
    """The median over fresh processes: whole time, or time to the first stamp."""
    return statistics.median(once(name, script, count, args.workers) for _ in range(args.repeat))


def once(name: str, script: str, count: int, workers: int) -> float:
    """One measurement in one fresh process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary) / "work"
        ours.prepare(folder, count if name == OURS else 0)
        command = [sys.executable, str(HERE / "bench.py"), "--workers", str(workers)]
        started = time.time()
        done = subprocess.run(
            [*command, "--child", name, script, str(count), str(folder)],
            capture_output=True,
            text=True,
            check=True,
        )
        ended = time.time()
    first = json.loads(done.stdout.splitlines()[-1])
    return (first if script == "stamp" else ended) - started


def child(name: str, script: str, count: str, folder: str, *, workers: int) -> None:
    """Do the work once, check the answer, print the first stamp or null."""
    names = [f"{number:08d}" for number in range(int(count))]
    if name == OURS:
        lines = ours.run_job(Path(folder), script, workers)
    else:
        run = {"identity": work.identity, "stamp": work.stamp}[script]
        lines = [
            line
            for lines in peers.installed()[name](run, [[n] for n in names], workers)
            for line in lines
        ]
    if script == "identity":
        assert lines == names, f"{name}: {len(lines)} of {count} rows, or in another order"
    print(json.dumps(min(map(float, lines)) if script == "stamp" else None))


if __name__ == "__main__":
    main()
