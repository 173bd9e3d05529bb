"""Inputs and outputs of every type pass through a job, by value or by path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Project

LITERALS: dict[str, tuple[Any, str]] = {
    "string": ("two words", "two words"),
    "integer": (3, "3"),
    "number": (2.5, "2.5"),
    "boolean": (True, "True"),
}
FOLDERS = ("uri_folder", "mltable", "custom_model", "mlflow_model", "triton_model")


def _component(command: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "command",
        "command": command,
        "environment": "azureml:any:1",
        "inputs": inputs,
        "outputs": outputs,
    }


@pytest.fixture
def data(project: Project) -> Path:
    """A folder with a file that is also valid as a table's definition."""
    folder = project.root / "thing"
    folder.mkdir()
    (folder / "rows.csv").write_text("a\n1\n")
    (folder / "MLTable").write_text("paths:\n- file: ./rows.csv\n")
    return folder


def test_literals_of_every_type_reach_a_command(project: Project) -> None:
    names = list(LITERALS)
    lines = "; ".join(f"echo ${{{{inputs.{n}}}}} >> ${{{{outputs.told}}}}" for n in names)
    project.document["inputs"] = {
        name: {"type": name, "default": value} for name, (value, _) in LITERALS.items()
    }
    project.document["outputs"] = {"told": {"type": "uri_file"}}
    project.document["jobs"] = {
        "tell": {
            "type": "command",
            "component": _component(
                lines, {name: {"type": name} for name in names}, {"told": {"type": "uri_file"}}
            ),
            "inputs": {name: f"${{{{parent.inputs.{name}}}}}" for name in names},
            "outputs": {"told": "${{parent.outputs.told}}"},
        }
    }
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().splitlines() == [t for _, t in LITERALS.values()]


def test_folders_of_every_type_pass_through_two_steps_to_the_jobs_output(
    project: Project, data: Path
) -> None:
    document = project.document
    document["inputs"] = {kind: {"type": kind, "path": "./thing"} for kind in FOLDERS}
    document["outputs"] = {kind: {"type": kind} for kind in FOLDERS}
    document["jobs"] = {}
    for kind in FOLDERS:
        ports = {"given": {"type": kind}}, {"made": {"type": kind}}
        copy = _component("cp -r ${{inputs.given}}/. ${{outputs.made}}", *ports)
        made = f"${{{{parent.jobs.first_{kind}.outputs.made}}}}"
        document["jobs"][f"first_{kind}"] = {
            "type": "command",
            "component": copy,
            "inputs": {"given": f"${{{{parent.inputs.{kind}}}}}"},
        }
        document["jobs"][f"second_{kind}"] = {
            "type": "command",
            "component": copy,
            "inputs": {"given": {"path": made, "mode": "download"}},
            "outputs": {"made": f"${{{{parent.outputs.{kind}}}}}"},
        }
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    shown = json.loads(project.run("job", "show", "-n", "one", "-o", "json").stdout)
    for kind in FOLDERS:
        made = shown["outputs"][kind]
        assert made["type"] == kind
        assert {path.name for path in Path(made["path"]).iterdir()} == {"rows.csv", "MLTable"}


def test_a_file_passes_from_the_job_through_a_step_to_its_output(project: Project) -> None:
    (project.root / "note.txt").write_text("hello\n")
    project.document["inputs"] = {"note": {"type": "uri_file", "path": "./note.txt"}}
    project.document["outputs"] = {"copy": {"type": "uri_file"}}
    project.document["jobs"] = {
        "copy": {
            **_component(
                "cp ${{inputs.note}} ${{outputs.copy}}",
                {"note": "${{parent.inputs.note}}"},
                {"copy": "${{parent.outputs.copy}}"},
            )
        }
    }
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text() == "hello\n"


def test_a_table_of_one_step_is_split_by_the_next(project: Project, data: Path) -> None:
    (project.root / "src" / "entry.py").write_text(
        "def run(frame): return [str(value) for value in frame['a']]\n"
    )
    project.document["jobs"]["make"] = _component(
        f"cp -r {data}/. ${{{{outputs.made}}}}"
        " && printf 'a\\n7\\n8\\n' > ${{outputs.made}}/rows.csv"
        " && printf 'paths:\\n- file: ./rows.csv\\n"
        'transformations:\\n- read_delimited: {delimiter: ","}\\n\' > ${{outputs.made}}/MLTable',
        {},
        {"made": {"type": "mltable"}},
    )
    project.step["inputs"] = {
        "files": {"type": "mltable", "path": "${{parent.jobs.make.outputs.made}}"}
    }
    project.step["mini_batch_size"] = "1kb"
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert project.download("one").read_text().splitlines() == ["7", "8"]
