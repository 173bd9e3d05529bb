"""Every file of the YAML cases that our loaders take is valid under our schema."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema

from parallelsdk import load_component, load_data, load_environment, load_job
from parallelsdk.entities._document import read_yaml
from parallelsdk.entities._schema import file_schema
from parallelsdk.exceptions import MlException
from tests.parity.conftest import CASES, HERE

LEAST_FILES = 80


def taken(folder: Path) -> Iterator[Path]:
    """The YAML files below ``folder`` that some loader takes; conda's are none of ours."""
    for file in sorted(folder.rglob("*.yml")):
        for loader in (load_job, load_component, load_environment, load_data):
            try:
                loader(file)
            except MlException:
                continue
            if "dependencies" not in read_yaml(file):
                yield file
            break


def test_the_schema_takes_every_file_that_the_loaders_take(tmp_path: Path, root: Path) -> None:
    files = [str(file) for file in CASES if file.stem.startswith("yaml_")]
    command = [sys.executable, str(HERE / "export_cases.py"), str(tmp_path), *files]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    check = jsonschema.Draft202012Validator(file_schema())

    found = list(taken(tmp_path))
    refused = {str(file): file.read_text() for file in found if not check.is_valid(read_yaml(file))}

    assert not refused, "\n".join(f"{name}:\n{text}" for name, text in refused.items())
    assert len(found) >= LEAST_FILES
