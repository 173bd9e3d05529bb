"""The log tree of a parallel step: Azure's names, and a cause in the first line."""

from __future__ import annotations

import csv
import dataclasses
import os
import pstats
from datetime import datetime
from pathlib import Path

import pytest

from parallelsdk.planning.plan import OutputPlan
from parallelsdk.runtime import step_logs
from parallelsdk.runtime.step_logs import StepLogs
from tests.runtime.conftest import Bench

ECHO = "def run(paths): return [open(p).read() for p in paths]\n"
FICKLE = (  # every mini-batch fails once
    "tries = set()\n"
    "def run(paths):\n"
    "    if paths[0] not in tries:\n"
    "        tries.add(paths[0])\n"
    "        raise ValueError('not yet')\n"
    "    return [open(p).read() for p in paths]\n"
)


def _one(bench: Bench, pattern: str) -> str:
    [path] = bench.step.logs.glob(pattern)
    return path.read_text()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_tree_is_azures(bench: Bench) -> None:
    bench.add_files(3)
    bench.add_script(FICKLE)
    assert bench.run(bench.plan()).status == "Completed"
    assert _one(bench, "job_result.txt").splitlines()[0] == "Completed"
    assert "sys/job_report/node_summary.csv" in _one(bench, "readme.txt")
    overview = _one(bench, "job_progress_overview.*.txt").splitlines()
    assert "Scheduled 3 mini-batches, 3 items, in " in overview[0]
    assert "Processed 3 of 3 mini-batches in 0:00:0" in overview[-3]
    assert "Merging the results" in overview[-2] and "ended: Completed" in overview[-1]
    assert _one(bench, "job_error.*.txt").count("will be tried again: ValueError: not yet") == 3
    stages = [line.split("|")[3] for line in _one(bench, "sys/master_role.*.txt").splitlines()]
    assert [stage.partition(":")[0] for stage in stages] == [
        "STEP_STARTED",
        "ALL_TASKS_SCHEDULED",
        "FIRST_TASK_SCHEDULED",
        "TASKS_FINISHED",
        "STEP_ENDED",
    ]
    assert "of type uri_folder, mode ro_mount" in stages[0]
    life = _one(bench, "sys/node/0/process000.txt")
    assert "|INFO|" in life and "|MainThread|started" in life and "|stopped" in life
    assert "|process000|started, pid " in _one(bench, "sys/node/0/_main.txt")
    [progress] = bench.step.logs.glob("sys/metrics/*/progress.csv")
    assert _rows(progress)[-1]["Completed Tasks"] == "3"
    reports = bench.step.logs / "sys" / "job_report"
    assert len(_rows(reports / "processed_mini-batches.csv")) == 6
    assert list(_rows(reports / "processed_mini-batches.csv")[0]) == [
        *("Mini-batch Id", "Picked Count", "Process", "Process Start Time"),
        *("Total", "Succeeded", "Failed", "Elapsed Seconds", "Process Seconds"),
        *("Run Method Seconds", "Status", "Error Category", "Error Message", "Mini-batch Detail"),
    ]
    for name in ("process_summary.csv", "node_summary.csv"):
        [row] = _rows(reports / name)
        assert (row["Mini-batches Picked"], row["Mini-batches Succeeded"]) == ("6", "3")
    assert not (bench.step.logs / "sys" / "error").exists()


