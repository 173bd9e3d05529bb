"""``parallelsdk compute list``: this machine, and the names that were attached."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form, give, print_table


@click.command("list")
@_options.answer
def list_(form: Form) -> int:
    """List the computes that are known."""
    from parallelsdk.cli._compute_show import compute_document
    from parallelsdk.client.ml_client import MLClient

    documents = [compute_document(compute) for compute in MLClient().compute.list()]
    if not form.is_summary:
        give(documents, form)
        return 0
    names = ("name", "target", "size", "description")
    print_table([[name.upper() for name in names], *([d[n] for n in names] for d in documents)])
    return 0
