"""Fills the stand-in for the package ``azureml.core``: ``Run``, and names that cannot be used here.

Scripts import from its modules, too (``from azureml.core.run import Run``), so those are there.
"""

from __future__ import annotations

import sys
from types import ModuleType

from parallelsdk.worker.azureml_absent import NAMES, Absent
from parallelsdk.worker.azureml_run import Run, _OfflineRun

# Modules of the package and the names in them; each name is in the package itself as well.
_MODULES = {
    "compute": "ComputeTarget",
    "dataset": "Dataset",
    "datastore": "Datastore",
    "environment": "Environment",
    "experiment": "Experiment",
    "keyvault": "Keyvault",
    "model": "Model",
    "runconfig": "RunConfiguration",
    "script_run_config": "ScriptRunConfig",
    "webservice": "Webservice",
    "workspace": "Workspace",
}


def fill(package: ModuleType) -> None:
    """Make the module ``package``, which is being imported, the stand-in."""
    package.__dict__.update({name: Absent(name, (), {}) for name in NAMES})
    package.__dict__.update(Run=Run, __version__="0+parallelsdk")
    _add(package, "run", Run=Run, _OfflineRun=_OfflineRun)
    for module, name in _MODULES.items():
        _add(package, module, **{name: vars(package)[name]})


def _add(package: ModuleType, name: str, **names: object) -> None:
    module = ModuleType(f"{package.__name__}.{name}", package.__doc__)
    module.__dict__.update(names)
    sys.modules[module.__name__] = module
    setattr(package, name, module)
