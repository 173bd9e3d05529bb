"""``@pipeline``: a Python function that wires components together becomes a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallelsdk._lazy import lazy_exports

if TYPE_CHECKING:
    from parallelsdk.dsl._group import group as group
    from parallelsdk.dsl._pipeline import pipeline as pipeline

__all__ = ["group", "pipeline"]

__getattr__, __dir__ = lazy_exports(
    __name__, {"group": "parallelsdk.dsl._group", "pipeline": "parallelsdk.dsl._pipeline"}
)
