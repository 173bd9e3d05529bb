"""What is exported for Azure loads and validates in the reference, every time."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.parity.conftest import CASES, HERE
from tests.parity.oracle import locked, oracle_python

JOBS = HERE / "exported_jobs.py"
LEAST_JOBS = 140  # valid pipeline jobs among the cases
NAMES = [
    f"{JOBS.stem}.{item.name}"
    for item in ast.parse(JOBS.read_text(encoding="utf-8")).body
    if isinstance(item, ast.FunctionDef) and item.name.startswith("case_")
]
Answers = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def exports(shared_folder: Path, root: Path) -> Answers:
    """Each export, with what the reference says about it under ``reference``."""
    folder = shared_folder / "exports"
    answers = folder / "answers.json"
    with locked(shared_folder / "exports.lock"):
        if not answers.exists():
            ours = [sys.executable, str(HERE / "export_cases.py"), str(folder), str(JOBS)]
            _run([*ours, *map(str, CASES)], {"PYTHONPATH": str(root)})
            index = str(folder / "index.json")
            _run([oracle_python(root), str(HERE / "load_exported.py"), index, str(answers)], {})
    found: Answers = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    said = json.loads(answers.read_text(encoding="utf-8"))
    return {name: {**export, "reference": said.get(name)} for name, export in found.items()}


def _run(command: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def problem(export: dict[str, Any]) -> str | None:
    """Why an export is no good, None when it is."""
    if "error" in export:
        return str(export["error"])
    said = export["reference"]
    if "error" in said:
        return f"{said['error']}\n{Path(export['file']).read_text(encoding='utf-8')}"
    return None if said["passed"] else str(said["errors"])


def differing(export: dict[str, Any]) -> list[str]:
    """The settings of steps that count here and that the reference reads differently."""
    found = []
    for step, settings in export["settings"].items():
        for name, value in settings.items():
            read: Any = export["reference"]["steps"][step]
            for part in name.split("."):
                read = read.get(part) if isinstance(read, dict) else None
            if str(read) != value:
                found.append(f"{step}.{name}: {value} here, {read} there")
    return found


@pytest.mark.timeout(900)  # the first run installs the reference
@pytest.mark.parametrize("name", NAMES)
def test_an_exported_job_loads_and_validates_with_its_settings(name: str, exports: Answers) -> None:
    assert exports[name].get("invalid") is None
    assert problem(exports[name]) is None
    assert differing(exports[name]) == []


@pytest.mark.timeout(900)
def test_every_valid_job_of_the_cases_loads_and_validates(exports: Answers) -> None:
    valid = {name: export for name, export in exports.items() if "invalid" not in export}
    bad = {name: problem(export) or "\n".join(differing(export)) for name, export in valid.items()}

    assert not any(bad.values()), "\n".join(f"{name}: {bad[name]}" for name in bad if bad[name])
    assert len(valid) >= LEAST_JOBS


@pytest.mark.timeout(900)
def test_every_valid_job_of_the_cases_is_dumped_and_loaded_into_an_equal_one(
    exports: Answers,
) -> None:
    other = {name: export["again"] for name, export in exports.items() if export.get("again")}

    assert not other, "\n".join(f"{name}:\n{lines}" for name, lines in other.items())
