"""What the reference loses or keeps of a YAML file, and ours do not; each with its reason.

Unlike the rules in ``compare``, these need both sides: what was lost is known from the other one.
"""

from __future__ import annotations

from typing import Any

# What the reference calls a component, or an environment, whose written name it does not take over.
LOST_NAMES = ("azureml_anonymous", "CliV2AnonymousEnvironment")


def settled(reference: Any, ours: Any) -> tuple[Any, Any]:
    """Both values without the differences that the rules below account for."""
    if isinstance(reference, list) and isinstance(ours, list) and len(reference) == len(ours):
        pairs = [settled(one, other) for one, other in zip(reference, ours, strict=True)]
        return [one for one, _ in pairs], [other for _, other in pairs]
    if not isinstance(reference, dict) or not isinstance(ours, dict):
        return reference, ours
    for rule in (lost_name, schema_line, default_dockerfile):
        reference, ours = rule(reference, ours)
    inner = {name: settled(reference[name], ours[name]) for name in reference if name in ours}
    return (
        {name: inner[name][0] if name in inner else item for name, item in reference.items()},
        {name: inner[name][1] if name in inner else item for name, item in ours.items()},
    )


def lost_name(reference: Any, ours: Any) -> tuple[Any, Any]:
    """The reference forgets the name and version of a component that a YAML job names or holds, and
    those of an environment that is written into a component; ours print them.
    """
    if reference.get("name") not in LOST_NAMES or ours.get("name") == reference["name"]:
        return reference, ours
    return without(reference, "name", "version"), without(ours, "name", "version")


def schema_line(reference: Any, ours: Any) -> tuple[Any, Any]:
    """The reference prints the line that tells an editor which schema to use."""
    return without(reference, "$schema"), ours


def default_dockerfile(reference: Any, ours: Any) -> tuple[Any, Any]:
    """The name of the Dockerfile, if it was not written: in Python the reference prints the
    default, read from a file it prints nothing.
    """
    if "dockerfile_path" in reference or ours.get("dockerfile_path") != "Dockerfile":
        return reference, ours
    return reference, without(ours, "dockerfile_path")


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    """``value`` without some of its members."""
    return {name: item for name, item in value.items() if name not in names}
