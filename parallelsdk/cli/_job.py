"""``parallelsdk job``: the group; its commands stand in a file each."""

from __future__ import annotations

import click

from parallelsdk.cli._job_archive import archive
from parallelsdk.cli._job_cancel import cancel
from parallelsdk.cli._job_create import create
from parallelsdk.cli._job_delete import delete
from parallelsdk.cli._job_download import download
from parallelsdk.cli._job_errors import errors
from parallelsdk.cli._job_export import export
from parallelsdk.cli._job_list import list_
from parallelsdk.cli._job_prune import prune
from parallelsdk.cli._job_restore import restore
from parallelsdk.cli._job_resume import resume_
from parallelsdk.cli._job_retry_failed import retry_failed_
from parallelsdk.cli._job_show import show
from parallelsdk.cli._job_show_services import show_services
from parallelsdk.cli._job_stream import stream
from parallelsdk.cli._job_update import update
from parallelsdk.cli._job_validate import validate


@click.group()
def job() -> None:
    """Create, follow, cancel, resume and read jobs."""


for command in (
    *(
        create,
        validate,
        list_,
        show,
        errors,
        stream,
        cancel,
        resume_,
        retry_failed_,
        download,
        export,
    ),
    *(update, archive, restore, delete, prune, show_services),
):
    job.add_command(command)
