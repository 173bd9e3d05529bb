"""Plays Azure's SDK: code that imports ``azure.ai.ml`` runs here, with not one line changed.

Nothing is played unless somebody asks: ``parallelsdk azure run``, ``%load_ext parallelsdk.azure``
in a notebook, or ``with parallelsdk.azure.playing():``. Each says so in its first line of output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallelsdk._lazy import lazy_exports

if TYPE_CHECKING:
    from parallelsdk.azure._ipython import load_ipython_extension as load_ipython_extension
    from parallelsdk.azure._ipython import unload_ipython_extension as unload_ipython_extension
    from parallelsdk.azure._stage import playing as playing

__all__ = ["load_ipython_extension", "playing", "unload_ipython_extension"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "load_ipython_extension": "parallelsdk.azure._ipython",
        "playing": "parallelsdk.azure._stage",
        "unload_ipython_extension": "parallelsdk.azure._ipython",
    },
)
