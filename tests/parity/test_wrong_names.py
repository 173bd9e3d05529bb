"""A name that is misspelt or stands in the wrong place never passes in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parity.oracle import locked, oracle_python
from tests.parity.wrong_names import Verdict

HERE = Path(__file__).resolve().parent
GOOD = "good: job"
# The reference refuses these because something is missing then that is needed there and not here.
MISSING_THERE = {
    "job: jobs.score.task.tyep",
    "job: jobs.score.task.environmetn",
    "part: environmetn",
}
# What the reference lets pass and then cannot run, or has one rule less for.
REFUSED_HERE = {
    "job: jobs.score.task.entry_scritp",
    "part: inpust",
    "part: outpust",
    "part: resources.instance_coutn",
}
# What declares an input where its value is given: it counts here, and is warned of.
DECLARING = {
    *(f"job: jobs.prep.inputs.n+{word}" for word in ("default", "min", "max", "enum", "optional")),
    "job: inputs.m+enum",
    "job: inputs.m+optional",
}
Verdicts = dict[str, Verdict]


def _verdicts(python: str, sdk: str, root: Path, folder: Path) -> Verdicts:
    out = folder / f"names.{sdk}.json"
    with locked(out.with_suffix(".lock")):
        if not out.exists():
            done = subprocess.run(
                [python, str(HERE / "wrong_names.py"), "--sdk", sdk, "--out", str(out)],
                env={**os.environ, "PYTHONPATH": str(root) if sdk == "parallelsdk" else ""},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
    found: Verdicts = json.loads(out.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def theirs(root: Path, shared_folder: Path) -> Verdicts:
    """What the reference makes of the names."""
    return _verdicts(oracle_python(root), "azure.ai.ml", root, shared_folder)


@pytest.fixture(scope="session")
def mine(root: Path, shared_folder: Path) -> Verdicts:
    """What parallelsdk makes of them."""
    return _verdicts(sys.executable, "parallelsdk", root, shared_folder)


def test_what_is_written_well_passes(theirs: Verdicts, mine: Verdicts) -> None:
    assert theirs[GOOD] == mine[GOOD] == ["silent", ""]


def test_no_wrong_name_passes_in_silence(theirs: Verdicts, mine: Verdicts) -> None:
    assert len(mine) > 200 and mine.keys() == theirs.keys()
    assert [name for name, (kind, _) in mine.items() if kind == "silent" and name != GOOD] == []


def test_what_the_reference_refuses_is_refused(theirs: Verdicts, mine: Verdicts) -> None:
    refused = {name for name, (kind, _) in theirs.items() if kind == "refused"}
    assert len(refused) > 180
    assert {name for name in refused if mine[name][0] != "refused"} == MISSING_THERE | DECLARING


def test_what_the_reference_lets_pass_is_a_warning(theirs: Verdicts, mine: Verdicts) -> None:
    silent = {name for name, (kind, _) in theirs.items() if kind == "silent" and name != GOOD}
    assert {name for name in silent if mine[name][0] != "warned"} == REFUSED_HERE
    assert all("means nothing here" in mine[name][1] for name in silent - REFUSED_HERE)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("job: settinsg", "means nothing here; did you mean 'settings'?"),
        ("job: +input", "means nothing here; did you mean 'inputs'?"),
        ("job: +mini_batch_size", "it belongs to a step, below jobs"),
        ("job: +force_rerun", "it belongs to settings.force_rerun"),
        ("job: jobs.score+append_row_to", "it belongs to task.append_row_to"),
        ("job: jobs.score+timeout", "it belongs to retry_settings.timeout"),
        ("job: jobs.score+instance_count", "it belongs to resources.instance_count"),
        ("job: jobs.score+mini_batch_rows", "task.program_arguments, as --mini_batch_rows"),
        ("job: jobs.score.task+mini_batch_size", "it belongs to the step, beside task"),
        ("job: jobs.prep+timeout", "it belongs to limits.timeout"),
        ("job: inputs.files+moode", "did you mean 'mode'?"),
        ("job: jobs.prep.distribution.tyep", "did you mean 'type'?"),
        ("job: jobs.prep.identity.client_di", "did you mean 'client_id'?"),
        ("job: jobs.prep.services.ssh+job_service_type", "it belongs to the service as type"),
        ("job: jobs.prep.queue_settings.job_tire", "did you mean 'job_tier'?"),
        ("job: jobs.prep.inputs.n+default", "belongs to the declaration of a component's input"),
        ("call: Command(compt)", "did you mean 'compute'?"),
        ("job: jobs.score.retry_settings.max_retrise", "did you mean 'max_retries'?"),
        ("override: input.n", "input: means nothing here; did you mean 'inputs'?"),
        ("override: jobs.nosuch.mini_batch_size", "there is no step 'nosuch'"),
        ("call: parallel_run_function(mini_batch_sze)", "did you mean 'mini_batch_size'?"),
        ("call: parallel_run_function(append_row_to)", "it belongs to task.append_row_to"),
        ("call: parallel_run_function(retry_settings={max_retrys})", "did you mean 'max_retries'"),
    ],
)
def test_the_message_names_the_nearest_name_or_where_it_belongs(
    mine: Verdicts, name: str, words: str
) -> None:
    assert words in mine[name][1]
