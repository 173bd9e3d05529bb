"""Reading a delimited table: our mini-batches of 1 MB beside the official reader and pyarrow.

Every way reads the same table of about 300 MB in 8 files and is handed DataFrames; nothing is
written. Ours is a whole parallel step (split, workers started, ledger, workers ended) whose
``run()`` counts rows; the others are whole processes that read the table at once. So everybody
pays for importing pandas. Fails when ours is less than 3 times as fast as the official reader
or less than 0.8 times as fast as ``pyarrow.csv`` with ``to_pandas`` on the same cores, or when a
worker needs more than 300 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
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
import json, os, resource

rows = 0

def run(frame):
    global rows
    rows += len(frame)
    return [0] * len(frame)

def shutdown():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with open(os.path.join(os.environ["BENCH_NOTES"], f"{os.getpid()}.json"), "w") as file:
        json.dump({"rows": rows, "peak": peak}, file)
"""
OFFICIAL = """
import sys
from mltable import load
print(len(load(sys.argv[1]).to_pandas_dataframe()))
"""
ARROW = """
import glob, sys
from pyarrow import csv
print(sum(len(csv.read_csv(f).to_pandas()) for f in sorted(glob.glob(sys.argv[1] + "/*.csv"))))
"""


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
        seconds: dict[str, list[float]] = {"ours": [], "pyarrow": [], "official": []}
        peak = 0.0
        for number in range(args.repeat):  # in turn, so that a busy machine is fair to all
            taken, used = ours(folder, number, args.workers, rows)
            seconds["ours"].append(taken)
            peak = max(peak, used)
            seconds["pyarrow"].append(peer(sys.executable, ARROW, folder / "table", rows))
            seconds["official"].append(peer(official, OFFICIAL, folder / "table", rows))
    speeds = {way: size / statistics.median(found) for way, found in seconds.items()}
    for way, speed in speeds.items():
        print(f"{way:10} {speed:7.0f} MB/s   {sorted(round(s, 2) for s in seconds[way])} s")
    of_official = speeds["ours"] / speeds["official"]
    of_arrow = speeds["ours"] / speeds["pyarrow"]
    print(f"\n{of_official:.1f} times the official reader, {of_arrow:.2f} of pyarrow.csv + to_pandas")
    print(f"largest worker: {peak:.0f} MB")
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


def ours(folder: Path, number: int, workers: int, rows: int) -> tuple[float, float]:
    """The seconds of the step, from its start to its last commit, and the largest worker's MB."""
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
    while not client.jobs.get(job.name).status in ("Completed", "Failed", "Canceled"):
        time.sleep(0.2)
    events = list(EventReader(Workspace(folder / "workspace").job(job.name).events).read())
    found = [json.loads(path.read_text()) for path in notes.glob("*.json")]
    if sum(note["rows"] for note in found) != rows:
        raise SystemExit(f"rows are missing or doubled: {found} instead of {rows}")
    seconds = next(e.data["seconds"] for e in events if e.type == "step_finished")
    return seconds, max(note["peak"] for note in found)


def peer(python: str, script: str, table: Path, rows: int) -> float:
    """The seconds of a process that runs ``script``, from its start to its end."""
    began = time.perf_counter()
    done = subprocess.run(
        [python, "-c", script, str(table)], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - began
    if int(done.stdout.split()[-1]) != rows:
        raise SystemExit(f"{done.stdout.strip()} rows instead of {rows}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
