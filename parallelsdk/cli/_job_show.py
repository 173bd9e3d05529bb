"""``parallelsdk job show``: one job as it is now."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@_options.job_name
@_options.web
@_options.answer
def show(name: str, web: bool, form: Form) -> int:
    """Show a job, its steps and its outputs."""
    from parallelsdk.cli._azure_options import note
    from parallelsdk.cli._render import print_job, print_warnings
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job

    folder = find_job(find_workspace(), name)
    if web:
        note(f"the job can be looked at in {folder.path.as_uri()}")
    if form.is_summary:
        print_warnings(folder)
    print_job(folder, form)
    return 0
