"""``parallelsdk compute create``: a cluster of Azure's, for which this machine stands in."""

from __future__ import annotations

from typing import Any

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


def _known(context: click.Context, option: click.Parameter, kind: str | None) -> str | None:
    from parallelsdk.rules.absent import COMPUTE_TYPES
    from parallelsdk.rules.names import did_you_mean

    if kind is not None and kind.lower() not in COMPUTE_TYPES:
        near = did_you_mean(kind, COMPUTE_TYPES)
        raise click.BadParameter(f"{kind!r} is no type of a compute{near}")
    return kind


@click.command()
@click.option("--file", "-f", metavar="FILE", help="Its YAML file.")
@click.option("--name", "-n", metavar="NAME", help="The name; counts more than the file's.")
@click.option("--type", "-t", "kind", metavar="TYPE", callback=_known, help="Accepted.")
@click.option("--size", metavar="SIZE", help="Accepted.")
@click.option("--min-instances", metavar="N", help="Accepted.")
@click.option("--max-instances", metavar="N", help="Accepted.")
@click.option("--tier", metavar="TIER", help="Accepted.")
@click.option("--idle-time-before-scale-down", metavar="SECONDS", help="Accepted.")
@_options.overrides
@_options.answer
def create(
    file: str | None, name: str | None, overrides: tuple[str, ...], form: Form, **ignored: Any
) -> int:
    """Remember a cluster by its name. Its steps run on this machine, whatever its size."""
    from parallelsdk.cli._azure_options import note
    from parallelsdk.cli._compute_show import print_compute
    from parallelsdk.cli._job_file import read_override
    from parallelsdk.client.ml_client import MLClient
    from parallelsdk.entities._compute import Compute
    from parallelsdk.entities._loading import load_compute

    if file is None and name is None:
        raise click.UsageError("Give --file or --name.")
    found = Compute(name=name)
    if file is not None:
        found = load_compute(file, params_override=[*map(read_override, overrides)])
        found.name = name or found.name
    given = sorted(key for key, value in ignored.items() if value is not None and key != "kind")
    if given:
        flags = ", ".join("--" + key.replace("_", "-") for key in given)
        note(f"{flags} make no difference here: this machine stands in for the cluster")
    print_compute(MLClient().compute.begin_create_or_update(found).result(), form)
    return 0
