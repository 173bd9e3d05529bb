"""``parallelsdk job``: the group; its commands stand in a file each."""

from __future__ import annotations

import click

from parallelsdk.cli._job_create import create
from parallelsdk.cli._job_download import download
from parallelsdk.cli._job_list import list_
from parallelsdk.cli._job_show import show
from parallelsdk.cli._job_stream import stream
from parallelsdk.cli._job_validate import validate


@click.group()
def job() -> None:
    """Create, follow and read jobs."""


for command in (create, validate, list_, show, stream, download):
    job.add_command(command)
