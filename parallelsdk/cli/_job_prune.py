"""``parallelsdk job prune``: remove old jobs for good."""

from __future__ import annotations

import click

from parallelsdk.cli import _options


@click.command()
@click.option(
    "--older-than", callback=_options.read_age, metavar="AGE", help="Ended so long ago: 30d, 12h."
)
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="But not the N newest jobs.")
@click.option("--dry-run", is_flag=True, help="Only say which jobs that are.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def prune(older_than: float | None, keep: int | None, dry_run: bool, yes: bool) -> int:
    """Remove jobs that have ended, and shared files that no job needs any more.

    Jobs that run are left, and those in which registered data or models lie.
    """
    from datetime import timedelta

    from parallelsdk._units import counted, format_bytes
    from parallelsdk.client.ml_client import MLClient

    if older_than is None and keep is None:
        raise click.UsageError("Which jobs? Give --older-than, --keep, or both.")
    age = None if older_than is None else timedelta(seconds=older_than)
    jobs = MLClient().jobs
    names = jobs.prune(older_than=age, keep=keep, dry_run=True).names
    for name in names:
        click.echo(name)
    if dry_run or not names:
        click.echo(f"{counted(len(names), 'job')} would be deleted.", err=True)
        return 0
    if _options.agreed(f"Delete {counted(len(names), 'job')} and their results?", yes=yes):
        done = jobs.prune(older_than=age, keep=keep)
        freed = format_bytes(done.freed)
        click.echo(f"Deleted {counted(len(done.names), 'job')}; {freed} are free.", err=True)
    return 0
