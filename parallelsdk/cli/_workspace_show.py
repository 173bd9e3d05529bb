"""``parallelsdk workspace show``: which workspace it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form

if TYPE_CHECKING:
    from parallelsdk.client.workspaces import WorkspaceInfo


@click.command()
@click.option("--name", "-n", metavar="NAME", help="Any name means the one workspace.")
@_options.answer
def show(name: str | None, form: Form) -> int:
    """Show the workspace that commands in this folder use."""
    from parallelsdk.cli._answer import give_details
    from parallelsdk.client.ml_client import MLClient

    give_details(workspace_document(MLClient().workspaces.get(name)), form)
    return 0


def workspace_document(found: WorkspaceInfo) -> dict[str, Any]:
    """The workspace as plain values."""
    return {
        "name": found.name,
        "location": found.location,
        "path": found.path,
        "description": found.description,
        "mlflow_tracking_uri": found.mlflow_tracking_uri,
    }
