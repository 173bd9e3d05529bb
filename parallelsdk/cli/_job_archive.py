"""``parallelsdk job archive``: hide a job in lists."""

from __future__ import annotations

import click

from parallelsdk.cli import _options


@click.command()
@_options.job_name
def archive(name: str) -> int:
    """Hide a job in lists. It can still be shown and downloaded."""
    from parallelsdk.client.ml_client import MLClient

    MLClient().jobs.archive(name)
    click.echo(f"Archived the job {name}.")
    return 0
