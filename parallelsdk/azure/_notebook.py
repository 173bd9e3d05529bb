"""Runs a notebook of Azure's from top to bottom, in a kernel where ``azure.ai.ml`` is played."""

from __future__ import annotations

import os

from parallelsdk._lazy import require
from parallelsdk.azure._roles import announce

EXTRA = "notebook"


def run_notebook(
    path: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] | None = None,
    debug: bool = False,
) -> int:
    """Run the notebook at ``path``, show what its cells print, and return the exit code: 0 or 1.

    It runs in the Python that runs parallelsdk, in the notebook's own folder, and is not changed;
    with ``output``, the executed copy is written there, also when a cell fails. Raises
    MissingExtraException without the extra 'notebook', ValidationException for a file that is no
    notebook.
    """
    for module in ("nbclient", "ipykernel"):
        require(module, EXTRA)
    announce()
    from parallelsdk.azure._kernel import execute

    return execute(os.path.abspath(path), output=output, debug=debug)
