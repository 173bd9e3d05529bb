"""Reading a delimited table: our mini-batches of 1 MB beside the official reader and pyarrow.

Every way reads the same table of about 300 MB in 8 files and is handed DataFrames; nothing is
written. Ours is a parallel step whose ``run()`` counts rows; the others read the table at once.
``reading`` begins when the packages are imported (for ours: with the first ``run()``) and ends
with the last row; ``whole`` is the step from its split to its end, and the peers' processes from
start to end. Fails when, in reading, ours is less than 3 times as fast as the official reader or
less than 0.8 times as fast as ``pyarrow.csv`` with ``to_pandas`` on the same cores, or when a
worker needs more than 300 MB.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from parallelsdk import Input, MLClient, Output  # noqa: E402
from parallelsdk.dsl import pipeline  # noqa: E402
from parallelsdk.jobstore.events import EventReader  # noqa: E402
from parallelsdk.jobstore.layout import Workspace  # noqa: E402
from parallelsdk.parallel import RunFunction, parallel_run_function  # noqa: E402
from tests.mltable_parity.oracle import mltable_python  # noqa: E402

FILES = 8
LEAST_OF_OFFICIAL = 3.0
LEAST_OF_ARROW = 0.8
MOST_WORKER_MB = 300.0
ENTRY_SCRIPT = """
import json, os, resource, time

rows, began, ended = 0, 0.0, 0.0

def run(frame):
    global rows, began, ended
    ended = time.time()
    began = began or ended
    rows += len(frame)
    return [0] * len(frame)

def shutdown():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with open(os.path.join(os.environ["BENCH_NOTES"], f"{os.getpid()}.json"), "w") as file:
        json.dump({"rows": rows, "peak": peak, "began": began, "ended": ended}, file)
"""
OFFICIAL = """
import sys, time
from mltable import load
import pandas
began = time.perf_counter()
rows = len(load(sys.argv[1]).to_pandas_dataframe())
print(time.perf_counter() - began, rows)
"""
ARROW = """
import glob, sys, time
from pyarrow import csv
import pandas
began = time.perf_counter()
rows = sum(len(csv.read_csv(f).to_pandas()) for f in sorted(glob.glob(sys.argv[1] + "/*.csv")))
print(time.perf_counter() - began, rows)
"""


@dataclass(frozen=True)
class Times:
    """Seconds: of reading alone, and of everything from the start of a process or step."""

    reading: float
    whole: float


def main() -> int:
    """Measure; 1 when what is to be reached is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        rows = make_table(folder / "table", args.megabytes)
        size = sum(f.stat().st_size for f in (folder / "table").glob("*.csv")) / 1e6
        print(f"{size:.0f} MB, {rows} rows, {args.workers} workers, medians of {args.repeat}\n")
        official = mltable_python(ROOT)
        times: dict[str, list[Times]] = {"ours": [], "pyarrow": [], "official": []}
        peak = 0.0
        for number in range(args.repeat):  # in turn, so that a busy machine is fair to all
            taken, used = ours(folder, number, args.workers, rows)
            times["ours"].append(taken)
            peak = max(peak, used)
            times["pyarrow"].append(peer(sys.executable, ARROW, folder / "table", rows))
            times["official"].append(peer(official, OFFICIAL, folder / "table", rows))
    ratios = {}
    for what in ("reading", "whole"):
        middle = {
            way: statistics.median(getattr(found, what) for found in all_found)
            for way, all_found in times.items()
        }
        for way, seconds in middle.items():
            print(f"{what:8} {way:10} {size / seconds:7.0f} MB/s   {seconds:.2f} s")
        ratios[what] = middle["official"] / middle["ours"], middle["pyarrow"] / middle["ours"]
        print(
            f"{what:8} {ratios[what][0]:.1f} times the official reader, {ratios[what][1]:.2f} of "
            "pyarrow.csv + to_pandas\n"
        )
    print(f"largest worker: {peak:.0f} MB")
    of_official, of_arrow = ratios["reading"]
    return int(
        of_official < LEAST_OF_OFFICIAL or of_arrow < LEAST_OF_ARROW or peak > MOST_WORKER_MB
    )


def make_table(folder: Path, megabytes: int) -> int:
    """Files of rows with every type in them, and the MLTable file; the number of rows."""
    folder.mkdir()
    made = random.Random(1)
    block = "".join(
        f"{made.randrange(10**6)},name {made.randrange(10**5)},2024-0{made.randrange(1, 10)}-1"
        f"{made.randrange(10)} 0{made.randrange(10)}:15:00,{made.uniform(-9, 99):.4f},"
        f"{made.choice(('true', 'false'))},{made.randrange(100)},"
        f"{'' if made.random() < 0.05 else round(made.random(), 3)},category{made.randrange(30)}\n"
        for _ in range(20_000)
    )
    times = max(1, round(megabytes * 1e6 / FILES / len(block)))
    for number in range(FILES):
        with (folder / f"part{number}.csv").open("w") as file:
            file.write("id,name,when,value,flag,count,share,kind\n")
            for _ in range(times):
                file.write(block)
    (folder / "MLTable").write_text(
        "paths: [{pattern: './*.csv'}]\ntransformations: [read_delimited]\n"
    )
    return FILES * times * 20_000


def ours(folder: Path, number: int, workers: int, rows: int) -> tuple[Times, float]:
    """How long the step took, and the largest worker's MB."""
    code, notes = folder / "code", folder / f"notes{number}"
    code.mkdir(exist_ok=True)
    notes.mkdir()
    (code / "count.py").write_text(ENTRY_SCRIPT)
    os.environ["PARALLELSDK_HOME"] = str(folder / "workspace")
    step = parallel_run_function(
        name="count_rows",
        inputs={"data": Input(type="mltable", mode="direct")},
        outputs={"out": Output(type="uri_folder")},
        input_data="${{inputs.data}}",
        mini_batch_size="1mb",
        instance_count=1,
        max_concurrency_per_instance=workers,
        environment_variables={"BENCH_NOTES": str(notes)},
        task=RunFunction(code=str(code), entry_script="count.py", environment="azureml:any:1"),
    )

    @pipeline(default_compute="local", force_rerun=True)
    def bench(data):  # type: ignore[no-untyped-def]
        step(data=data)

    client = MLClient()
    job = client.jobs.create_or_update(bench(Input(type="mltable", path=str(folder / "table"))))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        client.jobs.stream(job.name)
    events = list(EventReader(Workspace(folder / "workspace").job(job.name).events).read())
    found = [json.loads(path.read_text()) for path in notes.glob("*.json")]
    if sum(note["rows"] for note in found) != rows:
        raise SystemExit(f"rows are missing or doubled: {found} instead of {rows}")
    seconds = next(e.data["seconds"] for e in events if e.type == "step_finished")
    reading = max(note["ended"] for note in found) - min(note["began"] for note in found)
    return Times(reading, seconds), max(note["peak"] for note in found)


def peer(python: str, script: str, table: Path, rows: int) -> Times:
    """How long a process took that runs ``script``."""
    began = time.perf_counter()
    done = subprocess.run(
        [python, "-c", script, str(table)], capture_output=True, text=True, check=True
    )
    whole = time.perf_counter() - began
    if int(done.stdout.split()[-1]) != rows:
        raise SystemExit(f"{done.stdout.strip()} rows instead of {rows}")
    return Times(float(done.stdout.split()[-2]), whole)


if __name__ == "__main__":
    sys.exit(main())
