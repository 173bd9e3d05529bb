"""``parallelsdk job validate``: tell what ``job create`` would refuse, and start nothing."""

from __future__ import annotations

import click

from parallelsdk.cli import _options


@click.command()
@_options.file
@_options.overrides
def validate(file: str, overrides: tuple[str, ...]) -> int:
    """Check a pipeline file, the data and the entry scripts that it names."""
    from parallelsdk.cli._errors import WRONG
    from parallelsdk.cli._job_file import read_job_file
    from parallelsdk.client.ml_client import MLClient
    from parallelsdk.client.plain_text import printable

    result = MLClient().jobs.validate(read_job_file(file, overrides))
    for path, message in result.warnings.items():
        click.echo(f"warning: {printable(result._line(path, message))}", err=True)
    if result.passed:
        click.echo(f"{printable(file, keep='')} can run.")
        return 0
    count = len(result.error_messages)
    click.echo(f"{count} problem{'' if count == 1 else 's'} found:", err=True)
    for path, message in result.error_messages.items():
        click.echo(f"  {printable(result._line(path, message))}", err=True)
    return WRONG
