"""Beside the real packages of Azure, in the environment of the parity suite."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from parallelsdk.constants import TERMINAL_STATUSES, JobStatus
from tests.parity.oracle import oracle_python

SCRIPT = """\
import sys
from azure.ai.ml import Input as RealInput
import azure.ai.ml.entities
before = {name: module for name, module in sys.modules.items() if name.startswith("azure")}

from parallelsdk.azure import playing

finders = list(sys.meta_path)
with playing():
    from azure.ai.ml import Input, Output
    from azure.ai.ml.dsl import pipeline
    from azure.ai.ml.parallel import RunFunction, parallel_run_function
    from azure.identity import DefaultAzureCredential
    import azure.storage.blob
    DefaultAzureCredential().get_token("scope")
    task = RunFunction(code=".", entry_script="x.py", environment="azureml:e:1")
    step = parallel_run_function(inputs={"data": Input(type="uri_folder")}, task=task,
                                 outputs={"rows": Output()}, input_data="${{inputs.data}}")
    @pipeline()
    def played(data):
        return {"rows": step(data=data).outputs.rows}
    assert type(played(Input(path="."))).__module__.startswith("parallelsdk.")
    assert Input is not RealInput

after = {name: module for name, module in sys.modules.items() if name.startswith("azure")}
assert {name: after[name] for name in before} == before
assert not [name for name in set(after) - set(before) if name.startswith("azure.ai.ml")]
assert sys.meta_path == finders
from azure.ai.ml import Input as Again
from azure.identity import DefaultAzureCredential as Real
assert Again is RealInput and Real.__module__.startswith("azure.identity.")
print("all is as it was")
"""


WORDS = """\
import json
from azure.ai.ml.operations._run_history_constants import RunHistoryConstants
print(json.dumps([RunHistoryConstants.ALL_STATUSES, RunHistoryConstants.TERMINAL_STATUSES]))
"""


def test_a_job_is_in_a_state_that_azure_has_a_word_for(root: Path) -> None:
    command = [oracle_python(root), "-W", "ignore", "-c", WORDS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    every, terminal = json.loads(done.stdout)
    ours = {value for name, value in vars(JobStatus).items() if name.isupper()}

    assert ours - set(every) == {JobStatus.UNKNOWN}  # of a job whose record is damaged
    assert set(every) - ours == {"Paused", "Provisioning"}  # which no job is here
    assert set(terminal) - {"Paused"} == TERMINAL_STATUSES


def test_the_real_packages_are_set_aside_and_come_back(root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [oracle_python(root), "-W", "ignore", "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "all is as it was\n"
