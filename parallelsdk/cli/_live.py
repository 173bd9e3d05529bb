"""The bars of a running job on a terminal, one per step. rich is imported here and nowhere else."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from parallelsdk._units import counted
from parallelsdk.client.plain_text import printable
from parallelsdk.client.streaming import follow
from parallelsdk.constants import TERMINAL_STATUSES, JobStatus
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import JobRecord, Notice, StepRecord


class _CountColumn(ProgressColumn):
    """``38/50`` mini-batches; empty for a command, which has none."""

    def render(self, task: Task) -> Text:
        if not task.fields["mini_batches"]:
            return Text("")
        return Text(f"{task.completed:.0f}/{task.total or 0:.0f}")


class _RemainingColumn(TimeRemainingColumn):
    """The time left, while there is any to be told."""

    def render(self, task: Task) -> Text:
        return Text("") if task.finished or not task.total else super().render(task)


def watch_live(folder: JobFolder) -> JobRecord:
    """Follow the job with bars on standard error, and return its last record."""
    progress = new_progress(Console(stderr=True, highlight=False))
    view = LiveView(progress)
    with progress:
        for record in follow(folder):
            view.show(record)
    return record


def new_progress(console: Console) -> Progress:
    """The columns of a step's line: name, bar, mini-batches, note, time so far, time left."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        _CountColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        _RemainingColumn(),
        console=console,
    )


class LiveView:
    """Keeps the bars of one job; fed with its records."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._notices: set[Notice] = set()

    def show(self, record: JobRecord) -> None:
        """Bring the bars to the state of ``record``; new warnings are printed above them."""
        for notice in record.notices:
            if notice not in self._notices:
                text = Text(f"warning: {printable(notice.text, keep='')}", "yellow")
                self._progress.console.print(text)
        self._notices.update(record.notices)
        for step in record.steps:
            if step.status != JobStatus.NOT_STARTED:
                self._show_step(step)

    def _show_step(self, step: StepRecord) -> None:
        bar = self._bars.get(step.name)
        if bar is None:
            name = printable(step.name, keep="")
            bar = self._progress.add_task(name, total=None, mini_batches=False, note="")
            self._bars[step.name] = bar
        ended = step.status in TERMINAL_STATUSES
        total, completed = step.total, step.done
        if total is None and ended:
            total = completed = 1
        self._progress.update(
            bar,
            total=total,
            completed=completed,
            mini_batches=step.total is not None,
            note=note(step),
        )
        if ended:
            self._progress.stop_task(bar)


def note(step: StepRecord) -> str:
    """What stands behind the bar: how the step ended, and what went wrong on the way."""
    parts = [] if step.status == JobStatus.RUNNING else [step.status]
    if step.failed:  # before what may be cut
        parts.append(f"{step.failed} failed")
    if step.reuse.reused_from:
        parts.append(f"reused from {step.reuse.reused_from}")
    if step.transfer and step.status == JobStatus.RUNNING and not step.done:
        parts.append(printable(step.transfer, keep=""))
    if step.items_done or step.items_failed:
        parts.append(counted(step.items_done, "item"))
    if step.retried:
        parts.append(f"{step.retried} retried")
    return "  ".join(parts)
