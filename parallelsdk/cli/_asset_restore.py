"""``parallelsdk component|environment|data|model restore``: show an archived asset again."""

from __future__ import annotations

import click

from parallelsdk.cli import _asset_kinds
from parallelsdk.cli._asset_kinds import Kind


def restore_command(kind: Kind) -> click.Command:
    """The command for one kind of asset."""

    @click.command("restore", help=f"Show {kind.called} in lists again: one version, or all.")
    @_asset_kinds.name
    @_asset_kinds.version
    @_asset_kinds.label
    def restore(name: str, version: str | None, label: str | None) -> int:
        kind.operations().restore(name, version, label)
        which = f", version {version}" if version else f"@{label}" if label else ", all versions"
        click.echo(f"Restored the {kind.noun} {name}{which}.")
        return 0

    return restore
