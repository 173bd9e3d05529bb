"""``parallelsdk workspace du``: what the workspace takes on the disk."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form

_MOST_JOBS = 10


@click.command()
@_options.answer
def du(form: Form) -> int:
    """Show what the workspace takes on the disk, the largest jobs first."""
    from parallelsdk._units import format_bytes
    from parallelsdk.cli._answer import give, print_table
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.housekeeping import usage

    workspace = find_workspace()
    found = usage(workspace)
    if not form.is_summary:
        give(
            {
                "path": str(workspace.root),
                "bytes": found.total,
                "jobs": found.jobs,
                "shared_code": found.shared,
                "components": found.components,
                "datastores": found.datastores,
                "other": found.other,
            },
            form,
        )
        return 0
    rows = [(name, size) for name, size in list(found.jobs.items())[:_MOST_JOBS]]
    if len(found.jobs) > _MOST_JOBS:
        rest = list(found.jobs.values())[_MOST_JOBS:]
        rows.append((f"{len(rest)} other jobs", sum(rest)))
    rows += [
        ("large files of code, shared by jobs", found.shared),
        ("code of registered components", found.components),
        ("datastores", found.datastores),
        ("other", found.other),
        ("total", found.total),
    ]
    print_table([[format_bytes(size).rjust(9), name] for name, size in rows])
    click.echo(f"Workspace: {workspace.root}", err=True)
    return 0
