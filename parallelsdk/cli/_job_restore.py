"""``parallelsdk job restore``: show an archived job in lists again."""

from __future__ import annotations

import click

from parallelsdk.cli import _options


@click.command()
@_options.job_name
def restore(name: str) -> int:
    """Show an archived job in lists again."""
    from parallelsdk.client.ml_client import MLClient

    MLClient().jobs.restore(name)
    click.echo(f"Restored the job {name}.")
    return 0
