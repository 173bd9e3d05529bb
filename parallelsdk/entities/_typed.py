"""Objects that a job file writes as a mapping with ``type``: kept and printed, and not used here.

Code that names them must import and build. What runs here runs as the user, on this machine.
"""

from __future__ import annotations

from typing import Any, ClassVar

from parallelsdk.entities._fields import Checked
from parallelsdk.entities._rules import integer, mapping, text


class Typed(Checked):
    """What they have in common: a ``type``, which is printed first."""

    keeps_unknown = True
    kind: ClassVar[str] = ""

    @property
    def type(self) -> str:
        """Which of its kind it is, such as pytorch, managed_identity or ssh."""
        return self.kind

    def _to_dict(self) -> dict[str, Any]:
        return {"type": self.kind, **super()._to_dict()}


class UserIdentityConfiguration(Typed):
    """The identity of who submits the job."""

    kind: ClassVar[str] = "user_identity"


class AmlTokenConfiguration(Typed):
    """The identity of the token that the service makes for a job."""

    kind: ClassVar[str] = "aml_token"


class ManagedIdentityConfiguration(Typed):
    """An identity that is managed in the cloud."""

    kind: ClassVar[str] = "managed_identity"

    client_id = text()
    resource_id = text()
    object_id = text()
    principal_id = text()

    def _to_dict(self) -> dict[str, Any]:
        found = super()._to_dict()
        found.pop("principal_id", None)  # no file can hold it
        if "resource_id" in found:
            found["msi_resource_id"] = found.pop("resource_id")
        return found


class _Service(Typed):
    """A way into a running command."""

    endpoint = text()
    nodes = text()
    status = text()
    port = integer(least=1, from_text=True)
    properties = mapping()


class SshJobService(_Service):
    """A shell, for who has one of the keys."""

    kind: ClassVar[str] = "ssh"

    ssh_public_keys = text()


class TensorBoardJobService(_Service):
    """TensorBoard over the logs in ``log_dir``."""

    kind: ClassVar[str] = "tensor_board"

    log_dir = text()


class JupyterLabJobService(_Service):
    """JupyterLab beside the command."""

    kind: ClassVar[str] = "jupyter_lab"


class VsCodeJobService(_Service):
    """A server for VS Code beside the command."""

    kind: ClassVar[str] = "vs_code"


class QueueSettings(Checked):
    """How urgent a job is, and how dear the machines may be."""

    keeps_unknown = True

    job_tier = text()
    priority = text()
