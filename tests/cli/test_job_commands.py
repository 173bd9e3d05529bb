"""Commands that read jobs, over folders as the driver leaves them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parallelsdk.cli._main import run
from parallelsdk.entities._document import read_yaml
from parallelsdk.jobstore.layout import JobFolder, Workspace
from tests.client.job_folders import completed_job, failed_job, prepared_job


@pytest.fixture
def store(workspace: Path) -> Workspace:
    return Workspace.at(workspace)


@pytest.fixture
def completed(store: Workspace) -> JobFolder:
    return completed_job(store)


def test_show_tells_counts_places_and_first_rows(
    completed: JobFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "show", "-n", completed.name]) == 0
    told = capsys.readouterr().out
    assert "Completed in 3.2 s: two steps (job kind_pear_1)" in told
    assert "3 of 4 mini-batches, 1 failed, 3 items, 1 item failed, 2 retried" in told
    rows = completed.step("score").outputs / "rows" / "rows"
    assert f"    predictions (uri_file): {rows}\n      1 a\n      2 b\n" in told


def test_show_tells_at_most_five_rows_cut_to_a_line(
    store: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = completed_job(store, rows="x" * 500 + "\n" + "red\x1b[31m\n" * 9)
    run(["job", "show", "-n", folder.name])
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("      ")]
    assert len(rows) == 6
    assert len(rows[0]) < 200
    assert rows[1:] == [*["      red\\x1b[31m"] * 4, "      ..."]


def test_show_of_a_failed_job_begins_with_the_cause_and_the_log(
    store: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = failed_job(store)
    assert run(["job", "show", "-n", folder.name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Failed in 2.0 s: two steps")
    assert lines[1] == "  Step score: boom"
    assert lines[2] == f"  Open {folder.step('score').logs / 'job_result.txt'}"


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_show_answers_programs_with_one_document(
    form: str, completed: JobFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "show", "-n", completed.name, "-o", form]) == 0
    (tmp_path / "answer").write_text(capsys.readouterr().out)
    document = read_yaml(tmp_path / "answer")  # JSON is YAML
    assert document["status"] == "Completed"
    assert document["jobs"]["score"]["mini_batches"] == {
        "total": 4,
        "done": 3,
        "failed": 1,
        "retried": 2,
    }
    assert document["outputs"]["predictions"]["step"] == "score"


def test_list_shows_every_job_the_newest_first(
    store: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        completed_job(store, name)
    assert run(["job", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "second", "first"]
    assert run(["job", "list", "-o", "json", "-r", "1"]) == 0
    assert [job["name"] for job in json.loads(capsys.readouterr().out)] == ["second"]


def test_an_empty_list_says_so(store: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "list"]) == 0
    assert str(store.root) in capsys.readouterr().err


@pytest.mark.parametrize("command", ["show", "stream", "download"])
def test_an_unknown_job_is_told_with_a_suggestion(
    command: str, completed: JobFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", command, "-n", "kind_pear_2"]) == 2
    assert 'Did you mean "kind_pear_1"?' in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../kind_pear_1", "/etc", "a/b", ""])
def test_a_name_cannot_lead_out_of_the_workspace(
    name: str, completed: JobFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "show", "-n", name]) == 2
    assert "name" in capsys.readouterr().err


def test_stream_tells_the_end_on_stderr_and_the_summary_on_stdout(
    completed: JobFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "stream", "-n", completed.name]) == 0
    told = capsys.readouterr()
    assert "job kind_pear_1: Completed in 3.2 s" in told.err
    assert told.out.startswith("Completed in 3.2 s")
    assert "warning: pipeline.yml:3: odd" in told.err


def test_stream_of_a_failed_job_is_1(store: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "stream", "-n", failed_job(store, error="bad \x1b[2J").name]) == 1
    told = capsys.readouterr()
    assert "\x1b" not in told.err + told.out
    assert r"bad \x1b[2J" in told.out


def test_stream_answers_programs_with_one_document(
    completed: JobFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "stream", "-n", completed.name, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == completed.name


def test_ctrl_c_stops_the_watching_alone(
    completed: JobFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("parallelsdk.cli._watch.follow", interrupted)
    assert run(["job", "stream", "-n", completed.name]) == 130
    told = capsys.readouterr().err
    assert "the job kind_pear_1 runs on" in told
    assert "parallelsdk job stream -n kind_pear_1" in told


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


LOGS = {
    "artifacts/logs/driver.txt",
    "artifacts/steps/prepare/logs/job_result.txt",
    "artifacts/steps/score/logs/job_result.txt",
}
OUTPUTS = {"named-outputs/predictions/rows", "named-outputs/models/sub/model.json"}


def test_download_brings_the_logs_and_says_how_to_get_the_outputs(
    completed: JobFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "target"
    assert run(["job", "download", "-n", completed.name, "-p", str(target)]) == 0
    assert files_below(target) == LOGS
    told = capsys.readouterr().out
    assert "--all, or --output-name" in told
    assert "predictions, models" in told


def test_download_of_all_brings_logs_and_results(completed: JobFolder, tmp_path: Path) -> None:
    target = tmp_path / "target"
    assert run(["job", "download", "-n", completed.name, "--all", "-p", str(target)]) == 0
    assert files_below(target) == LOGS | OUTPUTS


@pytest.mark.parametrize(
    ("output", "file"),
    [
        ("predictions", "named-outputs/predictions/rows"),
        ("score.rows", "named-outputs/predictions/rows"),
        ("prepare.data", "named-outputs/prepare.data/part.csv"),
    ],
)
def test_download_of_one_output_brings_it_alone(
    output: str, file: str, completed: JobFolder, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    arguments = ["job", "download", "-n", completed.name, "--output-name", output]
    assert run([*arguments, "--download-path", str(target)]) == 0
    assert files_below(target) == {file}


def test_download_of_an_unknown_output_names_those_there_are(
    completed: JobFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "target"
    arguments = ["job", "download", "-n", completed.name, "--output-name", "../x"]
    assert run([*arguments, "-p", str(target)]) == 2
    assert "predictions, models, prepare.data" in capsys.readouterr().err
    assert not target.exists()


def test_a_job_that_has_not_ended_cannot_be_downloaded(
    store: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = prepared_job(store)
    assert run(["job", "download", "-n", folder.name, "-p", str(tmp_path / "target")]) == 2
    assert "NotStarted" in capsys.readouterr().err
    assert not (tmp_path / "target").exists()


def test_of_a_job_with_a_damaged_plan_the_rest_is_told_and_what_is_damaged(
    completed: JobFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    completed.plan_json.write_text('{"steps": 5}')
    assert run(["job", "show", "-n", completed.name]) == 0
    told = capsys.readouterr()
    assert "cannot be read" in told.err
    assert "score    Completed" in told.out and "rows (uri_file)" in told.out
