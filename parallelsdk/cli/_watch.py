"""Following a job from a command: live bars on a terminal, plain lines elsewhere; then the summary.

Progress goes to standard error and the answer to standard output, so that either can be redirected.
"""

from __future__ import annotations

import os
import shlex
import sys

import click

from parallelsdk.cli._answer import Form
from parallelsdk.cli._render import print_document, print_job, print_started
from parallelsdk.client.cancellation import begin_cancel, kill
from parallelsdk.client.plain_text import printable
from parallelsdk.client.streaming import PlainLines, follow, stamped
from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import read_job

COMPLETED, FAILED, INTERRUPTED = 0, 1, 130


def watch_and_report(folder: JobFolder, form: Form, *, owns: bool = False) -> int:
    """Follow the job to its end and sum it up; the exit code that its end deserves.

    Ctrl-C stops the watching alone, and the job runs on; but who ``owns`` the job, because the
    same command made it, cancels it.
    """
    try:
        record = _watch(folder)
    except KeyboardInterrupt:
        if owns:
            _cancel(folder)
        else:
            _say_that_it_runs_on(folder)
        return INTERRUPTED
    print_job(folder, form)
    if record.status == JobStatus.COMPLETED:
        return COMPLETED
    log = printable(record.log or str(folder.driver_log), keep="")
    click.echo(f"The job {folder.name} is {record.status}. Open {log}", err=True)
    return FAILED


def report_again(folder: JobFolder, form: Form, *, started: bool, follow: bool) -> int:
    """What to say of a job that was to be started again, and was unless nothing was left."""
    if not started:
        status = read_job(folder).status
        click.echo(f"Nothing to do: the job {folder.name} is {status}.", err=True)
        if not form.is_summary:
            print_document(folder, form)
        return COMPLETED
    if follow:
        return watch_and_report(folder, form)
    if form.is_summary:
        print_started(folder)
    else:
        print_document(folder, form)
    return COMPLETED


def _say_that_it_runs_on(folder: JobFolder) -> None:
    name = shlex.quote(folder.name)
    click.echo(
        f"\nStopped watching; the job {folder.name} runs on.\n"
        f"Follow it again: parallelsdk job stream -n {name}",
        err=True,
    )


def _cancel(folder: JobFolder) -> None:
    """Cancel the job and wait for its end; a second Ctrl-C kills it."""
    name = shlex.quote(folder.name)
    click.echo(f"\nCanceling the job {folder.name}; Ctrl-C again to kill it.", err=True)
    try:
        begin_cancel(folder).result()
    except KeyboardInterrupt:
        click.echo("\nKilling it.", err=True)
        kill(folder)
    click.echo(f"Go on with it later: parallelsdk job resume -n {name}", err=True)


def is_live_terminal() -> bool:
    """Whether standard error can show bars that move."""
    dumb = os.environ.get("TERM", "dumb") == "dumb" or bool(os.environ.get("CI"))
    return sys.stderr.isatty() and not dumb


def _watch(folder: JobFolder) -> JobRecord:
    started = printable(f"job {folder.name} in {folder.path}", keep="")
    if is_live_terminal():
        from parallelsdk.cli._live import watch_live

        click.echo(started, err=True)
        return watch_live(folder)
    begun = read_job(folder)
    click.echo(stamped(started, begun.created if begun.ended else None), err=True)
    lines = PlainLines()
    for record in follow(folder):
        for line in lines.lines(record):
            click.echo(printable(line), err=True)
    return record
