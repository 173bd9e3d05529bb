"""Authoring beside the SDK that it mirrors: importing it, and a pipeline of 100 parallel steps.

The same code runs with both, under the name ``sdk``, in the environments of the parity suite. Each
measurement is a fresh process; the figures are CPU time, which other work on the machine hardly
touches.
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
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests" / "parity"), str(ROOT)]

OURS, REFERENCE = "parallelsdk", "azure.ai.ml"
IMPORTS = {
    OURS: "import parallelsdk; from parallelsdk import Input, Output",
    REFERENCE: "import azure.ai.ml; from azure.ai.ml import Input, Output",
}
MOST_IMPORT = 0.120  # seconds of CPU, the whole process
LEAST_RATIO = 10.0


def main() -> int:
    """Measure both in turn, or be one measurement; 1 when what is to be reached is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--child", choices=IMPORTS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.steps)
        return 0
    from oracle import oracle_python

    pythons = {OURS: sys.executable, REFERENCE: oracle_python(ROOT)}
    print(f"median CPU of {args.repeat} fresh processes, lowest in brackets\n")
    imports: dict[str, list[float]] = {sdk: [] for sdk in IMPORTS}
    builds: dict[str, list[float]] = {sdk: [] for sdk in IMPORTS}
    for _ in range(args.repeat):  # in turn, so that a busy minute hits both
        for sdk, python in pythons.items():
            imports[sdk].append(import_once(python, IMPORTS[sdk]))
            builds[sdk].append(build_once(python, sdk, args.steps))
    fast = show("import, with the start of Python", imports)
    show(f"build, print and validate {args.steps} parallel steps", builds)
    reached = fast <= MOST_IMPORT and ratio(builds) >= LEAST_RATIO
    print(
        f"to be reached: import within {1000 * MOST_IMPORT:.0f} ms, "
        f"{LEAST_RATIO:.0f} times faster: {'reached' if reached else 'MISSED'}"
    )
    return 0 if reached else 1


def show(title: str, seconds: dict[str, list[float]]) -> float:
    """One table; our median."""
    print(title)
    for sdk, values in seconds.items():
        middle, low = 1000 * statistics.median(values), 1000 * min(values)
        print(f"  {sdk:14} {middle:8.0f} ms  ({low:.0f})")
    print(f"  {'ratio':14} {ratio(seconds):8.1f}\n", flush=True)
    return statistics.median(seconds[OURS])


def ratio(seconds: dict[str, list[float]]) -> float:
    """How many times the reference needs as much as ours, by the medians."""
    return statistics.median(seconds[REFERENCE]) / statistics.median(seconds[OURS])


def import_once(python: str, statement: str) -> float:
    """CPU seconds of a whole process that does nothing but import."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-c", statement], check=True, capture_output=True, env=environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def build_once(python: str, sdk: str, steps: int) -> float:
    """CPU seconds of building, printing and validating, told by a process of its own."""
    command = [python, str(HERE / "authoring.py"), "--steps", str(steps), "--child", sdk]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return float(json.loads(done.stdout.splitlines()[-1]))


def environment() -> dict[str, str]:
    """The user's, with warnings off: the reference has many."""
    return {**os.environ, "PYTHONWARNINGS": "ignore"}


def child(sdk: str, steps: int) -> None:
    """Import first, then measure; check that the work was done."""
    from run_cases import stand_in

    stand_in(sdk)
    import many_steps

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        many_steps.write_files()
        started = time.process_time()
        job = many_steps.build(steps)
        text = str(job)
        found = job._validate()
        seconds = time.process_time() - started
        os.chdir("/")
    assert found.passed, found.error_messages
    assert len(job.jobs) == steps and text.count("append_row_to") >= steps
    print(json.dumps(seconds))


if __name__ == "__main__":
    sys.exit(main())
