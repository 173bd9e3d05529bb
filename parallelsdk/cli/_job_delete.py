"""``parallelsdk job delete``: remove a job for good."""

from __future__ import annotations

import click

from parallelsdk.cli import _options


@click.command()
@_options.job_name
@click.option("--force", is_flag=True, help="Also when registered data or models lie in it.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, force: bool, yes: bool) -> int:
    """Remove a job and all that lies in its folder; what it delivered elsewhere stays."""
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job
    from parallelsdk.client.ml_client import MLClient

    find_job(find_workspace(), name)
    if _options.agreed(f"Delete the job {name} and its results?", yes=yes):
        MLClient().jobs.delete(name, force=force)
        click.echo(f"Deleted the job {name}.")
    return 0
