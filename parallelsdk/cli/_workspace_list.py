"""``parallelsdk workspace list``: the one workspace that there is."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command("list")
@_options.answer
def list_(form: Form) -> int:
    """List the workspaces: the one that commands in this folder use."""
    from parallelsdk.cli._answer import give
    from parallelsdk.cli._workspace_show import workspace_document
    from parallelsdk.client.ml_client import MLClient

    give([workspace_document(found) for found in MLClient().workspaces.list()], form)
    return 0
