"""Options that several commands share, declared once."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from parallelsdk.cli._answer import TABLE, Form, read_query

_AGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MOST_AGE = 1000 * 365 * 24 * 3600.0  # seconds
F = TypeVar("F", bound=Callable[..., Any])

file: Callable[[F], F] = click.option(
    "--file", "-f", required=True, metavar="FILE", help="The YAML file of the pipeline."
)
job_name: Callable[[F], F] = click.option(
    "--name", "-n", required=True, metavar="NAME", help="The name of the job."
)
overrides: Callable[[F], F] = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a field of the file, such as jobs.score.mini_batch_size=5; may be repeated.",
)
new_code: Callable[[F], F] = click.option(
    "--new-code",
    "--code",
    "new_code",
    is_flag=True,
    help="Take the code as it is now. What is committed stays as the old code made it.",
)
web: Callable[[F], F] = click.option(
    "--web", is_flag=True, help="Say where the job can be looked at; az opens a browser."
)
save_as: Callable[[F], F] = click.option(
    "--save-as", "-a", metavar="FILE", help="Write the job as YAML to FILE as well."
)
max_results: Callable[[F], F] = click.option(
    "--max-results", "-r", type=click.IntRange(min=1), help="Show only so many, the newest."
)
include_archived: Callable[[F], F] = click.option(
    "--include-archived", is_flag=True, help="Show what is archived, too."
)
archived_only: Callable[[F], F] = click.option(
    "--archived-only", is_flag=True, help="Show only what is archived."
)


def each_with_its_own(arguments: Sequence[str]) -> list[str]:
    """The arguments, several values behind one ``--set``, as az takes them, each with its own."""
    found: list[str] = []
    follows = False  # whether another value of --set may come
    for argument in arguments:
        if follows and "=" in argument and not argument.startswith("-"):
            if found[-1] != "--set":
                found.append("--set")
        else:
            follows = argument == "--set"
        found.append(argument)
    return found


def answer(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--output`` and ``--query``; the command gets both as its argument ``form``."""

    @click.option(
        "--output",
        "-o",
        type=click.Choice([TABLE, "json", "jsonc", "yaml", "yamlc", "tsv", "none"]),
        callback=lambda _, __, value: {"jsonc": "json", "yamlc": "yaml"}.get(value, value),
        default=TABLE,
        show_default=True,
        help="How to print the answer.",
    )
    @click.option(
        "--query",
        callback=read_query,
        metavar="JMESPATH",
        help="Print only this part of the answer, as in az: outputs.predictions.path",
    )
    @functools.wraps(command)
    def with_form(*args: Any, output: str, query: Any, **kwargs: Any) -> Any:
        return command(*args, form=Form(output, query), **kwargs)

    return with_form


def read_age(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """The seconds of an age such as ``30d``, ``12h``, ``90m``."""
    if text is None:
        return None
    match = _AGE.fullmatch(text.strip().lower())
    if match is None:
        raise click.BadParameter(f"{text!r} is no age; write 30d, 12h, 90m or 45s.")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if seconds > _MOST_AGE:
        raise click.BadParameter(f"{text!r} is over a thousand years; give less.")
    return seconds


def agreed(question: str, *, yes: bool) -> bool:
    """Whether to go on: ``yes`` was given, or somebody says so. UsageError if there is nobody."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("Give --yes: there is no terminal to ask on.")
    return click.confirm(question, err=True)


def view_type(*, include_archived: bool, archived_only: bool) -> str:
    """The ListViewType that the two options ask for. UsageError for both."""
    from parallelsdk.constants import ListViewType

    if include_archived and archived_only:
        raise click.UsageError("Give --include-archived or --archived-only, not both.")
    if archived_only:
        return ListViewType.ARCHIVED_ONLY
    return ListViewType.ALL if include_archived else ListViewType.ACTIVE_ONLY
