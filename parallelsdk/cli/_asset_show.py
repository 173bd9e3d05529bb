"""``parallelsdk component|environment|data|model show``: one registered version."""

from __future__ import annotations

import click

from parallelsdk.cli import _asset_kinds, _options
from parallelsdk.cli._answer import Form
from parallelsdk.cli._asset_kinds import Kind


def show_command(kind: Kind) -> click.Command:
    """The command for one kind of asset."""

    @click.command("show", help=f"Show {kind.called} as it is registered.")
    @_asset_kinds.name
    @_asset_kinds.version
    @_asset_kinds.label
    @_options.answer
    def show(name: str, version: str | None, label: str | None, form: Form) -> int:
        from parallelsdk.cli._answer import give_details

        entity = kind.operations().get(name, version, label)
        give_details(_asset_kinds.document(entity), form)
        return 0

    return show
