"""``parallelsdk job export``: files, standard output, warnings, and wrong usage."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallelsdk import load_job
from parallelsdk.cli._main import run
from parallelsdk.entities import PipelineJob
from parallelsdk.entities._document import read_yaml
from parallelsdk.jobstore.layout import Workspace
from tests.client.job_folders import completed_job

JOB = """\
type: pipeline
name: mine
jobs:
  show: {type: command, command: ls, environment: 'azureml:e:1'}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "job.yml"
    path.write_text(JOB, encoding="utf-8")
    return str(path)


def test_one_file_goes_to_standard_output_and_warnings_do_not(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "export", "-f", file, "--to", "azure"]) == 0
    told = capsys.readouterr()
    (tmp_path / "out.yml").write_text(told.out, encoding="utf-8")
    written = read_yaml(tmp_path / "out.yml")
    assert written["name"] == "mine"
    assert written["jobs"]["show"]["component"]["command"] == "ls"
    assert told.err.startswith("warning: settings.default_compute: ")


def test_overrides_are_exported(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "export", "-f", file, "--set", "compute=azureml:big"]) == 0
    told = capsys.readouterr()
    assert "compute: azureml:big\n" in told.out
    assert told.err == ""


def test_a_folder_gets_the_files(file: str, tmp_path: Path) -> None:
    assert run(["job", "export", "-f", file, "-o", str(tmp_path / "new" / "folder")]) == 0
    assert (tmp_path / "new" / "folder" / "pipeline.yml").is_file()


def test_a_stored_job_is_exported_without_its_name(
    file: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = completed_job(Workspace.at(workspace))
    job = load_job(file)
    assert isinstance(job, PipelineJob)
    job.dump(str(folder.job_yml))

    assert run(["job", "export", "-n", folder.name]) == 0
    assert "name: mine" not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["-f", "a.yml", "-n", "b"]])
def test_either_a_file_or_a_name(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "export", *arguments]) == 2
    assert "--file or --name" in capsys.readouterr().err


def test_a_job_that_is_not_valid_is_told_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text("type: pipeline\njobs: {}\n", encoding="utf-8")

    assert run(["job", "export", "-f", str(bad), "-o", str(tmp_path / "out")]) == 2
    assert "no steps" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
