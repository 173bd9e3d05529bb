"""The benchmark of authoring still does the work that it measures."""

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
