"""``parallelsdk job list``: the jobs of the workspace."""

from __future__ import annotations

import click

from parallelsdk.cli import _options


@click.command("list")
@click.option(
    "--max-results", "-r", type=click.IntRange(min=1), help="Show only so many, the newest."
)
@_options.output
def list_(max_results: int | None, output: str) -> int:
    """List the jobs of the workspace, the newest first."""
    from parallelsdk.cli._render import print_jobs
    from parallelsdk.client.config import find_workspace
    from parallelsdk.jobstore.store import list_jobs

    workspace = find_workspace()
    print_jobs(workspace, list_jobs(workspace)[:max_results], output)
    return 0
