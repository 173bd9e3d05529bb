"""Runs three examples as a user would, then shows what came out and what ran at the same time.

Iris from YAML through the command line, the digits the same way, and the pipeline from Python, in a
fresh workspace. Ends with a status other than 0 when one of them does not complete.
"""

from __future__ import annotations

import argparse
import csv
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.store import list_jobs, read_job

EXAMPLES = Path(__file__).resolve().parent
FIRST_ROWS = 5


def main() -> int:
    """Run the examples one after another; 0 when all of them completed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path("build/demo"))
    workspace = parser.parse_args().workspace.resolve()
    shutil.rmtree(workspace, ignore_errors=True)
    store = Workspace.at(workspace)
    started = time.monotonic()

    iris = submit(store, "iris from YAML", yaml=EXAMPLES / "iris" / "pipeline.yml")
    digits = submit(store, "digits from YAML", yaml=EXAMPLES / "digits" / "pipeline.yml")
    show_accuracy(digits)
    show_parallelism(digits, "identify")
    sales = submit(store, "pipeline from Python", script=EXAMPLES / "pipeline" / "pipeline.py")
    show_outputs(sales)

    jobs = {"iris, YAML": iris, "digits, YAML": digits, "pipeline, Python": sales}
    title(f"Summary after {time.monotonic() - started:.1f} s")
    for label, job in jobs.items():
        record = read_job(job)
        print(f"{label:18} {record.status:10} {record.seconds or 0:5.1f} s  {job.path}")
    home = shlex.quote(relative(store.root))
    print(f"\nLook at the jobs:  PARALLELSDK_HOME={home} {command()} job list")
    print(f"Go on from there:  source {relative(Path(sys.executable).with_name('activate'))}")
    return 0 if all(read_job(job).status == "Completed" for job in jobs.values()) else 1


def command() -> str:
    """The command line of this environment, as it can be typed here."""
    return shlex.quote(relative(Path(sys.executable).with_name("parallelsdk")))


def submit(
    store: Workspace, label: str, *, yaml: Path | None = None, script: Path | None = None
) -> JobFolder:
    """Run one example in a process of its own, as typed in a terminal, and give back its job."""
    if yaml is not None:
        shown = f"parallelsdk job create --file {relative(yaml)} --stream"
        words = [sys.executable, "-m", "parallelsdk", "job", "create", "--file", str(yaml)]
        words.append("--stream")
    else:
        shown = f"python {relative(script)}"
        words = [sys.executable, str(script)]
    title(label)
    print(f"$ {shown}", flush=True)
    environment = {**os.environ, "PARALLELSDK_HOME": str(store.root)}
    status = subprocess.run(words, env=environment, check=False).returncode
    jobs = list_jobs(store)
    if status != 0 or not jobs:
        sys.exit(f"{label}: the command ended with status {status}.")
    return store.job(jobs[0].name)


def show_outputs(job: JobFolder) -> None:
    """Where the outputs of the last steps lie, and what they begin with."""
    for step in read_job(job).steps:
        if step.kind != "parallel":
            continue
        for name, output in step.outputs.items():
            file = first_file(Path(output.path))
            print(f"output {name} of {step.name}: {output.path}")
            if file is not None:
                with open(file, encoding="utf-8", errors="replace") as lines:
                    for line, _ in zip(lines, range(FIRST_ROWS), strict=False):
                        print("   ", line.rstrip())


def first_file(path: Path) -> Path | None:
    """The file itself, or the first one in the folder."""
    if path.is_file():
        return path
    return next((p for p in sorted(path.rglob("*")) if p.is_file()), None)


def show_accuracy(job: JobFolder) -> None:
    """How many digits were recognised."""
    with open(EXAMPLES / "digits" / "labels.csv", encoding="utf-8", newline="") as file:
        labels = {row["image"]: row["label"] for row in csv.DictReader(file)}
    output = read_job(job).step("identify").outputs["predictions"]
    lines = Path(output.path).read_text(encoding="utf-8").splitlines()
    right = sum(labels[line.split()[0]] == line.split()[1] for line in lines)
    print(f"{right} of {len(lines)} digits are right")


def show_parallelism(job: JobFolder, step: str) -> None:
    """The time by the clock against the time in run(), and the processes that took part."""
    record = read_job(job).step(step)
    report = job.step(step).logs / "sys" / "job_report" / "processed_mini-batches.csv"
    with open(report, encoding="utf-8", newline="") as file:
        attempts = list(csv.DictReader(file))
    run = sum(float(attempt["Run Method Seconds"]) for attempt in attempts)
    workers = Counter(attempt["Process"] for attempt in attempts)
    shares = ", ".join(f"{worker} {count}" for worker, count in sorted(workers.items()))
    print(
        f"parallelism: {record.total} mini-batches spent {run:.1f} s in run() and took "
        f"{record.seconds:.1f} s by the clock, start of the workers included, on {os.cpu_count()} "
        f"cores\n{len(workers)} worker processes took part, with this many mini-batches: {shares}"
    )


def title(text: str) -> None:
    """A headline."""
    print(f"\n== {text}", flush=True)


def relative(path: Path | None) -> str:
    """The path as seen from here, for people."""
    return os.path.relpath(path or ".")


if __name__ == "__main__":
    sys.exit(main())
