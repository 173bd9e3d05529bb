"""``parallelsdk job cancel``: end a job before its time."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@_options.job_name
@click.option("--no-wait", is_flag=True, help="Do not wait until the job has ended.")
@_options.answer
def cancel(name: str, no_wait: bool, form: Form) -> int:
    """Cancel a job. To one that has ended nothing happens."""
    from parallelsdk.cli._answer import give
    from parallelsdk.cli._document import job_document
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job
    from parallelsdk.client.ml_client import MLClient
    from parallelsdk.jobstore.store import read_job

    folder = find_job(find_workspace(), name)
    had_ended = read_job(folder).ended
    waiting = MLClient().jobs.begin_cancel(name)
    if not no_wait:
        waiting.result()
    record = read_job(folder)
    if not form.is_summary:
        give(job_document(folder, record), form)
    elif had_ended:
        click.echo(f"The job {name} had ended already: {record.status}.")
    elif record.ended:
        click.echo(f"The job {name} has ended: {record.status}.")
    else:
        click.echo(f"Asked the job {name} to end.")
    return 0
