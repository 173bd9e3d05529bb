"""``parallelsdk datastore list``: the datastores that are known."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command("list")
@_options.answer
def list_(form: Form) -> int:
    """List the datastores: the default one, mapped ones, and those that have a folder."""
    from parallelsdk.cli._answer import give
    from parallelsdk.cli._datastore_show import datastore_document
    from parallelsdk.client.ml_client import MLClient

    give([datastore_document(found) for found in MLClient().datastores.list()], form)
    return 0
