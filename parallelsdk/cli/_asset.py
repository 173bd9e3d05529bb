"""``parallelsdk component``, ``environment``, ``data`` and ``model``: groups of one shape."""

from __future__ import annotations

from typing import Final

import click

from parallelsdk.cli._asset_archive import archive_command
from parallelsdk.cli._asset_create import create_command
from parallelsdk.cli._asset_kinds import KINDS, Kind
from parallelsdk.cli._asset_list import list_command
from parallelsdk.cli._asset_restore import restore_command
from parallelsdk.cli._asset_show import show_command


def _group(kind: Kind) -> click.Group:
    group = click.Group(kind.noun, help=f"Register {kind.called}, and find what is registered.")
    for make in (create_command, list_command, show_command, archive_command, restore_command):
        group.add_command(make(kind))
    return group


groups: Final = tuple(_group(kind) for kind in KINDS)
