"""``parallelsdk job export``: a job as files for Azure itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parallelsdk.cli import _options

if TYPE_CHECKING:
    from parallelsdk.entities._job import PipelineJob


@click.command()
@click.option("--file", "-f", metavar="FILE", help="The YAML file of the pipeline.")
@click.option("--name", "-n", metavar="NAME", help="Or the name of a job in the workspace.")
@_options.overrides
@click.option(
    "--to", type=click.Choice(["azure"]), default="azure", show_default=True, help="For whom."
)
@click.option(
    "--output",
    "-o",
    metavar="PATH",
    help="A .yml file or a folder to write to; standard output if left out.",
)
def export(
    file: str | None, name: str | None, overrides: tuple[str, ...], to: str, output: str | None
) -> int:
    """Write a pipeline as YAML that Azure's own SDK and command line read.

    What has to be filled in, and what Azure would not take, is told on standard error.
    """
    from parallelsdk.client.plain_text import printable
    from parallelsdk.entities._export import export_job

    exported = export_job(_job(file, name, overrides), output)
    if output is None:
        click.echo(exported.text, nl=False)
    for warning in exported.warnings:
        click.echo(f"warning: {printable(warning)}", err=True)
    return 0


def _job(file: str | None, name: str | None, overrides: tuple[str, ...]) -> PipelineJob:
    """The job of the file, or the stored one, which comes without its name: it belongs to that run.

    Raises a usage error unless exactly one of the two is given.
    """
    from parallelsdk.cli._job_file import read_job_file
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job

    if file is not None and name is None:
        return read_job_file(file, overrides)
    if name is None or file is not None:
        raise click.UsageError("Give either --file or --name.")
    job = read_job_file(str(find_job(find_workspace(), name).job_yml), overrides)
    job.name = None
    return job
