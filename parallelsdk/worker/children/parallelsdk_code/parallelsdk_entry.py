"""Stands in for an entry script such as ``v1.0/score.v2.py``, and makes room for it."""

import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

_loader = SourceFileLoader(__name__, os.environ["PARALLELSDK_ENTRY_FILE"])
_spec = spec_from_loader(__name__, _loader)
assert _spec is not None
sys.modules[__name__] = module_from_spec(_spec)
_loader.exec_module(sys.modules[__name__])
