"""``parallelsdk job errors``: which mini-batches failed, which items they hold, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form

if TYPE_CHECKING:
    from parallelsdk.client.failures import FailedMiniBatch
    from parallelsdk.jobstore.layout import JobFolder
    from parallelsdk.jobstore.records import JobRecord


@click.command()
@_options.job_name
@click.option("--step", metavar="STEP", help="Only those of this step.")
@click.option(
    "--mini-batch", type=click.IntRange(min=0), metavar="N", help="All there is to say of one."
)
@_options.answer
def errors(name: str, step: str | None, mini_batch: int | None, form: Form) -> int:
    """Show the mini-batches that failed: their items, how often they were tried, and why."""
    from parallelsdk.cli._answer import give
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.failures import failures_of
    from parallelsdk.client.lookup import find_job
    from parallelsdk.jobstore.store import read_job

    folder = find_job(find_workspace(), name)
    record = read_job(folder)
    found = [
        failure
        for failure in failures_of(folder, record)
        if step in (None, failure.step) and mini_batch in (None, failure.mini_batch)
    ]
    if not form.is_summary:
        give([failure.to_dict() for failure in found], form)
    elif not found:
        _say_that_there_are_none(record, folder, step, mini_batch)
    elif mini_batch is None:
        _print_groups(found)
        _print_ways(found, record, folder, step)
    else:
        for failure in found:
            _print_one(folder, failure)
    return 0


def _say_that_there_are_none(
    record: JobRecord, folder: JobFolder, step: str | None, mini_batch: int | None
) -> None:
    known = [s.name for s in record.steps]
    if step is not None and step not in known:
        from parallelsdk.rules.names import did_you_mean

        raise click.UsageError(f"There is no step {step!r}{did_you_mean(step, known)}")
    total = max((s.total or 0 for s in record.steps if step in (None, s.name)), default=0)
    if mini_batch is not None and mini_batch >= total:
        raise click.UsageError(
            f"There is no mini-batch {mini_batch}; they are numbered 0 to {total - 1}"
            if total
            else f"There is no mini-batch {mini_batch}"
        )
    what = "No mini-batch" if mini_batch is None else f"The mini-batch {mini_batch}"
    verb = "failed" if mini_batch is None else "did not fail"
    if not record.ended:
        verb = "has failed so far" if mini_batch is None else "has not failed so far"
    click.echo(f"{what} {verb}: the job {record.name} is {record.status}.", err=True)
    _tell_cause(record, folder)


def _tell_cause(record: JobRecord, folder: JobFolder) -> None:
    """Why the job ended as it did, beside what its mini-batches said."""
    from parallelsdk.jobstore.records import LAST_ERROR

    if record.error:
        cause = record.error
        if any(step.failures for step in record.steps):  # what they said is told with their items
            cause = cause.partition(LAST_ERROR)[0]
        click.echo(f"  {_text(cause)}".replace("\n", "\n  "), err=True)
        click.echo(f"  Open {_line(record.log or str(folder.driver_log))}", err=True)


def _print_groups(found: list[FailedMiniBatch]) -> None:
    """By kind; where the causes of a kind differ in details, each with its own."""
    from parallelsdk._units import counted, first_line, mini_batches
    from parallelsdk.client.failures import by_kind

    for group in by_kind(found):
        first = group[0]
        number = mini_batches(len(group))
        is_one = len({failure.cause for failure in group}) == 1
        cause = first_line(first.cause) if is_one else first.kind
        click.echo(f"{number} of step {_line(first.step)}: {_line(cause)}")
        width = max(len(str(failure.mini_batch)) for failure in group)
        for failure in group:
            tried = "" if failure.attempts < 2 else f", {failure.attempts} attempts"
            number = f"#{failure.mini_batch}".rjust(width + 3)
            several = len(failure.items) > 1 and failure.item is None
            items = counted(len(failure.items), "item") if several else ""
            more = f" ({items})" if items else ""
            own = "" if is_one else f": {_line(first_line(failure.cause))}"
            click.echo(f"{number}  {_line(failure.label)}{more}{tried}{own}")


def _print_ways(
    found: list[FailedMiniBatch], record: JobRecord, folder: JobFolder, step: str | None
) -> None:
    """Why the job failed, if it did, and what can be done now."""
    import shlex

    from parallelsdk.client.streaming import retry_command

    if record.error:
        click.echo(f"The job {record.name} is {record.status}:", err=True)
        _tell_cause(record, folder)
    of_step = "" if step is None else f" --step {shlex.quote(step)}"
    one = f"-n {shlex.quote(record.name)}{of_step} --mini-batch {found[0].mini_batch}"
    click.echo(f"All of one:  parallelsdk job errors {one}", err=True)
    if record.ended:
        again = retry_command(record)
        click.echo(f"Try again:   {again}", err=True)
        click.echo(f"Code mended: {again} --new-code", err=True)


def _print_one(folder: JobFolder, failure: FailedMiniBatch) -> None:
    from parallelsdk._units import counted
    from parallelsdk.client.failures import output_of

    click.echo(f"Mini-batch {failure.mini_batch} of step {_line(failure.step)}")
    click.echo(f"  {counted(failure.attempts, 'attempt')}, the last one in {_line(failure.worker)}")
    for key, value in (failure.partition or {}).items():
        click.echo(f"  {_line(key)}: {_line(value)}")
    click.echo(f"  {counted(len(failure.items), 'item')}:")
    for place, item in enumerate(failure.items):
        here = "  <- run() was at this one" if place == failure.place else ""
        click.echo(f"    {_line(item)}{here}")
    click.echo(_text(failure.traceback or failure.cause))
    for stream, lines in output_of(folder, failure).items():
        whose = "that it wrote to" if failure.output else "of its worker's"
        click.echo(f"The last lines {whose} {stream}:")
        for line in lines:
            click.echo(f"  {_line(line)}")


def _line(text: str) -> str:
    from parallelsdk.client.plain_text import printable

    return printable(text, keep="\t")


def _text(text: str) -> str:
    from parallelsdk.client.plain_text import printable

    return printable(text.rstrip())
