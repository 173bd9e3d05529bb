"""What another release of parallelsdk wrote: read as far as it is known, and never in the way."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import MLClient
from tests.end_to_end.conftest import Project

FAILING = (
    "import os\n\n"
    "def run(paths):\n"
    "    if paths[0][-1] == 'c' and not os.path.exists('{mended}'):\n"
    "        raise ValueError('broken')\n"
    "    return [os.path.basename(path) for path in paths]\n"
)


@pytest.fixture
def failed(project: Project) -> Project:
    """A job called ``one`` that has failed, and can be gone on with."""
    project.script(FAILING.format(mended=project.root / "mended"))
    project.step["retry_settings"] = {"max_retries": 0}
    project.step["max_concurrency_per_instance"] = 1
    project.step["mini_batch_error_threshold"] = 0
    assert project.create("-n", "one", "--stream").returncode == 1
    (project.root / "mended").touch()
    return project


def _job(project: Project, name: str = "one") -> Path:
    return project.workspace / "jobs" / name


def _sealed(values: dict[str, Any]) -> bytes:
    """As every release seals what it writes."""
    text = json.dumps(values, separators=(",", ":")).encode()
    return text[:-1] + b',"crc":%d}' % zlib.crc32(text)


def _rewrite(path: Path, change: Any) -> None:
    """Each sealed object in the file as ``change`` makes it."""
    lines = [path.read_bytes()] if path.suffix == ".json" else path.read_bytes().splitlines()
    changed = []
    for line in lines:
        values = json.loads(line)
        values.pop("crc", None)
        changed.append(_sealed(change(values)))
    path.write_bytes(b"\n".join(changed) + (b"" if path.suffix == ".json" else b"\n"))


def _odder(values: dict[str, Any]) -> dict[str, Any]:
    """A plan of a release with more fields, and without some of ours that have a default."""
    values["dreams"] = {"deep": [1]}
    for step in values["steps"]:
        step["colour"] = "red"
        del step["text"], step["display_name"]
        del step["settings"]["dtype_backend"], step["settings"]["origins"]
        for port in (*step["inputs"], *step["outputs"]):
            port["weight"] = 3
    return values


def test_a_plan_with_other_fields_is_shown_and_run(failed: Project) -> None:
    _rewrite(_job(failed) / "plan.json", _odder)
    for verb in (["show", "-n", "one"], ["list"], ["list", "-o", "json"]):
        done = failed.run("job", *verb)
        assert done.returncode == 0 and "cannot be read" not in done.stderr, done.stderr
    done = failed.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    assert failed.download("one").read_text().splitlines() == list("abcde")


def test_a_plan_of_a_newer_release_is_shown_and_not_run(failed: Project) -> None:
    _rewrite(_job(failed) / "plan.json", lambda values: _odder(values) | {"version": 99})
    shown = failed.run("job", "show", "-n", "one", "-o", "json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["jobs"]["score"]["mini_batches"]["failed"] == 1
    assert failed.run("job", "download", "-n", "one", "-p", "logs").returncode == 0
    for settings in ([], ["--set", "score.max_retries=1"]):
        done = failed.run("job", "resume", "-n", "one", *settings)
        assert done.returncode in (1, 2) and "newer parallelsdk" in done.stderr, done.stderr
    events = (_job(failed) / "events.jsonl").read_bytes()
    assert events.count(b'"job_launched"') == 1


def test_one_job_that_cannot_be_read_breaks_nothing_for_the_others(failed: Project) -> None:
    unreadable = {"no plan": "plan.json", "no step": "plan.json", "no log": "events.jsonl"}
    failed.step["mini_batch_error_threshold"] = -1
    for name in ("two", "three", "four", "five"):
        assert failed.create("-n", name, "--stream").returncode == 0
    (_job(failed, "two") / unreadable["no plan"]).unlink()
    _rewrite(
        _job(failed, "three") / "plan.json",
        lambda values: values | {"steps": [{"kind": "sweep", "name": "score"}]},
    )
    (_job(failed, "four") / "events.jsonl").write_bytes(b"\x00nonsense\n")
    (_job(failed, "four") / "job.yml").unlink()
    (failed.workspace / "jobs" / "not a job").mkdir()
    (failed.workspace / "jobs" / ".hidden").mkdir()
    listed = failed.run("job", "list", "-o", "json")
    assert listed.returncode == 0, listed.stderr
    found = {job["name"]: job for job in json.loads(listed.stdout)}
    assert set(found) == {"one", "two", "three", "four", "five"}
    assert found["four"]["status"] == "Unknown" and "is damaged" in found["four"]["error"]
    for name in ("two", "three"):
        assert found[name]["status"] == "Completed"
        assert "cannot be read" in found[name]["warnings"][-1]
        shown = failed.run("job", "show", "-n", name)
        assert shown.returncode == 0 and "Completed" in shown.stdout, shown.stderr
        assert "cannot be read" in shown.stderr
        got = failed.run("job", "download", "-n", name, "--all", "-p", f"got {name}")
        assert got.returncode == 0, got.stderr
        assert (failed.root / f"got {name}" / "named-outputs" / "names" / "names").exists()
        assert failed.run("job", "resume", "-n", name).returncode in (1, 2)
    assert failed.run("job", "list").returncode == 0
    jobs = {job.name: job.status for job in MLClient().jobs.list()}
    assert jobs == {name: job["status"] for name, job in found.items()}
    # Nor does it break the search for a step that could be reused.
    done = failed.create("-n", "six", "--stream")
    assert done.returncode == 0 and "reused from five/score" in done.stderr, done.stderr


def test_a_log_with_other_events_and_other_fields_is_shown_and_gone_on_with(
    failed: Project,
) -> None:
    log = _job(failed) / "events.jsonl"
    _rewrite(log, lambda event: event | ({"version": 99} if event["seq"] == 1 else {}))
    seq = len(log.read_bytes().splitlines())
    odd: list[tuple[str, dict[str, Any]]] = [
        ("job_dreamed", {"of": ["sheep"]}),
        ("step_output", {"step": "score"}),
        ("step_output", {"output": "names", "path": "/x", "type": "uri_file"}),
        ("step_transfer", {"step": "score"}),
        ("step_not_run", {"step": "score"}),
        ("warning", {}),
        ("steps_reopened", {}),
        ("step_finished", {"step": "nobody", "status": "Failed"}),
        ("job_updated", {"mood": "good", "tags": {"a": "b"}}),
    ]
    with log.open("ab") as file:
        for number, (type_, data) in enumerate(odd, seq + 1):
            event = {"seq": number, "time": "2027", "type": type_, "data": data, "host": "there"}
            file.write(_sealed(event) + b"\n")
    shown = failed.run("job", "show", "-n", "one", "-o", "json")
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert (document["status"], document["tags"]) == ("Failed", {"a": "b"})
    assert "is of a newer parallelsdk" in document["warnings"][-1]
    assert "is of a newer parallelsdk" in failed.run("job", "show", "-n", "one").stderr
    assert failed.run("job", "list", "-o", "json").returncode == 0
    assert [job.tags for job in MLClient().jobs.list()] == [{"a": "b"}]
    done = failed.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr


def test_attempts_of_another_release_are_told_as_far_as_they_are_known(failed: Project) -> None:
    def change(values: dict[str, Any]) -> dict[str, Any]:
        values["mood"] = "good"
        for name in ("cpu_seconds", "returned", "traceback"):
            values.pop(name, None)
        return values | ({"kind": "evaporated"} if "kind" in values else {})

    step = _job(failed) / "steps" / "score"
    for name in ("attempts.jsonl", "errors.jsonl"):
        _rewrite(step / name, change)
    done = failed.run("job", "resume", "-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    report = (step / "logs/sys/job_report/processed_mini-batches.csv").read_text()
    assert report.count("RUN_DONE") >= 4 and report.count("EVAPORATED") == 1
    first = json.loads((step / "attempts.jsonl").read_bytes().splitlines()[0])
    assert first["version"] == 1
