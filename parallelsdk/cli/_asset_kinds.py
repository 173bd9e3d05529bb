"""The kinds of assets that have commands, in the words of the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from parallelsdk.client.assets import AssetOperations


@dataclass(frozen=True, slots=True)
class Kind:
    """``noun`` is the group's name, ``many`` the attribute of MLClient."""

    noun: str
    many: str
    called: str  # with its article, for sentences
    fields: tuple[str, ...] = ()  # what can be given instead of a file

    def operations(self) -> AssetOperations[Any]:
        """What MLClient offers for assets of this kind."""
        from parallelsdk.client.ml_client import MLClient

        found: AssetOperations[Any] = getattr(MLClient(), self.many)
        return found


KINDS: Final = (
    Kind("component", "components", "a component"),
    Kind("environment", "environments", "an environment", ("image", "conda_file", "description")),
    Kind("data", "data", "a data asset", ("path", "type", "description")),
    Kind("model", "models", "a model", ("path", "type", "description")),
)

name: Callable[..., Any] = click.option(
    "--name", "-n", required=True, metavar="NAME", help="The name of the asset."
)
version: Callable[..., Any] = click.option(
    "--version", "-v", metavar="VERSION", help="The version."
)
label: Callable[..., Any] = click.option(
    "--label", "-l", metavar="LABEL", help="Instead of a version: latest."
)


def document(entity: Any) -> dict[str, Any]:
    """A registered asset as plain values."""
    return {"id": entity.id, **entity._to_dict()}
