"""``parallelsdk job show-services``: where a job can be looked at."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command("show-services")
@_options.job_name
@click.option("--node-index", "-i", type=int, help="Accepted; there is one node.")
@_options.answer
def show_services(name: str, node_index: int | None, form: Form) -> int:
    """Show where a job can be looked at."""
    from parallelsdk.cli._answer import give_details
    from parallelsdk.client.ml_client import MLClient

    services = MLClient().jobs.get(name).services or {}
    document = {
        key: {"endpoint": service.endpoint, "status": service.status}
        for key, service in services.items()
    }
    give_details(document, form)
    return 0
