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
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.housekeeping import prunable, remove_jobs

    if older_than is None and keep is None:
        raise click.UsageError("Which jobs? Give --older-than, --keep, or both.")
    age = None if older_than is None else timedelta(seconds=older_than)
    workspace = find_workspace()
    names = prunable(workspace, older_than=age, keep=keep)
    for name in names:
        click.echo(name)
    jobs, whose = counted(len(names), "job"), "its" if len(names) == 1 else "their"
    if dry_run:
        click.echo(f"{jobs} would be deleted.", err=True)
    elif not names or _options.agreed(f"Delete {jobs} and {whose} results?", yes=yes):
        done = remove_jobs(workspace, names)  # those that were agreed to, and no others
        told = f"Deleted {counted(len(done.names), 'job')}; {format_bytes(done.freed)} freed."
        click.echo(told, err=True)
    return 0
