"""``parallelsdk job download``: copy logs and outputs out of the workspace."""

from __future__ import annotations

import os
import shlex

import click

from parallelsdk.cli import _options


@click.command()
@_options.job_name
@click.option("--all", "everything", is_flag=True, help="The logs and all outputs.")
@click.option("--output-name", metavar="OUTPUT", help="Only this output.")
@click.option(
    "--download-path",
    "-p",
    default=".",
    show_default=True,
    metavar="FOLDER",
    help="Where to; made if it is not there.",
)
def download(name: str, everything: bool, output_name: str | None, download_path: str) -> int:
    """Download a job's logs to artifacts/, its outputs to named-outputs/<output>/."""
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job, find_step
    from parallelsdk.client.ml_client import MLClient
    from parallelsdk.client.outputs import outputs_of
    from parallelsdk.client.plain_text import printable
    from parallelsdk.jobstore.store import read_job

    MLClient().jobs.download(
        name, download_path=download_path, output_name=output_name, all=everything
    )
    target = printable(os.path.abspath(download_path), keep="")
    if output_name is not None:
        click.echo(f"Downloaded the output {output_name} to {target}/named-outputs/.")
        return 0
    found = find_step(find_workspace(), name)
    if found is not None:
        click.echo(f"Downloaded what there is of the step to {target}.")
        return 0
    folder = find_job(find_workspace(), name)
    told = outputs_of(folder, read_job(folder))
    if told.problem:
        click.echo(f"warning: {printable(told.problem, keep='')}", err=True)
    outputs = [output.name for output in told.results]
    if everything:
        click.echo(f"Downloaded the logs to {target}/artifacts/ and the outputs to named-outputs/.")
        return 0
    click.echo(f"Downloaded the logs to {target}/artifacts/.")
    command = f"parallelsdk job download -n {shlex.quote(name)} -p {shlex.quote(download_path)}"
    names = f" (one of: {', '.join(outputs)})" if outputs else ""
    click.echo(f"For the outputs too: {command} --all, or --output-name OUTPUT{names}.")
    return 0
