"""Stand-in for Azure's package ``mltable`` where that is not installed: this project's own."""

import importlib
import sys

_shims = importlib.import_module("_parallelsdk_shims")


def _fill() -> None:
    module = importlib.import_module("parallelsdk.mltable")
    module.load  # noqa: B018 - it is loaded lazily, and must fail now if it will
    sys.modules[__name__] = module


_shims.stand_in(__name__, _fill)
