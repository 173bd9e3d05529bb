"""``__main__`` of a process that an entry script started: it has the names of the entry script.

multiprocessing runs the module that a parent's ``__main__`` names. Were that the entry script, the
child would run it twice: here, and when it imports it for a function that it is to call.
"""

import importlib
import os

_entry_script = os.environ.get("PARALLELSDK_ENTRY_MODULE")
if _entry_script is not None:  # else user code has cleared its environment
    _names = vars(importlib.import_module(_entry_script)).items()
    globals().update({name: value for name, value in _names if not name.startswith("__")})
