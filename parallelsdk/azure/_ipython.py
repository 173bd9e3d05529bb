"""``%load_ext parallelsdk.azure``: the cells after it import what parallelsdk plays."""

from __future__ import annotations

import sys

from parallelsdk.azure._roles import PLAYED, announce
from parallelsdk.azure._stage import Stage


def load_ipython_extension(shell: object) -> None:
    """IPython calls this for ``%load_ext parallelsdk.azure``."""
    announce()
    if real := [name for name in PLAYED if name in sys.modules]:
        print(
            f"{' and '.join(real)} had been imported before, and the names taken from there still "
            "mean Azure: run the cells that import them again.",
            file=sys.stderr,
            flush=True,
        )
    Stage().enter()


def unload_ipython_extension(shell: object) -> None:
    """IPython calls this for ``%unload_ext parallelsdk.azure``."""
    stage = Stage.current()
    if stage is not None:
        stage.leave()
