"""``parallelsdk job update``: change what describes a job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from parallelsdk.cli import _options
from parallelsdk.cli._answer import Form

_TEXTS = ("display_name", "description")
_MAPPINGS = ("tags", "properties")


@click.command()
@_options.job_name
@click.option("--display-name", metavar="TEXT", help="Another display name.")
@click.option("--description", metavar="TEXT", help="Another description.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="display_name, description, tags.NAME or properties.NAME; may be repeated.",
)
@_options.answer
def update(
    name: str,
    display_name: str | None,
    description: str | None,
    changes: tuple[str, ...],
    form: Form,
) -> int:
    """Change the display name, the description, tags or properties of a job."""
    from parallelsdk.cli._render import print_job
    from parallelsdk.client.config import find_workspace
    from parallelsdk.client.lookup import find_job
    from parallelsdk.client.ml_client import MLClient

    jobs = MLClient().jobs
    job = jobs.get(name)
    present = {label: dict(getattr(job, label)) for label in _MAPPINGS}
    wanted = _parsed(changes, present)
    given = {"display_name": display_name, "description": description}
    wanted.update({label: text for label, text in given.items() if text is not None})
    if not wanted:
        raise click.UsageError("Nothing to change. Give --set, --display-name or --description.")
    jobs.update(name, **wanted)
    print_job(find_job(find_workspace(), name), form)
    return 0


def _parsed(changes: Iterable[str], present: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The arguments of ``jobs.update``; single tags are added to those that are ``present``."""
    wanted: dict[str, Any] = {}
    for text in changes:
        path, equals, value = text.partition("=")
        label, _, key = path.strip().partition(".")
        if equals and label in _TEXTS and not key:
            wanted[label] = value
        elif equals and label in _MAPPINGS and key:
            wanted[label] = {**wanted.get(label, present[label]), key: value}
        else:
            raise click.BadParameter(
                f"{text!r} is none of display_name=TEXT, description=TEXT, tags.NAME=TEXT, "
                "properties.NAME=TEXT.",
                param_hint="--set",
            )
    return wanted
