"""Options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

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
output: Callable[[F], F] = click.option(
    "--output",
    "-o",
    type=click.Choice(["table", "json", "yaml"]),
    default="table",
    show_default=True,
    help="How to print the answer.",
)
