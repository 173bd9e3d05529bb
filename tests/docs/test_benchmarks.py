"""The benchmarks that have no other test still do the work that they measure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_pipeline_of_many_steps_is_built_printed_and_validated(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/authoring.py", "--child", "parallelsdk", "--steps", "7"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert 0 < json.loads(done.stdout) < 30


def test_the_ledger_of_a_long_job_is_made_and_read(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/ledger.py", "--days", "0.1", "--jobs", "3", "--repeat", "1"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )

    assert not done.stderr
    assert done.stdout.count("reuse look-up") == 2  # whether it was fast enough is not asked here
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)
