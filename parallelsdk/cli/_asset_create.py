"""``parallelsdk component|environment|data|model create``: register an asset."""

from __future__ import annotations

from typing import Any

import click

from parallelsdk.cli import _asset_kinds, _options
from parallelsdk.cli._answer import Form
from parallelsdk.cli._asset_kinds import Kind


def create_command(kind: Kind) -> click.Command:
    """The command for one kind of asset."""

    @click.command("create", help=f"Register {kind.called}, as the next version if none is given.")
    @click.option("--file", "-f", metavar="FILE", help="Its YAML file.")
    @click.option("--name", "-n", metavar="NAME", help="The name; counts more than the file's.")
    @_asset_kinds.version
    @_options.overrides
    @_options.answer
    def create(
        file: str | None,
        name: str | None,
        version: str | None,
        overrides: tuple[str, ...],
        form: Form,
        **fields: str | None,
    ) -> int:
        from parallelsdk.cli._answer import give

        operations: Any = kind.operations()
        given = {field: value for field, value in fields.items() if value is not None}
        labels = {"name": name, "version": version}
        given.update({label: value for label, value in labels.items() if value is not None})
        stored = operations.create_or_update(_entity(kind, file, given, overrides))
        if not form.is_summary:
            give(_asset_kinds.document(stored), form)
            return 0
        click.echo(f"Registered the {kind.noun} {stored.name}, version {stored.version}.")
        click.echo(f"Refer to it as {stored.id}")
        return 0

    for field in kind.fields:
        option = "--" + field.replace("_", "-")
        text = f"Its {field.replace('_', ' ')}, with or without a file."
        create.params.append(click.Option([option, field], metavar=field.upper(), help=text))
    return create


def _entity(kind: Kind, file: str | None, given: dict[str, str], overrides: tuple[str, ...]) -> Any:
    """The asset that the options describe: from its file, or from its fields alone."""
    from parallelsdk import entities
    from parallelsdk.cli._job_file import read_override
    from parallelsdk.entities import _loading

    if file is not None:
        changes = [{name: value} for name, value in given.items()]
        load = getattr(_loading, f"load_{kind.noun}")
        return load(file, params_override=[*map(read_override, overrides), *changes])
    if not set(given) & set(kind.fields):
        instead = "".join(f", or --{field.replace('_', '-')}" for field in kind.fields[:2])
        raise click.UsageError(f"Give --file{instead}.")
    if overrides:
        raise click.UsageError("--set changes a file. Give --file, too.")
    return getattr(entities, kind.noun.capitalize())(**given)
