"""Every sample, exported for Azure, loads and validates in the reference SDK."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.entities._export import export_job
from tests.parity.oracle import oracle_python
from tests.samples.conftest import SAMPLES


@pytest.mark.timeout(900)  # the first run installs the reference
@pytest.mark.parametrize("sample", SAMPLES)
def test_an_exported_sample_is_a_job_to_the_reference(
    build: Callable[[str], Any], sample: str, tmp_path: Path, root: Path
) -> None:
    job = build(sample)
    file, index, answers = (tmp_path / name for name in ("job.yml", "index.json", "answers.json"))

    export_job(job, str(file))
    index.write_text(json.dumps({sample: {"file": str(file)}}))
    loader = root / "tests" / "parity" / "load_exported.py"
    subprocess.run([oracle_python(root), str(loader), str(index), str(answers)], check=True)

    said = json.loads(answers.read_text())[sample]
    assert said.get("passed"), said
    assert list(said["steps"]) == list(job.jobs)
