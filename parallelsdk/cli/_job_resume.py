"""``parallelsdk job resume``: go on with a job that did not complete."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@_options.job_name
@click.option("--stream", "-s", "follow", is_flag=True, help="Follow the job until it has ended.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="STEP.SETTING=VALUE",
    help="Go on with another threshold, max_retries or time-out, such as "
    "score.mini_batch_error_threshold=5; may be repeated.",
)
@click.option(
    "--accept-changes",
    is_flag=True,
    help="Make again what was made from input files that have changed since.",
)
@_options.answer
def resume(
    name: str, follow: bool, changes: tuple[str, ...], accept_changes: bool, form: Form
) -> int:
    """Go on with a job, after whatever ended it. What is committed is not done again."""
    from parallelsdk.cli._job_file import read_override
    from parallelsdk.cli._watch import report_again
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job
    from parallelsdk.client.ml_client import MLClient

    folder = find_job(find_workspace(), name)
    settings = {path: value for text in changes for path, value in read_override(text).items()}
    started = MLClient().jobs.resume(name, settings=settings, accept_changes=accept_changes)
    return report_again(folder, form, started=started, follow=follow)
