"""What the names of steps, components, ports and outputs may look like, as in Azure's schemas.

Each function says what is wrong with a name, as the end of a message, or None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

STEP: Final = re.compile(r"[a-z_][a-z0-9_]*")
_COMPONENT: Final = re.compile(r"[a-z][a-z0-9_]*")
_PORT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_OUTPUT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # it becomes a folder
_OUTPUT_ASSET: Final = re.compile(r"[A-Za-z0-9_-]{0,255}")


def step_fault(name: str) -> str | None:
    """Of a step, wherever it is named."""
    if STEP.fullmatch(name):
        return None
    return (
        f"{name!r} is no step name; use lower-case letters, digits and '_', beginning with a letter"
    )


def component_fault(name: str) -> str | None:
    """Of a component that has a file of its own."""
    if _COMPONENT.fullmatch(name):
        return None
    return (
        f"{name!r} is no component name; use lower-case letters, digits and '_', beginning with a "
        "letter"
    )


def port_fault(name: object) -> str | None:
    """Of an input or output of a component, which ``${{inputs.<name>}}`` has to carry."""
    if isinstance(name, str) and _PORT.fullmatch(name):
        return None
    return (
        f"{name!r} is not a valid parameter name; use letters, digits and '_', "
        "beginning with a letter"
    )


def output_fault(name: str) -> str | None:
    """Of an output whose data lie in a folder of that name."""
    return None if _OUTPUT.fullmatch(name) else "is no valid name; use letters, digits and '_'"


def output_asset_fault(name: object) -> str | None:
    """Of the asset that an output becomes."""
    if _OUTPUT_ASSET.fullmatch(str(name)):
        return None
    return f"{name!r} may hold only letters, digits, '_' and '-', at most 255 of them"


def variable_fault(name: object, value: object) -> str | None:
    """Why an environment variable of that name and value cannot be set, or None."""
    if not isinstance(name, str) or not name or "=" in name or "\0" in name:
        return f"{name!r:.80} is no name of an environment variable"
    if isinstance(value, str) and "\0" in value:
        return f"holds a NUL character, which no variable can: {value!r:.80}"
    if isinstance(value, Mapping | list | tuple | set):
        return f"must be a text, found {value!r:.80}"
    return None
