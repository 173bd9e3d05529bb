"""``parallelsdk azure run`` on code that was written for Azure, in processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import list_jobs


def azure_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "parallelsdk", "azure", "run", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def check_job(workspace: Path) -> None:
    """The one job of the workspace did all that the pipeline says."""
    [record] = list_jobs(Workspace.at(workspace))
    assert record.status == "Completed"
    assert [step.name for step in record.steps] == [
        "prepare_file_tabular_data",
        "file_batch_score",
        "batch_score_with_tabular_input",
    ]
    reports = Path(output(record, "file_batch_score"))
    assert len(list(reports.glob("report_store_*.csv"))) == 6
    scored = Path(output(record, "batch_score_with_tabular_input")).read_text()
    assert len(scored.splitlines()) == 216


def output(record: JobRecord, step: str) -> str:
    return record.step(step).outputs["job_output_path"].path


def test_a_script_written_for_azure_runs_the_whole_pipeline(project: Path, workspace: Path) -> None:
    done = azure_run(project, "for_azure.py")

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0].startswith("azure.ai.ml is played by parallelsdk")
    assert done.stdout.splitlines()[-1].endswith(": Completed")
    check_job(workspace)


def test_a_notebook_written_for_azure_runs_the_whole_pipeline(
    project: Path, workspace: Path
) -> None:
    done = azure_run(project, "for_azure.ipynb", "-o", "executed.ipynb")

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0].startswith("azure.ai.ml is played by parallelsdk")
    check_job(workspace)
    executed = nbformat.read(project / "executed.ipynb", as_version=4)
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert code[0].outputs[0].text.startswith("azure.ai.ml is played by parallelsdk")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@pytest.mark.parametrize("name", ["for_azure.py", "for_azure.ipynb"])
def test_the_fixtures_know_azure_alone(project: Path, name: str) -> None:
    text = (project / name).read_text()

    assert "from azure.identity import DefaultAzureCredential, InteractiveBrowserCredential" in text
    assert "from azure.ai.ml.parallel import" in text
    assert "import parallelsdk" not in text
    assert "from parallelsdk" not in text


def test_arguments_and_exit_codes_pass_through(script: Callable[[str], Path]) -> None:
    path = script("import sys, azure.ai.ml\nprint(sys.argv[1:])\nsys.exit(int(sys.argv[-1]))\n")

    done = azure_run(path.parent, "script.py", "--debug", "-o", "--help", "7")

    assert done.returncode == 7
    assert done.stdout == "['--debug', '-o', '--help', '7']\n"


def test_a_failing_script_ends_with_1_and_its_own_frames(script: Callable[[str], Path]) -> None:
    path = script("from azure.ai.ml import Nonsense\n")

    done = azure_run(path.parent, "script.py")

    assert done.returncode == 1
    assert "docs/azure-parity.md" in done.stderr.splitlines()[-1]
    assert "parallelsdk/azure" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["missing.py"], "does not exist"),
        (["-o", "x.ipynb", "script.py"], "for notebooks"),
        (["book.ipynb", "argument"], "unexpected extra argument"),
    ],
)
def test_wrong_usage_ends_with_2(
    script: Callable[[str], Path], arguments: list[str], reason: str
) -> None:
    folder = script("print('ran')\n").parent
    (folder / "book.ipynb").write_text("{}")

    done = azure_run(folder, *arguments)

    assert done.returncode == 2
    assert reason in done.stderr
    assert "ran" not in done.stdout


def test_without_the_notebook_extra_the_command_says_which_one(tmp_path: Path) -> None:
    (tmp_path / "book.ipynb").write_text("{}")
    (tmp_path / "nbclient.py").write_text("raise ModuleNotFoundError(name='nbclient')\n")

    done = azure_run(tmp_path, "book.ipynb")

    assert done.returncode == 4
    assert "[notebook]'" in done.stderr


def test_interrupting_a_notebook_ends_its_kernel_and_the_command_with_130(tmp_path: Path) -> None:
    source = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(120)"
    cells = [nbformat.v4.new_code_cell(source)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "book.ipynb")
    running = subprocess.Popen(
        [sys.executable, "-m", "parallelsdk", "azure", "run", "book.ipynb"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    kernel = int(running.stdout.readline())

    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)

    assert running.returncode == 130
    assert told.split("\n", 1)[1].strip() == "Interrupted."
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
