"""What a pipeline function's return annotation promises: an ``Output``, or a group of them.

Any other annotation says nothing, as in Azure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from parallelsdk.dsl._group import is_group
from parallelsdk.dsl._parameters import annotations_of
from parallelsdk.entities._io import Output
from parallelsdk.exceptions import UserErrorException

_ONLY: Final = "output"  # the name of the output that a bare Output annotation means


def promised_outputs(func: Callable[..., Any]) -> dict[str, Output] | None:
    """The outputs that the annotation of ``func`` names; None when it names none."""
    annotation = annotations_of(func).get("return")
    if isinstance(annotation, Output):
        return {_ONLY: annotation}
    kind = annotation if isinstance(annotation, type) else type(annotation)
    if not is_group(kind):
        return None
    members: Mapping[str, Any] = kind._group_fields  # type: ignore[attr-defined]
    return {
        name: item if isinstance(item, Output) else Output(type=None)
        for name, item in members.items()
    }


def keep_promise(promised: Mapping[str, Output], made: Mapping[str, Output]) -> dict[str, Output]:
    """The outputs that were ``made``, with mode and description as ``promised``.

    Raises UserErrorException when the names or the types differ.
    """
    if set(promised) != set(made):
        raise UserErrorException(
            f"The pipeline function's annotation promises the outputs {_listed(promised)}, and it "
            f"returned {_listed(made)}; return what is promised, or change the annotation"
        )
    for name, output in promised.items():
        if output.type != made[name].type:
            raise UserErrorException(
                f"The pipeline function's annotation promises the output {name!r} as "
                f"{output.type}, and it returned {made[name].type}"
            )
    return {
        name: promised[name].copy_with(
            path=None, description=promised[name].description or output.description
        )
        for name, output in made.items()
    }


def _listed(names: Mapping[str, Output]) -> str:
    return ", ".join(names) or "nothing"
