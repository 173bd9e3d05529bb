"""The MLTable file: what a table consists of and how its files are read."""

from __future__ import annotations

from parallelsdk._lazy import lazy_exports

__getattr__, __dir__ = lazy_exports(__name__, {})
