"""What ``job list`` answers: the jobs as a table for people, or as one document for programs.

Apart from what tells of one job, because a list needs little of it and is asked for often.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from parallelsdk._units import format_seconds
from parallelsdk.cli._answer import Form, give, print_table
from parallelsdk.client.plain_text import printable
from parallelsdk.client.streaming import failed_mini_batches
from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.records import JobRecord


def print_jobs(workspace: Workspace, records: Sequence[JobRecord], form: Form) -> None:
    """The jobs as a table, or as one document; what is damaged is told on standard error."""
    for record in records:
        if record.status == JobStatus.UNKNOWN:
            click.echo(f"warning: {record.name}: {_line(record.error)}", err=True)
    if not form.is_summary:
        from parallelsdk.cli._document import job_document
        from parallelsdk.jobstore.metric_log import with_metrics

        folders = [workspace.job(record.name) for record in records]
        pairs = zip(folders, records, strict=True)
        give([job_document(folder, with_metrics(folder, record)) for folder, record in pairs], form)
        return
    if not records:
        click.echo(f"There are no jobs in {_line(str(workspace.root))}.", err=True)
        return
    rows = [["NAME", "STATUS", "CREATED (UTC)", "TIME", "EXPERIMENT", "DISPLAY NAME"]]
    rows += [_row(record) for record in records]
    print_table(rows)


def print_steps(workspace: Workspace, job: str, form: Form, most: int | None) -> None:
    """The steps of a job as a table, or as one document."""
    from parallelsdk.cli._document import step_document
    from parallelsdk.client.lookup import find_job
    from parallelsdk.client.step_job import child_name
    from parallelsdk.jobstore.metric_log import with_metrics
    from parallelsdk.jobstore.store import read_job

    folder = find_job(workspace, job)
    steps = with_metrics(folder, read_job(folder)).steps[:most]
    if not form.is_summary:
        names = (child_name(job, step.name) for step in steps)
        documents = ({"name": n, **step_document(s)} for n, s in zip(names, steps, strict=True))
        give(list(documents), form)
        return
    rows = [["NAME", "TYPE", "STATUS", "TIME", "DISPLAY NAME"]]
    for step in steps:
        seconds = "" if step.seconds is None else format_seconds(step.seconds)
        title = _line(step.display_name or step.name)
        rows.append([child_name(job, step.name), step.kind, step.status, seconds, title])
    print_table(rows)


def _row(record: JobRecord) -> list[str]:
    created = (record.created or "")[:19].replace("T", " ")
    seconds = "" if record.seconds is None else format_seconds(record.seconds)
    names = [_line(record.experiment_name), _line(record.display_name)]
    failed = failed_mini_batches(record)
    mark = f" ({failed} failed)" if failed else ""
    return [record.name, f"{record.status}{mark}", created, seconds, *names]


def _line(text: str | None) -> str:
    return printable(text or "", keep="")
