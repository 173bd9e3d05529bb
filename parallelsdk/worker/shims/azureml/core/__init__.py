"""Stand-in for Azure's package ``azureml.core`` where that is not installed: its ``Run``."""

import importlib
import sys

_shims = importlib.import_module("_parallelsdk_shims")


def _fill() -> None:
    importlib.import_module("parallelsdk.worker.azureml_core").fill(sys.modules[__name__])


_shims.stand_in(__name__, _fill)
