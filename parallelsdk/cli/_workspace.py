"""``parallelsdk workspace``: the group of commands about the workspace itself."""

from __future__ import annotations

import click

from parallelsdk.cli._workspace_du import du
from parallelsdk.cli._workspace_list import list_
from parallelsdk.cli._workspace_show import show


@click.group()
def workspace() -> None:
    """Look at the workspace, and at what it takes on the disk."""


for command in (show, list_, du):
    workspace.add_command(command)
