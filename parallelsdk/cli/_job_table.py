"""What ``job list`` answers: the jobs as a table for people, or as one document for programs.

Apart from what tells of one job, because a list needs little of it and is asked for often.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from parallelsdk._units import format_seconds
from parallelsdk.cli._answer import Form, give, print_table
from parallelsdk.client.plain_text import printable
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


def _row(record: JobRecord) -> list[str]:
    created = (record.created or "")[:19].replace("T", " ")
    seconds = "" if record.seconds is None else format_seconds(record.seconds)
    names = [_line(record.experiment_name), _line(record.display_name)]
    return [record.name, record.status, created, seconds, *names]


def _line(text: str | None) -> str:
    return printable(text or "", keep="")
