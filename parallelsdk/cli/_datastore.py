"""``parallelsdk datastore``: the group; its commands stand in a file each."""

from __future__ import annotations

import click

from parallelsdk.cli._datastore_list import list_
from parallelsdk.cli._datastore_show import show


@click.group()
def datastore() -> None:
    """Look at the folders and URLs that datastores stand for."""


datastore.add_command(list_)
datastore.add_command(show)