def test_a_time_out_and_a_death_are_runtime_errors_and_the_page_to_open(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("import time\ndef run(paths): time.sleep(3600)\n")
    result = bench.run(bench.plan(timeout=1, max_retries=1, mini_batch_error_threshold=0))
    assert result.status == "Failed"
    assert result.log == str(bench.step.logs / "sys" / "error" / "0" / "process001.txt")
    for process, attempt in (("process000", 1), ("process001", 2)):
        text = _one(bench, f"sys/error/0/{process}.txt")
        assert "|ERROR|" in text and f"mini-batch 0, attempt {attempt}: run() did not" in text
    assert _one(bench, "sys/node/0/_main.txt").count("run() did not return within 1 s") == 2


def test_a_mini_batch_that_is_not_loaded_in_time_is_told_from_one_that_cannot_be(
    bench: Bench,
) -> None:
    bench.add_files(2)
    bench.add_script(  # no file list takes long to load, so the script makes it
        "import time\n"
        "from parallelsdk.data.mini_batch import MiniBatchTable\n"
        "real = MiniBatchTable.load\n"
        "def load(table, mini_batch):\n"
        "    if mini_batch == 0: time.sleep(3600)\n"
        "    raise OSError('no such disk')\n"
        "MiniBatchTable.load = load\n"
        "def run(paths): return paths\n"
    )
    plan = bench.plan(task_overhead_timeout=1, max_retries=0, mini_batch_error_threshold=1)
    result = bench.run(plan)
    assert result.status == "Failed"
    report = bench.step.logs / "sys" / "job_report" / "processed_mini-batches.csv"
    rows = {row["Mini-batch Id"]: row for row in _rows(report)}
    assert rows["0"]["Status"] == "LOAD_TIMEOUT"
    assert "--task_overhead_timeout" in rows["0"]["Error Message"]
    assert rows["1"]["Status"] == "LOAD_EXCEPTION"
    errors = "".join(path.read_text() for path in bench.step.logs.glob("sys/error/0/*.txt"))
    assert "OSError: no such disk" in errors and "was not loaded within 1 s" in errors


def test_the_first_line_is_the_cause_and_the_first_error_is_named(bench: Bench) -> None:
    bench.add_files(3)
    bench.add_script("def run(paths): raise RuntimeError('no model\\nfor ' + paths[0][-3:])\n")
    result = bench.run(bench.plan(max_retries=0, mini_batch_error_threshold=1))
    first, *rest = _one(bench, "job_result.txt").splitlines()
    assert first.startswith("Failed: 2 mini-batches failed, more than mini_batch_error_threshold 1")
    assert "RuntimeError: no model for 001" in first
    assert "The first error was that of mini-batch 0 in its attempt 1, in 0/process000" in "".join(
        rest
    )
    assert result.log == str(bench.step.logs / "user" / "error" / "0" / "process000.txt")
    assert f"Look first at {result.log}" in rest


def test_the_profile_of_a_worker_lies_beside_its_log(bench: Bench) -> None:
    bench.add_files(2)
    bench.add_script("def run(paths): return slow(paths)\ndef slow(paths): return paths\n")
    assert bench.run(bench.plan(profiling_module="cProfile")).status == "Completed"
    stats = pstats.Stats(str(bench.step.logs / "sys" / "node" / "0" / "process000.profile"))
    calls = {name: count for (_, _, name), (count, *_) in stats.stats.items()}  # type: ignore[attr-defined]
    assert calls["slow"] == 2


def test_without_the_setting_there_is_no_profile(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(ECHO)
    assert bench.run(bench.plan()).status == "Completed"
    assert list(bench.step.logs.rglob("*.profile")) == []


@pytest.mark.parametrize(
    ("level", "logged"),
    [
        ("DEBUG", ["debug", "info", "warning"]),
        ("INFO", ["info", "warning"]),
        ("WARNING", ["warning"]),
    ],
)
def test_the_logging_level_is_that_of_the_script(
    bench: Bench, level: str, logged: list[str]
) -> None:
    bench.add_files(1)
    bench.add_script(
        "import logging, sys\n"
        "from azureml_user.parallel_run import EntryScript\n"
        "def run(paths):\n"
        "    for log in (EntryScript().logger, logging.getLogger('mine')):\n"
        "        for name in ('debug', 'info', 'warning'): getattr(log, name)('said ' + name)\n"
        "    return [sys.argv[sys.argv.index('--logging_level') + 1]]\n"
    )
    assert bench.run(bench.plan(logging_level=level)).status == "Completed"
    assert bench.lines == [level]
    for page in ("user/entry_script_log/0/process000.log.txt", "user/stdout/0/process000.*"):
        lines = _one(bench, page).splitlines()
        assert [line.rpartition("said ")[2] for line in lines if "said" in line] == logged


def test_rows_go_to_the_named_file_of_a_folder(bench: Bench) -> None:
    bench.add_files(2)
    bench.add_script("import sys\ndef run(paths): return [' '.join(sys.argv[1:])]\n")
    folder = bench.step.outputs / "out"
    output = OutputPlan("out", "uri_folder", "rw_mount", str(folder))
    plan = bench.plan(append_row_file_name="scores.jsonl")
    assert bench.run(dataclasses.replace(plan, outputs=(output,))).status == "Completed"
    assert [path.name for path in folder.iterdir()] == ["scores.jsonl"]
    words = (folder / "scores.jsonl").read_text()
    assert f"--output {folder} --append_row_file_name scores.jsonl" in words


def test_a_script_finds_the_variables_that_azure_sets(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(
        "import os\n"
        "names = ('AZUREML_BI_OUTPUT_PATH', 'AZUREML_RUN_ID', 'MINE')\n"
        "def run(paths):\n"
        "    if 'AZUREML_RUN_ID' in os.environ:\n"
        "        from azureml_user.parallel_run import EntryScript\n"
        "        EntryScript().logger.info('inside')\n"
        "    return [os.environ.get(name, '-') for name in names]\n"
    )
    assert "AZUREML_RUN_ID" not in os.environ
    plan = bench.plan(short_return="item")
    assert bench.run(plan).status == "Completed"
    assert bench.lines == [str(bench.output.parent), "job_score", "-"]
    log = bench.step.logs / "user" / "entry_script_log" / "0" / "process000.log.txt"
    assert "inside" in log.read_text()


def test_the_run_id_of_azure_is_set_by_the_step(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("import os\ndef run(paths): return [os.environ['AZUREML_RUN_ID']]\n")
    plan = dataclasses.replace(bench.plan(), environment_variables={"AZUREML_RUN_ID": "mine"})
    assert bench.run(plan).status == "Completed"
    assert bench.lines == ["mine"]


def test_the_context_says_which_mini_batch_this_is(bench: Bench) -> None:
    bench.add_files(5)
    bench.add_script(
        "def run(paths, context):\n"
        "    assert context.partition_key_value is None\n"
        "    row = f'{context.minibatch_index} from {context.global_row_index_lower_bound}'\n"
        "    return [row] * len(paths)\n"
    )
    assert bench.run(bench.plan(mini_batch_size=2, slots=2)).status == "Completed"
    assert bench.lines == ["0 from 0"] * 2 + ["1 from 2"] * 2 + ["2 from 4"]


def test_a_new_day_has_a_new_overview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        day = 1

        @classmethod
        def now(cls, zone: object) -> datetime:
            return datetime(2026, 3, cls.day, 23, 59)

    monkeypatch.setattr(step_logs, "datetime", Clock)
    logs = StepLogs(tmp_path)
    logs.note("in the evening")
    Clock.day = 2
    logs.note("in the night")
    assert [p.name for p in sorted(tmp_path.glob("job_progress*"))] == [
        "job_progress_overview.20260301.txt",
        "job_progress_overview.20260302.txt",
    ]


def test_a_result_of_several_lines_is_there_as_a_whole(tmp_path: Path) -> None:
    StepLogs(tmp_path).finish("Failed", "one\n  two", None, "counts")
    text = (tmp_path / "job_result.txt").read_text()
    assert text == "Failed: one two\n\none\n  two\n\ncounts\n"
