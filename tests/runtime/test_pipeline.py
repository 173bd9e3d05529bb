"""Whole jobs in a detached driver: order, failure, kill, and what a reader sees."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.events import EventLog, read_events
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.planning.plan import (
    CommandPlan,
    InputPlan,
    OutputPlan,
    PipelinePlan,
    Reference,
    StepPlan,
    Word,
)
from parallelsdk.runtime.capacity import core_count
from parallelsdk.runtime.launch import launch
from tests.runtime.conftest import Bench

ECHO = "def run(paths): return [open(p).read() for p in paths]\n"


def _wait(read: Callable[[], JobRecord], until: Callable[[JobRecord], bool]) -> JobRecord:
    pause, deadline = threading.Event(), time.monotonic() + 60
    while not until(record := read()):
        assert time.monotonic() < deadline, record
        pause.wait(0.02)
    return record


def _run(bench: Bench, plan: PipelinePlan) -> JobRecord:
    bench.announce(plan)
    launch(bench.job)
    return _wait(lambda: bench.record, lambda record: record.ended)


def _command(
    bench: Bench, name: str, *parts: str | Reference, after: tuple[str, ...] = (), **changes: object
) -> CommandPlan:
    out = bench.job.step(name).outputs / "out"
    plan = CommandPlan(
        name=name,
        inputs=tuple(
            InputPlan(
                f"from_{a}", "uri_folder", None, None, str(bench.job.step(a).outputs / "out"), a
            )
            for a in after
        ),
        outputs=(OutputPlan("out", "uri_folder", "rw_mount", str(out)),),
        after=after,
        command=Word(parts),
        code=None,
        environment_variables={},
        timeout=None,
    )
    return dataclasses.replace(plan, **changes)  # type: ignore[arg-type]


OUT = Reference("outputs", "out")


def test_a_parallel_step_splits_what_a_command_step_wrote(bench: Bench) -> None:
    bench.add_script(ECHO)
    prepare = _command(bench, "prepare", "for n in 0 1 2; do printf file$n > ", OUT, "/$n; done")
    score = dataclasses.replace(
        bench.plan(slots=2),
        inputs=(InputPlan("data", "uri_folder", None, None, prepare.outputs[0].path, "prepare"),),
        after=("prepare",),
    )
    record = _run(bench, bench.pipeline(prepare, score))
    assert record.status == JobStatus.COMPLETED, record.error
    assert bench.lines == ["file0", "file1", "file2"]
    assert [step.status for step in record.steps] == ["Completed", "Completed"]
    assert record.step("score").outputs["out"].path == str(bench.output)


def test_a_failed_command_fails_the_job_and_its_last_words_are_the_cause(bench: Bench) -> None:
    bad = _command(bench, "bad", "echo working; echo 'no such table' >&2; exit 3")
    after = _command(bench, "after", "true", after=("bad",))
    aside = _command(bench, "aside", "echo done > ", OUT, "/result")
    record = _run(bench, bench.pipeline(bad, after, aside))
    assert record.status == JobStatus.FAILED
    assert record.error is not None
    assert "exit code 3; its last line: no such table" in record.error and "after" in record.error
    assert record.log is not None and "no such table" in Path(record.log).read_text()
    assert [s.status for s in record.steps] == ["Failed", "NotStarted", "Completed"]


def test_a_job_that_does_not_go_on_after_a_failure_stops_its_other_steps(bench: Bench) -> None:
    bad = _command(bench, "bad", "exit 1")
    hanging = _command(bench, "hanging", "sleep 3600")
    record = _run(bench, bench.pipeline(bad, hanging, continue_on_step_failure=False))
    assert record.status == JobStatus.FAILED
    assert record.step("hanging").status == JobStatus.CANCELED
    why = "Step bad failed, and continue_on_step_failure is off."
    assert record.step("hanging").error == why
    result = (bench.job.step("hanging").logs / "job_result.txt").read_text()
    assert result.startswith(f"Canceled: {why}\n")


def test_a_parallel_step_that_is_stopped_by_the_failure_of_another_says_so(bench: Bench) -> None:
    bench.add_files(1)
    started = bench.root / "started"
    bench.add_script(
        f"import time\ndef run(paths): open({str(started)!r}, 'w').close(); time.sleep(3600)\n"
    )
    bad = _command(bench, "bad", f"until [ -e {started} ]; do sleep 0.01; done; exit 1")
    record = _run(bench, bench.pipeline(bad, bench.plan(), continue_on_step_failure=False))
    step = record.step("score")
    assert (step.status, step.error) == (
        JobStatus.CANCELED,
        "Step bad failed, and continue_on_step_failure is off.",
    )


def test_steps_that_did_not_run_say_why(bench: Bench) -> None:
    bad = _command(bench, "bad", "exit 1")
    after = _command(bench, "after", "true", after=("bad",))
    last = _command(bench, "last", "true", after=("after",))
    record = _run(bench, bench.pipeline(bad, after, last))
    told = {step.name: (step.status, step.error) for step in record.steps[1:]}
    assert told == {
        "after": (JobStatus.NOT_STARTED, "It did not run, because step bad failed."),
        "last": (JobStatus.NOT_STARTED, "It did not run, because step after did not."),
    }


def test_a_step_that_began_without_an_input_begins_anew_when_the_input_comes(bench: Bench) -> None:
    """Killed in the middle, while what makes its optional input had failed."""
    make = _command(bench, "make", "echo made > ", OUT, "/file")
    use = _command(bench, "use", "cat ", Reference("inputs", "from_make"), "/file", after=("make",))
    inputs = (dataclasses.replace(use.inputs[0], optional=True),)
    text = "$[[cat ${{inputs.from_make}}/file]]"
    use = dataclasses.replace(use, inputs=inputs, text=text)
    bench.announce(bench.pipeline(make, use))
    events = EventLog(bench.job.events)
    events.append("step_started", step="make")
    events.append("step_finished", step="make", status=JobStatus.FAILED)
    events.append("step_started", step="use")
    half = bench.job.step("use").path / "half"
    half.parent.mkdir(parents=True)
    half.touch()
    launch(bench.job)
    record = _wait(lambda: bench.record, lambda record: record.ended)
    assert record.status == JobStatus.COMPLETED, record.error
    assert not half.exists()
    assert (bench.job.step("use").logs / "std_log.txt").read_text() == "made\n"


def test_a_command_runs_in_a_copy_of_its_code_and_over_its_time_it_is_killed(bench: Bench) -> None:
    (bench.code / "tool.py").write_text("open('made here', 'w').write('x'); import time, sys\n")
    quick = _command(bench, "quick", "python tool.py", code=str(bench.code))
    slow = _command(bench, "slow", "sleep 3600", timeout=1)
    record = _run(bench, bench.pipeline(quick, slow))
    assert record.step("quick").status == JobStatus.COMPLETED
    assert sorted(path.name for path in bench.code.iterdir()) == ["tool.py"]
    assert record.step("slow").error == "The command ran longer than 1 s."


def test_an_output_with_a_destination_is_copied_there(bench: Bench) -> None:
    there = bench.root / "there"
    step = _command(bench, "write", "echo hello > ", OUT, "/file")
    output = dataclasses.replace(step.outputs[0], destination=str(there))
    record = _run(bench, bench.pipeline(dataclasses.replace(step, outputs=(output,))))
    assert record.status == JobStatus.COMPLETED
    assert (there / "file").read_text() == "hello\n"
    assert record.step("write").outputs["out"].path == str(there)


def test_a_killed_driver_leaves_no_process_and_no_false_status(bench: Bench) -> None:
    bench.add_files(4)
    bench.add_script(
        "import os, subprocess, time\n"
        "def run(paths):\n"
        "    subprocess.Popen(['sleep', '3600'])\n"
        "    open(os.path.join(os.environ['MARKS'], str(os.getpid())), 'w').close()\n"
        "    time.sleep(3600)\n"
    )
    marks = bench.root / "marks"
    marks.mkdir()
    os.environ["MARKS"] = str(marks)
    plan = bench.pipeline(_command(bench, "hang", "sleep 3600"), bench.plan(slots=1))
    bench.announce(plan)
    driver = psutil.Process(launch(bench.job))
    _wait(lambda: bench.record, lambda _: len(list(marks.iterdir())) == 1)
    family = driver.children(recursive=True)
    assert len(family) >= 4
    os.kill(driver.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=2)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    record = bench.record
    assert record.status == JobStatus.NOT_RESPONDING
    assert record.step("score").status == JobStatus.NOT_RESPONDING


def test_a_terminated_driver_cancels_its_job(bench: Bench) -> None:
    plan = bench.pipeline(_command(bench, "hang", "sleep 3600"), _command(bench, "other", "true"))
    bench.announce(plan)
    pid = launch(bench.job)
    _wait(lambda: bench.record, lambda record: record.step("hang").status == JobStatus.RUNNING)
    os.kill(pid, signal.SIGTERM)
    record = _wait(lambda: bench.record, lambda record: record.ended)
    assert record.status == JobStatus.CANCELED
    assert record.step("hang").status == JobStatus.CANCELED


def test_input_that_a_step_did_not_write_is_named(bench: Bench) -> None:
    first = _command(bench, "first", "rm -r ", OUT)
    second = _command(bench, "second", "true", after=("first",))
    record = _run(bench, bench.pipeline(first, second))
    assert record.status == JobStatus.FAILED
    assert record.error is not None and "step 'first' did not write it" in record.error


def test_a_damaged_plan_is_a_failed_job_and_not_a_hanging_one(bench: Bench) -> None:
    bench.announce(bench.pipeline(_command(bench, "one", "true")))
    bench.job.plan_json.write_text('{"name": "x"')
    launch(bench.job)
    record = _wait(lambda: bench.record, lambda record: record.ended)
    assert record.status == JobStatus.FAILED
    assert read_events(bench.job.events)[-1].type == "job_finished"


def _names(steps: tuple[StepPlan, ...]) -> list[str]:
    return [step.name for step in steps]


def test_a_plan_survives_json(bench: Bench) -> None:
    plan = bench.pipeline(_command(bench, "first", "a", OUT), bench.plan(slots=2))
    again = PipelinePlan.from_json(plan.to_json())
    assert again == plan
    assert _names(again.steps) == ["first", "score"]


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a machine with one core runs one at a time")
def test_steps_run_side_by_side_as_far_as_the_machine_goes(bench: Bench) -> None:
    """Each command waits for a file that another writes: alone, none of them would end."""
    meet = bench.root / "meet"
    meet.mkdir()
    names = ["one", "two"]
    steps = [
        _command(
            bench,
            name,
            f"touch {meet}/{name}; until [ -e {meet}/{other} ]; do sleep 0.01; done",
            timeout=20,
        )
        for name, other in zip(names, reversed(names), strict=True)
    ]
    record = _run(bench, bench.pipeline(*steps))
    assert record.status == JobStatus.COMPLETED, record.error


def test_a_step_that_fills_the_machine_waits_for_its_turn(bench: Bench) -> None:
    bench.add_files(2)
    bench.add_script(ECHO)
    first = _command(bench, "first", "sleep 0.3")
    wide = bench.plan(slots=(os.cpu_count() or 1) + 1)
    record = _run(bench, bench.pipeline(first, wide))
    assert record.status == JobStatus.COMPLETED
    ended, began = record.step("first").finished, record.step("score").started
    assert ended is not None and began is not None and ended <= began


def test_the_logs_of_a_step_are_copied_to_the_job_if_that_is_wanted(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(ECHO)
    record = _run(bench, bench.pipeline(bench.plan(copy_logs_to_parent=True)))
    assert record.status == JobStatus.COMPLETED
    copied = bench.job.logs / "score"
    assert (copied / "job_result.txt").read_text() == (
        bench.step.logs / "job_result.txt"
    ).read_text()


def test_the_logs_of_a_step_that_cannot_begin_are_copied_with_the_cause(bench: Bench) -> None:
    bench.add_script(ECHO)
    bench.data.rmdir()
    record = _run(bench, bench.pipeline(bench.plan(copy_logs_to_parent=True)))
    assert record.status == JobStatus.FAILED
    copied = bench.job.logs / "score"
    assert "cannot be read" in (copied / "job_result.txt").read_text().splitlines()[0]
    assert "Traceback" in (copied / "sys" / "error" / "_main.txt").read_text()


def test_workers_do_not_see_the_folders_that_their_client_imports_from(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.root / "live").mkdir()
    (bench.root / "live" / "only_here.py").write_text("word = 'seen'")
    monkeypatch.syspath_prepend(str(bench.root / "live"))
    bench.add_files(1)
    bench.add_script("import only_here\ndef run(paths): return paths\n")
    record = _run(bench, bench.pipeline(bench.plan()))
    assert record.status == JobStatus.FAILED
    assert record.error is not None and "only_here" in record.error


def test_a_step_that_waits_for_cores_says_so(bench: Bench) -> None:
    names = [f"s{number}" for number in range(core_count() + 1)]
    steps = tuple(_command(bench, name, "sleep 1") for name in names)
    record = _run(bench, bench.pipeline(*steps))
    assert record.status == JobStatus.COMPLETED
    waits = [event for event in read_events(bench.job.events) if event.type == "step_waiting"]
    assert [event.data["step"] for event in waits] == names[-1:]
    assert waits[0].data["reason"].startswith("It waits for cores: s0")
    assert record.step(names[-1]).waiting is None  # it has run since
