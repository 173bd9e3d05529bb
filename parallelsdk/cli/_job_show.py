"""``parallelsdk job show``: one job as it is now."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@_options.job_name
@_options.answer
def show(name: str, form: Form) -> int:
    """Show a job, its steps and its outputs."""
    from parallelsdk.cli._render import print_job
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job

    print_job(find_job(find_workspace(), name), form)
    return 0
