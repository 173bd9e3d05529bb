"""``parallelsdk job validate``: tell what ``job create`` would refuse, and start nothing."""

from __future__ import annotations

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form


@click.command()
@_options.file
@_options.overrides
@click.option("--strict", is_flag=True, help="Take warnings as errors.")
@_options.answer
def validate(file: str, overrides: tuple[str, ...], strict: bool, form: Form) -> int:
    """Check a pipeline file, the data and the entry scripts that it names."""
    from parallelsdk.cli._answer import give
    from parallelsdk.cli._errors import WRONG
    from parallelsdk.cli._job_file import read_job_file
    from parallelsdk.client.ml_client import MLClient
    from parallelsdk.client.plain_text import printable

    result = MLClient().jobs.validate(read_job_file(file, overrides))
    errors, warnings = dict(result.error_messages), dict(result.warnings)
    if strict:
        errors, warnings = {**warnings, **errors}, {}
    code = WRONG if errors else 0
    if not form.is_summary:
        give(result._to_dict(), form)
        return code
    for path, message in warnings.items():
        click.echo(f"warning: {printable(result._line(path, message))}", err=True)
    if not errors:
        click.echo(f"{printable(file, keep='')} can run.")
        return code
    count = len(errors)
    click.echo(f"{count} problem{'' if count == 1 else 's'} found:", err=True)
    for path, message in errors.items():
        click.echo(f"  {printable(result._line(path, message))}", err=True)
    return code
