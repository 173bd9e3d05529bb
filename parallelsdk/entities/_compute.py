"""Clusters as Azure describes them.

Kept and printed, so that scripts that make their cluster first run unchanged; here a name of a
compute means this machine until somebody attaches it to something else.
"""

from __future__ import annotations

from typing import Any, ClassVar

from parallelsdk.entities._fields import Checked
from parallelsdk.entities._printing import to_yaml
from parallelsdk.entities._rules import anything, integer, text, text_mapping, truth
from parallelsdk.exceptions import BadValueError


class Compute(Checked):
    """A named compute; fields that are not known are kept, ``target`` among them."""

    keeps_unknown = True
    kind: ClassVar[str] = "compute"

    name = text()
    description = text()
    location = text()
    tags = text_mapping()
    properties = anything()

    def __init__(self, **values: Any) -> None:
        if "type" in values:
            self.__dict__["type"] = values.pop("type")
        super().__init__(**values)

    @property
    def type(self) -> str:
        """amlcompute for a cluster, else what was given."""
        found: str = self.__dict__.get("type", self.kind)
        return found

    def _to_dict(self) -> dict[str, Any]:
        name = {} if self.name is None else {"name": self.name}
        return {**name, "type": self.type, **super()._to_dict()}

    def __str__(self) -> str:
        return to_yaml(self._to_dict())


class AmlCompute(Compute):
    """A cluster of machines; its sizes are kept for Azure and not used here."""

    kind: ClassVar[str] = "amlcompute"
    keeps_unknown = False

    size = text()
    tier = text()
    min_instances = integer(least=0, from_text=True)
    max_instances = integer(least=0, from_text=True)
    idle_time_before_scale_down = integer(least=0, from_text=True)
    identity = anything()
    ssh_public_access_enabled = truth()
    ssh_settings = anything()
    network_settings = anything()
    enable_node_public_ip = truth()

    def __init__(self, **values: Any) -> None:
        if (kind := values.pop("type", self.kind)) != self.kind:
            raise BadValueError(f"AmlCompute.type: is {self.kind!r}, found {kind!r}")
        azures_own = {"min_instances": 0, "max_instances": 4, "idle_time_before_scale_down": 120}
        super().__init__(**{**azures_own, "enable_node_public_ip": True, **values})
