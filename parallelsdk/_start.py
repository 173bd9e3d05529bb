"""Starts a process of ours: it finds this very package, and else what any Python finds.

Run as a file: ``python .../parallelsdk/_start.py -m MODULE ARGUMENT...`` or ``-c TEXT``, which mean
what they mean to ``python``. No PYTHONPATH names our installation, because that would precede the
standard library and reach every child: an old backport beside us (``typing.py``) would keep each
job from starting, and another interpreter in a command would import our numpy. So the package is
loaded from its folder, whatever else of that name can be imported, and the folder around it goes to
the end of ``sys.path``, for what was installed there together with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

PACKAGE: Final = os.path.dirname(os.path.abspath(__file__))
AROUND: Final = os.path.dirname(PACKAGE)
# Whether only a process that is started here finds what lies around the package.
IS_HIDDEN: Final = AROUND not in sys.path
# The path as Python itself made it when this process began, and the folder around the package. What
# loky gives a worker is its driver's, in which the PYTHONPATH of the worker's step does not count.
PATH: Final = (*sys.path, AROUND) if IS_HIDDEN else tuple(sys.path)


def start_command(*words: str) -> list[str]:
    """The command line of a process of ours; ``words`` begin with ``-m`` or ``-c``."""
    # UTF-8 in every locale, as on Azure's machines: what users write may hold any letter.
    return [sys.executable, "-X", "utf8", os.path.join(PACKAGE, "_start.py"), *words]


def through_start(command: Sequence[str]) -> list[str]:
    """``python [flags] -m MODULE ...`` or ``-c TEXT``, made a command line of a process of ours;
    any other stays as it is."""
    first = next((at for at, word in enumerate(command) if word in ("-m", "-c")), None)
    if first is None:
        return list(command)
    return [*command[:first], os.path.join(PACKAGE, "_start.py"), *command[first:]]


def absolute_entries(path: str, folder: str) -> str:
    """The value ``path`` of a PYTHONPATH with absolute entries; an empty one means ``folder``."""
    entries = path.split(os.pathsep)
    return os.pathsep.join(os.path.join(folder, entry) if entry else folder for entry in entries)


def load_package() -> None:
    """Load the package ``parallelsdk`` from the folder of this file, if it is not loaded yet."""
    from importlib.util import module_from_spec, spec_from_file_location

    name = os.path.basename(PACKAGE)
    loaded = sys.modules.get(name)
    if loaded is not None and PACKAGE in getattr(loaded, "__path__", ()):
        return
    for other in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[other]
    file = os.path.join(PACKAGE, "__init__.py")
    spec = spec_from_file_location(name, file, submodule_search_locations=[PACKAGE])
    assert spec is not None and spec.loader is not None
    sys.modules[name] = package = module_from_spec(spec)
    spec.loader.exec_module(package)


def main() -> None:
    """Run what the command line says, in this process."""
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of this file, where modules lie that are called like others
    load_package()
    import runpy

    import parallelsdk._start as begun

    sys.path[:] = begun.PATH
    kind, what = sys.argv[1:3]
    del sys.argv[1:3]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv[0] = kind
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    main()
