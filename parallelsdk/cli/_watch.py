"""Following a job from a command: live bars on a terminal, plain lines elsewhere; then the summary.

Progress goes to standard error and the answer to standard output, so that either can be redirected.
"""

from __future__ import annotations

import os
import shlex
import sys

import click

from parallelsdk.cli._answer import Form
from parallelsdk.cli._render import print_job
from parallelsdk.client.plain_text import printable
from parallelsdk.client.streaming import PlainLines, follow, stamped
from parallelsdk.constants import JobStatus
from parallelsdk.jobstore.layout import JobFolder
from parallelsdk.jobstore.records import JobRecord

COMPLETED, FAILED, INTERRUPTED = 0, 1, 130


def watch_and_report(folder: JobFolder, form: Form) -> int:
    """Follow the job to its end and sum it up; the exit code that its end deserves.

    Ctrl-C stops the watching alone: the job runs on.
    """
    try:
        record = _watch(folder)
    except KeyboardInterrupt:
        name = shlex.quote(folder.name)
        click.echo(
            f"\nStopped watching; the job {folder.name} runs on.\n"
            f"Follow it again: parallelsdk job stream -n {name}",
            err=True,
        )
        return INTERRUPTED
    print_job(folder, form)
    if record.status == JobStatus.COMPLETED:
        return COMPLETED
    log = printable(record.log or str(folder.driver_log), keep="")
    click.echo(f"The job {folder.name} is {record.status}. Open {log}", err=True)
    return FAILED


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
    click.echo(stamped(started), err=True)
    lines = PlainLines()
    for record in follow(folder):
        for line in lines.lines(record):
            click.echo(printable(line), err=True)
    return record
