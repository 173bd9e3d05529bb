"""A project folder with a small pipeline in it, and the command line as a user has it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

SCRIPT = "import os\n\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n"


@dataclass
class Project:
    """A pipeline of one parallel step over five text files, to be changed by the test."""

    root: Path
    workspace: Path
    document: dict[str, Any]

    @property
    def step(self) -> dict[str, Any]:
        step: dict[str, Any] = self.document["jobs"]["score"]
        return step

    @property
    def file(self) -> Path:
        return self.root / "pipeline.yml"

    def script(self, text: str) -> None:
        (self.root / "src" / "entry.py").write_text(text)

    def write(self) -> Path:
        self.file.write_text(yaml.safe_dump(self.document, sort_keys=False))
        return self.file

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """The command line, in the project's folder."""
        return subprocess.run(
            [sys.executable, "-m", "parallelsdk", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def create(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``job create`` on the document as it is now."""
        self.write()
        return self.run("job", "create", "--file", "pipeline.yml", *arguments)

    def jobs(self) -> list[str]:
        folder = self.workspace / "jobs"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def download(self, name: str) -> Path:
        """The file of the job's one output."""
        done = self.run("job", "download", "-n", name, "--all", "-p", "got")
        assert done.returncode == 0, done.stderr
        [file] = [p for p in (self.root / "got" / "named-outputs").rglob("*") if p.is_file()]
        return file


@pytest.fixture
def project(tmp_path: Path, workspace: Path) -> Project:
    (tmp_path / "data").mkdir()
    for name in "abcde":
        (tmp_path / "data" / name).write_text(name)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "entry.py").write_text(SCRIPT)
    document = {
        "type": "pipeline",
        "display_name": "five files",
        "outputs": {"names": {"type": "uri_file"}},
        "jobs": {
            "score": {
                "type": "parallel",
                "inputs": {"files": {"type": "uri_folder", "path": "./data"}},
                "outputs": {"names": "${{parent.outputs.names}}"},
                "input_data": "${{inputs.files}}",
                "mini_batch_size": "1",
                "resources": {"instance_count": 1},
                "max_concurrency_per_instance": 2,
                "retry_settings": {"max_retries": 1, "timeout": 60},
                "task": {
                    "type": "run_function",
                    "code": "./src",
                    "entry_script": "entry.py",
                    "program_arguments": "--word hello",
                    "append_row_to": "${{outputs.names}}",
                    "environment": "azureml:any:1",
                },
            }
        },
    }
    return Project(tmp_path, workspace, document)
