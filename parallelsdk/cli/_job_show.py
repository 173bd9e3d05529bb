"""``parallelsdk job show``: one job as it is now."""

from __future__ import annotations

import click

from parallelsdk.cli import _options


@click.command()
@_options.job_name
@_options.output
def show(name: str, output: str) -> int:
    """Show a job, its steps and its outputs."""
    from parallelsdk.cli._render import print_document, print_summary
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job

    folder = find_job(find_workspace(), name)
    if output == "table":
        print_summary(folder)
    else:
        print_document(folder, output)
    return 0
