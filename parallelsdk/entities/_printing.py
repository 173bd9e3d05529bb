"""From plain values to YAML text, the way that ``print(job)`` shows them.

Block style, order kept, no anchors, texts of several lines as blocks.
"""

from __future__ import annotations

import os
from typing import IO, Any, Final

import yaml

from parallelsdk.rules.paths import path_given

Destination = str | os.PathLike[str] | IO[str]


class _Readable:
    """What makes the text pleasant, mixed into whichever dumper is at hand."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Careful(_Readable, yaml.SafeDumper):
    """Writes every text, also paths that are no valid UTF-8."""


class _Fast(_Readable, getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """libyaml; ten times faster."""


def _text(dumper: Any, value: str) -> Any:
    style = "|" if "\n" in value.rstrip("\n") and not value[:1].isspace() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _unknown(dumper: Any, value: object) -> Any:
    return _text(dumper, str(value))


for _dumper in (_Careful, _Fast):
    _dumper.add_representer(str, _text)
    _dumper.add_multi_representer(object, _unknown)  # a foreign object in an extra field

_WIDE: Final = 1 << 30  # a folded line could be split inside a ${{ }} text


def to_yaml(value: Any) -> str:
    """``value``, made of dicts, lists and scalars, as YAML text."""
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": _WIDE}
    try:
        text: str = yaml.dump(value, Dumper=_Fast, **options)
    except UnicodeEncodeError:
        text = yaml.dump(value, Dumper=_Careful, **options)
    return text


def write_yaml(value: Any, dest: Destination) -> None:
    """Write ``value`` as YAML to a path, which is replaced, or to an open text stream."""
    text = to_yaml(value)
    if not hasattr(dest, "write"):
        with open(path_given(dest, "dest"), "w", encoding="utf-8") as stream:
            stream.write(text)
    else:
        dest.write(text)
