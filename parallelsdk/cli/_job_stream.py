"""``parallelsdk job stream``: follow a job to its end."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@_options.job_name
@_options.answer
def stream(name: str, form: Form) -> int:
    """Follow a job until it has ended, then sum it up."""
    from parallelsdk.cli._watch import watch_and_report
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job

    return watch_and_report(find_job(find_workspace(), name), form)
