"""``parallelsdk compute attach``: let a name stand for a place."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@click.argument("name")
@click.argument("target")
@_options.answer
def attach(name: str, target: str, form: Form) -> int:
    """Let NAME stand for TARGET: local, dask://host:port or ray://host:port."""
    from parallelsdk.cli._compute_show import print_compute
    from parallelsdk.client.ml_client import MLClient

    print_compute(MLClient().compute.attach(name, target), form)
    return 0
