"""``parallelsdk job retry-failed``: try the failed mini-batches of a completed job again."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command("retry-failed")
@_options.job_name
@click.option("--stream", "-s", "follow", is_flag=True, help="Follow the job until it has ended.")
@_options.new_code
@_options.answer
def retry_failed_(name: str, follow: bool, new_code: bool, form: Form) -> int:
    """Run the failed mini-batches of a completed job again, and the steps that need them."""
    from parallelsdk.cli._watch import report_again
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job
    from parallelsdk.runtime.relaunch import retry_failed

    folder = find_job(find_workspace(), name)
    done = retry_failed(folder, new_code=new_code)
    return report_again(folder, form, started=done.started, follow=follow)
