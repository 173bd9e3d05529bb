"""``parallelsdk workspace show``: which workspace it is."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@click.option("--name", "-n", metavar="NAME", help="Any name means the one workspace.")
@_options.answer
def show(name: str | None, form: Form) -> int:
    """Show the workspace that commands in this folder use."""
    from parallelsdk.cli._answer import give
    from parallelsdk.client.ml_client import MLClient

    found = MLClient().workspaces.get(name)
    document = {
        "name": found.name,
        "location": found.location,
        "path": found.path,
        "description": found.description,
        "mlflow_tracking_uri": found.mlflow_tracking_uri,
    }
    give(document, Form("yaml") if form.is_summary else form)
    return 0
