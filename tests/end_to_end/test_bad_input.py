"""Bad input: one clear error that says what, where and what to do, before any worker starts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.conftest import Project

Change = Callable[[Project], object]


def _mltable(project: Project, text: str, mode: str = "direct") -> None:
    (project.root / "table").mkdir()
    (project.root / "table" / "MLTable").write_text(text)
    (project.root / "table" / "rows.csv").write_text("a,b\n1,2\n")
    project.step["inputs"]["files"] = {"type": "mltable", "path": "./table", "mode": mode}


def _cycle(project: Project) -> None:
    other = dict(project.step, inputs={"files": "${{parent.jobs.score.outputs.names}}"})
    other["outputs"] = {"names": None}
    project.document["jobs"]["again"] = other
    project.step["inputs"]["files"] = "${{parent.jobs.again.outputs.names}}"


CASES: dict[str, tuple[Change, list[str]]] = {
    "unknown input name": (
        lambda p: p.step["task"].update(program_arguments="--x ${{inputs.fils}}"),
        ["inputs.fils", "files"],
    ),
    "input_data that names no input": (
        lambda p: p.step.update(input_data="${{inputs.fils}}"),
        ["input_data", "fils", "files"],
    ),
    "missing required input": (
        lambda p: (
            p.document.update(inputs={"data": {"type": "uri_folder"}})
            or p.step["inputs"].update(files="${{parent.inputs.data}}")
        ),
        ["data"],
    ),
    "binding to a step that does not exist": (
        lambda p: p.step["inputs"].update(files="${{parent.jobs.scor.outputs.names}}"),
        ["scor"],
    ),
    "binding to an output that does not exist": (
        lambda p: p.document["jobs"].update(
            after=dict(p.step, inputs={"files": "${{parent.jobs.score.outputs.name}}"}, outputs={})
        ),
        ["name", "names"],
    ),
    "a cycle": (_cycle, ["score", "again"]),
    "no entry script": (
        lambda p: p.step["task"].update(entry_script="entyr.py"),
        ["entyr.py"],
    ),
    "no entry_script at all": (
        lambda p: p.step["task"].pop("entry_script"),
        ["entry_script"],
    ),
    "no run": (lambda p: p.script("def init(): pass\n"), ["entry.py", "run(mini_batch)"]),
    "a syntax error": (lambda p: p.script("def run(m):\n  return (\n"), ["entry.py:2"]),
    "a size that is none": (
        lambda p: p.step.update(mini_batch_size="10 bananas"),
        ["mini_batch_size", "10 bananas"],
    ),
    "a threshold out of range": (
        lambda p: p.step.update(mini_batch_error_threshold=-2),
        ["mini_batch_error_threshold", "-2"],
    ),
    "a time-out out of range": (
        lambda p: p.step["retry_settings"].update(timeout=259201),
        ["timeout", "259201"],
    ),
    "a knob out of range": (
        lambda p: p.step["task"].update(program_arguments="--allowed_failed_percent 101"),
        ["allowed_failed_percent", "101"],
    ),
    "a missing data path": (
        lambda p: p.step["inputs"]["files"].update(path="./dta"),
        ["dta"],
    ),
    "an MLTable without a reader, used as a table": (
        lambda p: _mltable(p, "paths:\n  - file: ./rows.csv\n"),
        ["read_delimited"],
    ),
    "a broken MLTable": (
        lambda p: _mltable(p, "paths:\n  - file: ./rows.csv\ntransformations:\n  - read_it\n"),
        ["MLTable:4", "read_it"],
    ),
    "an empty input": (
        lambda p: [path.unlink() for path in (p.root / "data").iterdir()],
        ["data"],
    ),
    "an unknown step type": (lambda p: p.step.update(type="paralel"), ["paralel", "parallel"]),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_clear_error_and_leaves_nothing_behind(
    project: Project, name: str
) -> None:
    change, words = CASES[name]
    change(project)
    done = project.create("--stream")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    for word in words:
        assert word in done.stderr
    assert project.jobs() == []


def test_problems_are_told_with_file_and_line_all_at_once(project: Project) -> None:
    project.step.update(mini_batch_size="10 bananas", logging_level="LOUD")
    done = project.create()
    assert done.returncode == 2
    text = project.file.read_text().splitlines()
    for word in ("mini_batch_size", "logging_level"):
        line = next(n for n, content in enumerate(text, 1) if f" {word}:" in content)
        assert f"pipeline.yml:{line}" in done.stderr
    assert "LOUD" in done.stderr and "10 bananas" in done.stderr


@pytest.mark.parametrize("text", ["", "jobs: [", "- a\n- b\n", "type: pipeline\ntype: pipeline\n"])
def test_a_file_that_is_no_pipeline_is_refused_with_its_name(project: Project, text: str) -> None:
    project.file.write_text(text)
    done = project.run("job", "create", "-f", "pipeline.yml")
    assert done.returncode == 2
    assert "pipeline.yml" in done.stderr and "Traceback" not in done.stderr


def test_an_abbreviated_knob_is_taken_with_a_warning(project: Project) -> None:
    project.step["task"]["program_arguments"] = "--resource_monitor_interva 20"
    done = project.create("--stream")
    assert done.returncode == 0
    assert "--resource_monitor_interval" in done.stderr


def test_a_traceback_names_the_files_that_the_author_has(project: Project) -> None:
    """Not those of the snapshot that ran."""
    (project.root / "src" / "helper.py").write_text("def fail():\n    raise ValueError('no')\n")
    project.script(
        "import helper, threading\n"
        "def run(paths):\n"
        "    thread = threading.Thread(target=helper.fail, name='mine')\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "    helper.fail()\n"
    )
    done = project.create("--stream", "--name", "failing")
    assert done.returncode != 0
    logs = project.workspace / "jobs" / "failing" / "steps" / "score" / "logs" / "user"
    text = "".join(path.read_text() for path in (logs / "error").rglob("*.txt"))
    assert f'"{project.root / "src" / "helper.py"}", line 2, in fail' in text
    assert f'"{project.root / "src" / "entry.py"}", line 6, in run' in text
    assert str(project.workspace) not in text
    of_threads = "".join(path.read_text() for path in (logs / "stderr").rglob("*.txt"))
    assert "Exception in thread mine:\nTraceback" in of_threads
    assert f'"{project.root / "src" / "helper.py"}", line 2, in fail' in of_threads
