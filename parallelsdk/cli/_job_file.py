"""A pipeline file and its ``--set`` options become a job."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from parallelsdk.entities._job import PipelineJob


def read_job_file(file: str, overrides: Iterable[str]) -> PipelineJob:
    """The job in ``file``. Raises ValidationException, or a usage error for a wrong ``--set``."""
    from parallelsdk.client.submittable import submittable
    from parallelsdk.entities._loading import load_job

    return submittable(load_job(file, params_override=[read_override(text) for text in overrides]))


def read_override(text: str) -> dict[str, Any]:
    """``{path: value}`` of ``path=value``; the value is read as YAML reads it.

    One with bytes that are no text, as a path may have, is taken as it is.
    """
    from parallelsdk.entities._document import read_document
    from parallelsdk.exceptions import MlException
    from parallelsdk.rules.literals import is_text

    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise click.BadParameter(f"{text!r} is not of the form PATH=VALUE.", param_hint="--set")
    if not is_text(value):
        return {path.strip(): value}
    try:
        return {path.strip(): read_document(io.StringIO(value)).value}
    except MlException as error:
        raise click.BadParameter(f"{text!r}: {error.message}", param_hint="--set") from error
