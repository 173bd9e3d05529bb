"""What commands answer on standard output: a summary for people, a document for programs."""

from __future__ import annotations

import shlex

import click

from parallelsdk._units import format_seconds
from parallelsdk.cli._answer import Form, give
from parallelsdk.cli._document import job_document
from parallelsdk.cli._metrics import metric_lines
from parallelsdk.cli._rows import first_rows
from parallelsdk.client.failures import with_failures
from parallelsdk.client.outputs import NamedOutput, outputs_of
from parallelsdk.client.plain_text import printable
from parallelsdk.client.streaming import failure_lines, progress_text, reused, short_cause
from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.metric_log import with_metrics
from parallelsdk.jobstore.metrics import Metrics
from parallelsdk.jobstore.records import JobRecord, NewCode, StepRecord
from parallelsdk.jobstore.store import read_job


def print_started(folder: JobFolder) -> None:
    """What somebody needs to know of a job that was just started."""
    print_warnings(folder)
    name = shlex.quote(folder.name)
    click.echo(f"Started the job {folder.name}")
    click.echo(f"Folder: {_line(str(folder.path))}")
    click.echo(f"Follow it:     parallelsdk job stream -n {name}")
    click.echo(f"See its state: parallelsdk job show -n {name}")
    click.echo(f"Get outputs:   parallelsdk job download -n {name} --all")


def print_warnings(folder: JobFolder) -> None:
    """What the job's record warns of, on standard error."""
    for warning in read_job(folder).warnings:
        click.echo(f"warning: {_line(warning)}", err=True)


def print_summary(folder: JobFolder) -> None:
    """How the job stands or ended: cause and log of a failure first, then steps and outputs."""
    record = with_failures(folder, with_metrics(folder, read_job(folder)))
    title = record.display_name or record.name
    seconds = "" if record.seconds is None else f" in {format_seconds(record.seconds)}"
    click.echo(f"{record.status}{seconds}: {_line(title)} (job {record.name})")
    if record.error:
        click.echo(_indented(_error(record), 2))
        click.echo(f"  Open {_line(record.log or str(folder.driver_log))}")
    outputs = outputs_of(folder, record)
    if outputs.problem:
        click.echo(f"warning: {_line(outputs.problem)}", err=True)
    for step in record.steps:
        click.echo(_step_line(step, width=max(len(s.name) for s in record.steps)))
        if step.new_code is not None:
            click.echo(f"    new code since {_new_code(step.new_code)}")
        if step.waiting and step.status == JobStatus.NOT_STARTED:
            click.echo(f"    {_line(step.waiting)}")
        if step.error and step.error not in (record.error or ""):
            click.echo(_indented(step.error, 4))
        _print_metrics(step.metrics, indent=4)
        for output in outputs.results:
            if output.step == step.name and output.path is not None:
                _print_output(output)
    _print_metrics(record.metrics, indent=2)
    for line in failure_lines(record):
        click.echo(_line(line))
    click.echo(f"Folder: {_line(str(folder.path))}")


def _error(record: JobRecord) -> str:
    """Why the job failed; what failed mini-batches said is told with their items below."""
    error = record.error or ""
    return short_cause(record) if any(step.failures for step in record.steps) else error


def print_job(folder: JobFolder, form: Form) -> None:
    """The job as a summary for people, or as a document."""
    if form.is_summary:
        print_summary(folder)
    else:
        print_document(folder, form)


def print_document(folder: JobFolder, form: Form) -> None:
    """The job as one document."""
    give(job_document(folder, with_metrics(folder, read_job(folder))), form)


def _step_line(step: StepRecord, width: int) -> str:
    counts = "" if step.total is None else f"  {progress_text(step)}"
    seconds = "" if step.seconds is None else f" in {format_seconds(step.seconds)}"
    return f"  {_line(step.name).ljust(width)}  {step.status}{seconds}{reused(step)}{counts}"


def _new_code(new: NewCode) -> str:
    """When it was taken, and what was other in it."""
    files = f" ({_line(', '.join(new.files))})" if new.files else ""
    return f"{new.time[:19].replace('T', ' ')} UTC{files}"


def _print_output(output: NamedOutput) -> None:
    asset = f", registered as {_line(output.asset)}" if output.asset else ""
    click.echo(f"    {_line(output.name)} ({output.type}): {_line(output.path or '')}{asset}")
    for row in first_rows(output.rows) if output.rows else ():
        click.echo(f"      {row}")


def _print_metrics(metrics: Metrics, indent: int) -> None:
    """What code has logged: the last value of each name, and how many rows a table has."""
    for line in metric_lines(metrics):
        click.echo(f"{' ' * indent}{_line(line)}")


def _indented(text: str, by: int) -> str:
    """Every line of ``text`` behind blanks."""
    return "\n".join(f"{' ' * by}{line}" for line in printable(text).splitlines())


def _line(text: str) -> str:
    """``text`` on one line, without anything that a terminal would act on."""
    return printable(text, keep="")
