"""``parallelsdk compute show``: what a name stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form, give_details

if TYPE_CHECKING:
    from parallelsdk.client.compute import Compute


@click.command()
@click.option("--name", "-n", required=True, metavar="NAME", help="The name of the compute.")
@_options.answer
def show(name: str, form: Form) -> int:
    """Show a compute. A name that nobody attached means this machine."""
    from parallelsdk.client.ml_client import MLClient

    print_compute(MLClient().compute.get(name), form)
    return 0


def print_compute(compute: Compute, form: Form) -> None:
    """The compute as YAML for people, or as a document."""
    give_details(compute_document(compute), form)


def compute_document(compute: Compute) -> dict[str, Any]:
    """The compute as plain values."""
    return {
        "name": compute.name,
        "type": compute.type,
        "target": compute.target,
        "size": compute.size,
        "description": compute.description,
        "provisioning_state": compute.provisioning_state,
    }
