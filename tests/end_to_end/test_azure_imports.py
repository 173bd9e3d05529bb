"""What code for Azure imports and asks its environment for, in entry scripts and in commands."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient
from tests.end_to_end.conftest import Project

SHOW = (
    "import json, os, sys\n"
    "names = ('AZURE', 'AZ_')\n"
    "found = {k: v for k, v in os.environ.items() if k.startswith(names)}\n"
)
LOGS = (
    "import os, pathlib\n"
    "from azureml.core import Run, Workspace, Dataset\n"
    "from azureml.core.run import _OfflineRun\n"
    "from azureml.core.model import Model\n"
    "run = Run.get_context()\n"
    "assert isinstance(run, Run) and isinstance(run, _OfflineRun)\n"
)


def _job(project: Project, name: str = "one") -> dict[str, Any]:
    """Run it; what ``job show`` says."""
    done = project.create("-n", name, "--stream", "--experiment-name", "trial")
    assert done.returncode == 0, done.stderr
    shown = project.run("job", "show", "-n", name, "-o", "json")
    document: dict[str, Any] = json.loads(shown.stdout)
    return document


def _log(project: Project, step: str, name: str = "one") -> str:
    return (project.workspace / f"jobs/{name}/steps/{step}/logs/std_log.txt").read_text()


@pytest.fixture
def both(project: Project) -> Project:
    """A parallel step with one mini-batch, and a command step with the same inputs."""
    ports = {"files": {"type": "uri_folder", "path": "./data"}, "limit": 7}
    project.step["inputs"] = dict(ports)
    project.step["mini_batch_size"] = "5"
    project.step["max_concurrency_per_instance"] = 1
    project.document["jobs"]["look"] = {
        "type": "command",
        "inputs": dict(ports),
        "outputs": {"out": {"type": "uri_folder"}},
        "code": "./src",
        "command": "python command.py",
        "environment": "azureml:any:1",
    }
    (project.root / "src" / "command.py").write_text("")
    return project


def test_the_variables_of_azures_runtime_are_there(both: Project) -> None:
    both.script(SHOW + "def run(paths): return [json.dumps(found)] * len(paths)\n")
    (both.root / "src" / "command.py").write_text(
        SHOW + "open(os.environ['AZ_BATCHAI_JOB_TEMP'] + '/x', 'w').close()\n"
        "open(os.environ['AZURE_ML_OUTPUT_out'] + '/x', 'w').close()\n"
        "found['cwd'] = os.getcwd()\n"
        "print(json.dumps(found))\n"
    )
    both.document["jobs"]["look"]["environment_variables"] = {"AZUREML_RUN_ID": "mine"}
    _job(both)
    steps = both.workspace / "jobs" / "one" / "steps"
    score = json.loads((steps / "score/outputs/names/names").read_text().splitlines()[0])
    look = json.loads(_log(both, "look"))
    for found, step in ((score, "score"), (look, "look")):
        assert found["AZURE_ML_INPUT_files"] == str(both.root / "data")
        assert found["AZURE_ML_INPUT_limit"] == found["AZUREML_PARAMETER_limit"] == "7"
        assert found["AZUREML_ROOT_RUN_ID"] == "one"
        assert found["AZUREML_EXPERIMENT_NAME"] == "trial"
        assert found["AZUREML_NODE_COUNT"] == "1"
        assert found["AZ_BATCHAI_OUTPUT_logs"] == str(steps / step / "logs")
        assert not Path(found["AZ_BATCHAI_JOB_TEMP"]).exists()  # the step has ended
        assert not [n for n in found if "TOKEN" in n or "SUBSCRIPTION" in n or "ENDPOINT" in n]
    assert score["AZUREML_RUN_ID"] == "one_score"
    assert look["AZUREML_RUN_ID"] == "mine"
    assert score["AZURE_ML_OUTPUT_names"] == str(steps / "score/outputs/names/names")
    assert look["AZURE_ML_OUTPUT_out"] == str(steps / "look/outputs/out")
    assert (Path(score["AZ_BATCHAI_JOB_WORK_DIR"]) / "entry.py").is_file()
    assert look["AZ_BATCHAI_JOB_WORK_DIR"] == look["cwd"]
    again = _job(both, "two")["jobs"]  # none of them counts: they differ in each job
    assert [again[name]["reused_from"] for name in ("score", "look")] == ["one/score", "one/look"]


def test_metrics_that_any_process_logs_are_in_the_jobs_record(both: Project) -> None:
    both.script(
        LOGS.replace("run =", "azure =").replace("(run,", "(azure,") + "import numpy\n"
        "def init():\n"
        "    azure.tag('model', 'v2')\n"
        "def run(paths):\n"
        "    for n, path in enumerate(paths):\n"
        "        azure.log('loss', numpy.float32(n / 2))\n"
        "        azure.log_row('rows', file=os.path.basename(path), n=n)\n"
        "    azure.log_table('table', {'a': [1, 2], 'b': ['x', None]})\n"
        "    azure.log_list('list', [1, 2, float('nan')])\n"
        "    azure.parent.log('files', len(paths))\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        Run.get_context().log('from a child', True)\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    pathlib.Path('note.txt').write_text('hello')\n"
        "    azure.upload_file('outputs/note.txt', 'note.txt')\n"
        "    return [f'{azure.id} {azure.parent.id} {azure.experiment.name}'] * len(paths)\n"
    )
    (both.root / "src" / "command.py").write_text(
        LOGS + "run.log('accuracy', 0.5)\n"
        "run.parent.log('files', 100)\n"
        "run.complete()\n"
        "for use in (lambda: Workspace.from_config(), lambda: Model('m'), lambda: Dataset.get,\n"
        "            lambda: run.get_secret('s'), lambda: run.experiment.workspace):\n"
        "    try: use()\n"
        "    except NotImplementedError as error: print(error)\n"
    )
    document = _job(both)
    score = document["jobs"]["score"]["metrics"]
    assert score["values"]["loss"]["last"] == 2.0 and score["values"]["loss"]["count"] == 5
    assert score["values"]["from a child"]["last"] is True
    assert score["tables"]["rows"]["rows"] == 5
    assert score["tables"]["rows"]["last"][0] == {"file": "a", "n": 0}
    assert score["tables"]["table"]["last"] == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert score["tables"]["list"]["last"][2] == {"list": "nan"}
    assert score["tags"] == {"model": "v2"}
    assert document["jobs"]["look"]["metrics"]["values"]["accuracy"]["last"] == 0.5
    assert document["metrics"]["values"]["files"]["count"] == 2
    told = _log(both, "look").splitlines()
    assert len(told) == 5 and all("needs Azure's service" in line for line in told)
    people = both.run("job", "show", "-n", "one").stdout
    assert "metric loss: 2.0 (5 times)" in people and "metric rows: 5 rows" in people
    client = MLClient()
    assert client.jobs.get("one").metrics.values["files"].count == 2
    steps = {step.step: step for step in client.jobs.list(parent_job_name="one")}
    assert steps["score"].metrics.values["loss"].last == 2.0
    place = both.workspace / "jobs/one/steps/score"
    assert (place / "logs/uploaded/outputs/note.txt").read_text() == "hello"
    assert (place / "outputs/names/names").read_text().splitlines()[0] == "one_score one trial"
    again = _job(both, "two")["jobs"]["score"]
    assert again["reused_from"] == "one/score" and again["metrics"] == score


def test_in_no_job_a_run_prints_what_it_is_told(root: Path, tmp_path: Path) -> None:
    code = (
        "from azureml.core import Run\n"
        "run = Run.get_context()\n"
        "run.log('loss', 0.5); run.log_row('rows', a=1); run.tag('k', 'v'); run.complete()\n"
        "print(run.id.startswith('OfflineRun_'), run.parent, run.get_metrics())\n"
        "try: Run.get_context(allow_offline=False)\n"
        "except RuntimeError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PYTHONPATH": str(root / "parallelsdk" / "worker" / "shims")},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[:4] == ["loss: 0.5", "rows: {'a': 1}", "k: v", "True None {}"]
    assert "allow_offline" in lines[4]


def test_mltable_is_imported_in_commands_as_in_entry_scripts(both: Project) -> None:
    (both.root / "data" / "MLTable").write_text("paths: [{pattern: ./*}]\n")
    look = (
        "import mltable\n"
        "from mltable import MLTable, DataType\n"
        "table = mltable.from_delimited_files([{{'file': {path!r}}}])\n"
    ).format(path=str(both.root / "table.csv"))
    (both.root / "table.csv").write_text("n,m\n1,2\n")
    (both.root / "src" / "command.py").write_text(
        look + "print(list(table.to_pandas_dataframe().columns), mltable.__name__)\n"
    )
    both.script(look + "def run(paths): return [mltable.__name__] * len(paths)\n")
    _job(both)
    assert _log(both, "look") == "['n', 'm'] parallelsdk.mltable\n"


def test_where_azures_own_packages_are_installed_they_are_imported(
    project: Project, tmp_path: Path
) -> None:
    """Their layout: ``azureml`` is extended by whoever brings a part of it."""
    venv.create(tmp_path / "other", with_pip=False, symlinks=True)
    [site] = (tmp_path / "other" / "lib").glob("python*/site-packages")
    extends = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    for name, text in (
        ("mltable/__init__.py", "from mltable.mltable import load\n" + extends),
        ("mltable/mltable.py", "load = 'the official one'\n"),
        ("azureml/__init__.py", extends),
        ("azureml/core/__init__.py", "from azureml.core.run import Run\n"),
        ("azureml/core/run.py", "Run = 'the official run'\n"),
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    python = tmp_path / "other" / "bin" / "python"
    tries = [
        f'{python} -c "import mltable, azureml.core; print(mltable.load, azureml.core.Run)"',
        f"rm -r {site}/azureml/core",  # as where azureml-mlflow alone is installed
        f'{python} -c "import azureml.core.run as m; print(m.Run.__module__)"',
    ]
    project.document["jobs"] = {
        "look": {"type": "command", "command": "; ".join(tries), "environment": "azureml:any:1"}
    }
    del project.document["outputs"]
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, _log(project, "look")
    assert _log(project, "look").splitlines() == [
        "the official one the official run",
        "parallelsdk.worker.azureml_run",
    ]
