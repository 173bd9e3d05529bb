"""Which workspace a client works in, when it was configured as one of Azure's.

``config.json`` of an Azure project says where a workspace lies in the cloud. Here it marks the
project's folder at most; what it holds is never read and nothing is ever contacted.
"""

from __future__ import annotations

import os

from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.rules.paths import path_given


def find_workspace(path: str | os.PathLike[str] | None = None) -> Workspace:
    """The local workspace for a project: searched from ``path``, a folder or a config file in one.

    Without ``path``, from the current folder. Raises ValidationException when it is not there.
    """
    if path is None:
        return Workspace.find()
    start = os.path.abspath(path_given(path, "path"))
    if not os.path.exists(start):
        raise ValidationException(
            f"There is no {os.fspath(path)!r} to start the search for a workspace from. "
            "Leave path out to use the current folder."
        )
    return Workspace.find(start if os.path.isdir(start) else os.path.dirname(start))
