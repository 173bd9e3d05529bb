"""``parallelsdk job resume``: go on with a job that did not complete."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command("resume")
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
@_options.new_code
@_options.answer
def resume_(
    name: str,
    follow: bool,
    changes: tuple[str, ...],
    accept_changes: bool,
    new_code: bool,
    form: Form,
) -> int:
    """Go on with a job, after whatever ended it. What is committed is not done again."""
    from parallelsdk.cli._job_file import read_override
    from parallelsdk.cli._watch import report_again
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job
    from parallelsdk.runtime.relaunch import resume

    folder = find_job(find_workspace(), name)
    settings = {path: value for text in changes for path, value in read_override(text).items()}
    done = resume(folder, settings=settings, accept_changes=accept_changes, new_code=new_code)
    return report_again(folder, form, started=done.started, follow=follow)
