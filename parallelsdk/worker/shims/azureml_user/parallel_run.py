"""Stand-in for ``azureml_user.parallel_run``, which no package index has."""

import importlib
import sys

_shims = importlib.import_module("_parallelsdk_shims")


def _fill() -> None:
    place = importlib.import_module("parallelsdk.worker.place")
    sys.modules[__name__].__dict__.update(EntryScript=place.EntryScript, __all__=["EntryScript"])


_shims.stand_in(__name__, _fill)
