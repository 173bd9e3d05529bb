"""The results of all cases, once with the reference and once with ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.parity.oracle import locked, oracle_python

HERE = Path(__file__).resolve().parent
CASES = sorted(file for file in (HERE / "cases").glob("*.py") if not file.name.startswith("_"))

Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def run_cases(shared_folder: Path, root: Path) -> Callable[[str, str], Results]:
    """Runs all cases with an interpreter and an SDK, once for all processes of this test run."""

    def run(python: str, sdk: str) -> Results:
        out = shared_folder / f"{sdk}.json"
        with locked(shared_folder / f"{sdk}.lock"):
            if not out.exists():
                command = [python, str(HERE / "run_cases.py"), "--sdk", sdk, "--out", str(out)]
                paths = {"PYTHONPATH": str(root)} if sdk == "parallelsdk" else {}
                done = subprocess.run(
                    [*command, *map(str, CASES)],
                    env={**os.environ, **paths},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, done.stdout + done.stderr
        found: Results = json.loads(out.read_text(encoding="utf-8"))
        return found

    return run


@pytest.fixture(scope="session")
def reference(run_cases: Callable[[str, str], Results], root: Path) -> Results:
    """What the reference makes of the cases."""
    return run_cases(oracle_python(root), "azure.ai.ml")


@pytest.fixture(scope="session")
def ours(run_cases: Callable[[str, str], Results]) -> Results:
    """What parallelsdk makes of the cases."""
    return run_cases(sys.executable, "parallelsdk")
