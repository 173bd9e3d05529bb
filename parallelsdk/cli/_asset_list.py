"""``parallelsdk component|environment|data|model list``: what is registered."""

from __future__ import annotations

import itertools

import click

from parallelsdk.cli import _asset_kinds, _options
from parallelsdk.cli._answer import Form
from parallelsdk.cli._asset_kinds import Kind


def list_command(kind: Kind) -> click.Command:
    """The command for one kind of asset."""

    @click.command("list")
    @click.option("--name", "-n", metavar="NAME", help="All versions of this one.")
    @_options.max_results
    @_options.include_archived
    @_options.archived_only
    @_options.answer
    def list_(
        name: str | None,
        max_results: int | None,
        include_archived: bool,
        archived_only: bool,
        form: Form,
    ) -> int:
        """List the newest version of each, or all versions of one."""
        from parallelsdk.cli._answer import give, print_table
        from parallelsdk.client.plain_text import printable

        wanted = _options.view_type(include_archived=include_archived, archived_only=archived_only)
        found = kind.operations().list(name, list_view_type=wanted)
        entities = list(itertools.islice(found, max_results))
        if not form.is_summary:
            give([_asset_kinds.document(entity) for entity in entities], form)
            return 0
        if not entities:
            called = f" called {name}" if name else ""
            click.echo(f"Nothing to show: no {kind.noun}{called} is registered.", err=True)
            return 0
        rows = [["NAME", "VERSION", "TYPE", "DESCRIPTION"]]
        for entity in entities:
            texts = (entity.name, entity.version, getattr(entity, "type", ""), entity.description)
            rows.append([printable(str(text or ""), keep="") for text in texts])
        print_table(rows)
        return 0

    return list_
