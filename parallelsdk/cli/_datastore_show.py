"""``parallelsdk datastore show``: what a datastore stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form

if TYPE_CHECKING:
    from parallelsdk.client.datastores import Datastore


@click.command()
@click.option("--name", "-n", required=True, metavar="NAME", help="The name of the datastore.")
@_options.answer
def show(name: str, form: Form) -> int:
    """Show a datastore. Any name answers: it is a folder of the workspace unless mapped."""
    from parallelsdk.cli._answer import give_details
    from parallelsdk.client.ml_client import MLClient

    give_details(datastore_document(MLClient().datastores.get(name)), form)
    return 0


def datastore_document(found: Datastore) -> dict[str, Any]:
    """The datastore as plain values."""
    return {
        "name": found.name,
        "type": found.type,
        "path": found.path,
        "description": found.description,
    }
