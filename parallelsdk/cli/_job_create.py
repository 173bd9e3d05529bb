"""``parallelsdk job create``: start a pipeline from its file."""

from __future__ import annotations

import os
import warnings

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@_options.file
@click.option("--name", "-n", metavar="NAME", help="A name for the job; else it gets one.")
@_options.overrides
@click.option("--experiment-name", metavar="NAME", help="The experiment that the job belongs to.")
@click.option("--stream", "-s", "follow", is_flag=True, help="Follow the job until it has ended.")
@click.option("--skip-validation", is_flag=True, help="Leave out the checks of what is written.")
@_options.save_as
@_options.web
@_options.answer
def create(
    file: str,
    name: str | None,
    overrides: tuple[str, ...],
    experiment_name: str | None,
    follow: bool,
    skip_validation: bool,
    save_as: str | None,
    web: bool,
    form: Form,
) -> int:
    """Start the pipeline of a YAML file. It runs on when this command or the terminal ends."""
    from parallelsdk.cli._azure_options import note
    from parallelsdk.cli._job_file import read_job_file
    from parallelsdk.cli._render import print_document, print_started
    from parallelsdk.cli._watch import watch_and_report
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job
    from parallelsdk.client.ml_client import MLClient

    if save_as is not None:
        _check_place(save_as)
    job = read_job_file(file, overrides)
    if name is not None:
        job.name = name
    with warnings.catch_warnings():  # they are told with the job
        warnings.simplefilter("ignore", UserWarning)
        stored = MLClient().jobs.create_or_update(
            job, experiment_name=experiment_name, skip_validation=skip_validation
        )
    folder = find_job(find_workspace(), str(stored.name))
    if save_as is not None:
        stored.dump(save_as)
    if web:
        note(f"the job can be looked at in {stored.studio_url}")
    if follow:
        return watch_and_report(folder, form, owns=True)
    if form.is_summary:
        print_started(folder)
    else:
        print_document(folder, form)
    return 0


def _check_place(file: str) -> None:
    """Before there is a job: whether a file can be written there."""
    folder = os.path.dirname(os.path.abspath(file))
    if os.path.isdir(file) or not os.path.isdir(folder):
        raise click.UsageError(f"--save-as: {file!r} is no place for a file.")
    if not os.access(file if os.path.exists(file) else folder, os.W_OK):
        raise click.UsageError(f"--save-as: {file!r} may not be written.")
