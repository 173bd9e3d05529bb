"""What a user may give to an input, brought into the few forms that ports keep."""

from __future__ import annotations

from typing import Any, Final

from parallelsdk._expressions import whole
from parallelsdk.constants import LITERAL_TYPES
from parallelsdk.entities import _graph
from parallelsdk.entities._assets import Data, Model
from parallelsdk.entities._fields import Binding
from parallelsdk.entities._io import Input
from parallelsdk.exceptions import UserErrorException
from parallelsdk.rules.ports import settled

Literal: Final = (str, int, float)  # bool is an int


def as_value(value: Any, declared: Input | None, where: str) -> Any:
    """``value`` as a port keeps it; see ``NodeInput.data``. Raises for what cannot be given to a
    port.
    """
    if isinstance(value, Data | Model):
        return value.as_input()
    if isinstance(value, Input):
        return _of_input(value)
    if value is None or isinstance(value, Binding):
        return value
    single = getattr(value, "single_output", None)
    if callable(single):
        return single()
    if not isinstance(value, Literal):
        raise UserErrorException(
            f"{where}: a value of type {type(value).__name__} cannot be given; "
            "give a literal, an Input, a parameter or another step's output"
        )
    if declared is None or declared.type is None or declared.type in LITERAL_TYPES:
        return value
    if not isinstance(value, str):
        raise UserErrorException(
            f"{where}: is of type {declared.type}, so only path input is accepted, found {value!r}"
        )
    return value if whole(value) is not None else Input(type=settled(declared.type), path=value)


def _of_input(value: Input) -> Any:
    if value.is_literal:
        return value.default
    return None if value.path is None else value.copy_with()


def data_source(data: Input, declared: Input | None) -> _graph.Data:
    """Planning's view of data that were given."""
    kind = data.type or (settled(declared.type) if declared is not None else None) or Input().type
    return _graph.Data(str(data.resolved_path), str(kind), data.mode)
