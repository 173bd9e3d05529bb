"""``parallelsdk component|environment|data|model archive``: hide an asset in lists."""

from __future__ import annotations

import click

from parallelsdk.cli import _asset_kinds
from parallelsdk.cli._asset_kinds import Kind


def archive_command(kind: Kind) -> click.Command:
    """The command for one kind of asset."""

    @click.command("archive", help=f"Hide {kind.called} in lists: one version, or all of them.")
    @_asset_kinds.name
    @_asset_kinds.version
    @_asset_kinds.label
    def archive(name: str, version: str | None, label: str | None) -> int:
        kind.operations().archive(name, version, label)
        which = f", version {version}" if version else f"@{label}" if label else ", all versions"
        click.echo(f"Archived the {kind.noun} {name}{which}.")
        return 0

    return archive
