"""Metrics on disk: whole lines from many writers, and a fold that stays small and quick."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from parallelsdk.jobstore import metric_log
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.jobstore.metric_log import append_metric, read_metrics
from parallelsdk.jobstore.metrics import KEPT_NAMES, KEPT_ROWS, Fold, Scope, joined
from tests.guarantees.conftest import until


@pytest.fixture
def step(tmp_path: Path) -> StepFolder:
    return StepFolder(tmp_path)


def _log(path: Path, who: int, count: int) -> None:
    for number in range(count):
        append_metric(StepFolder(path), "row", "rows", {"who": who, "n": number})


def test_rows_that_many_processes_log_at_once_are_all_there_and_whole(step: StepFolder) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_log, args=(step.path, who, 200)) for who in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    found = read_metrics(step).of("step")
    assert found.tables["rows"].rows == 1200 and found.damaged == 0
    assert len(found.tables["rows"].last) == KEPT_ROWS


def test_a_writer_that_is_killed_leaves_no_torn_line(step: StepFolder) -> None:
    writer = multiprocessing.get_context("fork").Process(target=_log, args=(step.path, 0, 10**9))
    writer.start()
    until(lambda: step.metrics.exists() and step.metrics.stat().st_size > 10_000)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(60)
    with step.metrics.open("ab") as file:
        file.write(b'{"scope":"step","kind":"va')  # as a full disk leaves it
    before = read_metrics(step).of("step").tables["rows"].rows
    append_metric(step, "value", "loss", 0.5)
    found = read_metrics(step).of("step")
    assert (found.tables["rows"].rows, found.values["loss"].last) == (before, 0.5)
    assert found.damaged == 0


def test_a_damaged_line_is_told_and_costs_no_other(step: StepFolder) -> None:
    for number in range(3):
        append_metric(step, "value", f"m{number}", number)
    data = step.metrics.read_bytes()
    step.metrics.write_bytes(data.replace(b'"value":1', b'"value":9', 1))
    found = read_metrics(step).of("step")
    assert sorted(found.values) == ["m0", "m2"] and found.damaged == 1


def test_the_stored_fold_says_the_same_as_all_lines_and_is_made_anew_when_it_is_bad(
    step: StepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metric_log, "_FOLD_BYTES", 1000)
    for number in range(100):
        scope: Scope = "job" if number % 2 else "step"
        append_metric(step, "value", f"m{number % 7}", number, scope=scope)
        append_metric(step, "table", "t", {"a": [number, number], "b": "x"})
    stored = step.folded_metrics
    with_stored = read_metrics(step).state
    assert stored.exists()
    for damage in (b"", b"nonsense", stored.read_bytes().replace(b'"end": ', b'"end": 9')):
        stored.write_bytes(damage)
        assert read_metrics(step).state == with_stored
    stored.unlink()
    assert read_metrics(step).state == with_stored
    step.metrics.unlink()
    assert not read_metrics(step).of("step")


def test_very_many_values_are_quickly_read_and_take_little_room(step: StepFolder) -> None:
    """So many lines as writers leave them in time; then one more call and one look."""
    fold = Fold()
    for number in range(10_000):
        fold.add("step", "value", f"m{number % 5000}", "x" * 5000, "2026-01-01")
        fold.add("step", "row", f"t{number % 5}", {"n": number}, "2026-01-01")
    found = fold.of("step")
    assert len(found.values) == KEPT_NAMES and found.not_kept == 8_000
    assert len(found.values["m1"].last) == 1000 and found.values["m1"].count == 2
    append_metric(step, "value", "loss", 0.0)
    line = step.metrics.read_bytes()
    with step.metrics.open("ab") as file:
        file.write(line * 200_000)
    # Whoever passes the next mark stores what the lines come to.
    append_metric(step, "value", "text", "x" * metric_log._FOLD_BYTES)
    append_metric(step, "value", "loss", 1.0)
    began = time.monotonic()
    last = read_metrics(step).of("step").values["loss"]
    assert time.monotonic() - began < 0.3
    assert (last.last, last.count) == (1.0, 200_002)


def test_of_what_several_steps_logged_to_their_job_the_latest_counts() -> None:
    one, two = Fold(), Fold()
    one.add("job", "value", "loss", 1, "2026-01-02")
    two.add("job", "value", "loss", 2, "2026-01-01")
    one.add("job", "row", "t", {"n": 2}, "2026-01-02")
    two.add("job", "row", "t", {"n": 1}, "2026-01-01")
    found = joined([one.of("job"), two.of("job")])
    assert (found.values["loss"].last, found.values["loss"].count) == (1, 2)
    assert (found.tables["t"].rows, found.tables["t"].last) == (2, ({"n": 1}, {"n": 2}))
