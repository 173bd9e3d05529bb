"""``parallelsdk compute``: the group; its commands stand in a file each."""

from __future__ import annotations

import click

from parallelsdk.cli._compute_attach import attach
from parallelsdk.cli._compute_create import create
from parallelsdk.cli._compute_list import list_
from parallelsdk.cli._compute_show import show


@click.group()
def compute() -> None:
    """Say what the names of computes stand for."""


for command in (attach, create, list_, show):
    compute.add_command(command)
