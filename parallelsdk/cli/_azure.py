"""``parallelsdk azure``: the group of commands for code that was written for Azure."""

from __future__ import annotations

import click

from parallelsdk.cli._azure_run import run


@click.group()
def azure() -> None:
    """Run code that was written for Azure's own SDK."""


azure.add_command(run)
