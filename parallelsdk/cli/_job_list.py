"""``parallelsdk job list``: the jobs of the workspace."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command("list")
@_options.max_results
@_options.include_archived
@_options.archived_only
@click.option("--parent-job-name", "-p", metavar="NAME", help="The steps of this job.")
@click.option(
    "--all-results",
    type=bool,
    is_flag=False,
    flag_value=True,
    help="Accepted; all are listed anyway.",
)
@_options.answer
def list_(
    max_results: int | None,
    include_archived: bool,
    archived_only: bool,
    parent_job_name: str | None,
    all_results: bool | None,
    form: Form,
) -> int:
    """List the jobs of the workspace, the newest first."""
    from parallelsdk.cli._job_table import print_jobs, print_steps
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.listing import is_shown
    from parallelsdk.jobstore.store import list_jobs

    wanted = _options.view_type(include_archived=include_archived, archived_only=archived_only)
    workspace = find_workspace()
    if parent_job_name is not None:
        print_steps(workspace, parent_job_name, form, max_results)
        return 0
    shown = [record for record in list_jobs(workspace) if is_shown(record.archived, wanted)]
    print_jobs(workspace, shown[:max_results], form)
    return 0
