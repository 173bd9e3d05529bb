"""The bars on a terminal."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from parallelsdk.cli import _live, _watch
from parallelsdk.jobstore.records import JobRecord, Notice, StepRecord


def shown(*records: JobRecord) -> str:
    """What a terminal without colours shows in the end."""
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=False)
    progress = _live.new_progress(console)
    view = _live.LiveView(progress)
    for record in records:
        view.show(record)
    console.print(progress)
    return stream.getvalue()


STEP = StepRecord("score", "parallel", status="Running", total=50, done=38, items_done=112)


def job(*steps: StepRecord, **changes: object) -> JobRecord:
    record = JobRecord("kind_pear_1", status="Running", steps=steps)
    return dataclasses.replace(record, **changes)  # type: ignore[arg-type]


def test_a_step_shows_its_mini_batches_and_what_went_wrong() -> None:
    (line,) = shown(job(dataclasses.replace(STEP, failed=1, retried=2))).splitlines()
    assert line.startswith("score")
    assert "38/50 1 failed" in line
    assert "1 failed  112 items  2 retried" in line
    assert len(line) <= 80


def test_a_step_that_waits_has_no_bar() -> None:
    assert "score" not in shown(job(StepRecord("score", "parallel")))


def test_a_command_shows_how_it_ended_without_counts() -> None:
    told = shown(job(StepRecord("prepare", "command", status="Completed")))
    assert "prepare" in told
    assert "Completed" in told
    assert "1/1" not in told


def test_names_and_warnings_are_shown_as_text() -> None:
    step = dataclasses.replace(STEP, name="[red]x[/red]\x1b[2J")
    told = shown(job(step, notices=(Notice("[bold]odd\x1b[0m"),)))
    assert r"[red]x[/red]\x1b[2J" in told
    assert r"warning: [bold]odd\x1b[0m" in told


def test_a_warning_is_shown_once() -> None:
    warned = job(STEP, notices=(Notice("odd"),))
    assert shown(warned, warned).count("warning: odd") == 1


@pytest.mark.parametrize(
    ("tty", "term", "ci", "live"),
    [
        (True, "xterm", None, True),
        (False, "xterm", None, False),
        (True, "dumb", None, False),
        (True, "xterm", "true", False),
    ],
)
def test_bars_are_for_terminals_that_people_look_at(
    tty: bool, term: str, ci: str | None, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", type("Stream", (), {"isatty": lambda self: tty})())
    monkeypatch.setenv("TERM", term)
    if ci:
        monkeypatch.setenv("CI", ci)
    assert _watch.is_live_terminal() is live
