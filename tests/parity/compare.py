"""What counts as equal: results of the two SDKs, brought into one form by rules with reasons.

A rule is as narrow as its reason. It never hides a value that a job would run with: it takes away
what the reference prints and cannot read back, and what it prints in two ways.
"""

from __future__ import annotations

import builtins
import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.parity.file_quirks import settled

Path = tuple[str, ...]
Rule = Callable[[Path, Any], Any]
GONE = object()  # a rule's answer for what is left out

# The error tree of the reference that user code can name in an ``except``. Left out are the classes
# of the libraries below it: azure.core's AzureError is not ours to define, and marshmallow's
# ValidationError, which the reference raises for YAML, is our ValidationException.
CATCHABLE = frozenset(
    {
        *("MlException", "ValidationException", "JobException", "ComponentException"),
        *("AssetException", "UserErrorException", "UnsupportedParameterKindError"),
        *("MissingPositionalArgsError", "TooManyPositionalArgsError", "MultipleValueError"),
        *("ParamValueNotExistsError", "KeywordError", "UnexpectedKeywordError"),
        "UnexpectedAttributeError",
        *(name for name, item in vars(builtins).items() if isinstance(item, type)),
    }
)
SCHEMA_ERROR = "ValidationError"

UNTYPED = "Parameter type unknown, please add type annotation or specify input default value."

LOCAL = "azureml:"
SCRATCH = "<folder>"  # what run_cases writes for the folder of a case
_PARENT_OUTPUT = "${{parent.outputs."


def differences(reference: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Lines that say where two results differ; none when they count as equal."""
    for side, result in (("the reference", reference), ("ours", ours)):
        if "broken" in result:
            return [f"the case file cannot be imported with {side}:\n{result['broken']}"]
    if "error" in reference or "error" in ours:
        return list(_differing_errors(reference, ours))
    theirs, mine = settled(reference["value"], ours["value"])
    found = list(_differing("", normal(theirs), normal(mine)))
    return found + list(_differing_findings(reference, ours))


def normal(value: Any, path: Path = ()) -> Any:
    """``value`` with every rule applied, from the innermost part outwards."""
    if isinstance(value, dict):
        inner = {name: normal(item, (*path, name)) for name, item in value.items()}
        value = {name: item for name, item in inner.items() if item is not GONE}
    elif isinstance(value, list):
        value = [normal(item, (*path, str(place))) for place, item in enumerate(value)]
    for rule in RULES:
        value = rule(path, value)
    return value


def _differing_errors(reference: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    if "error" not in ours:
        yield f"only the reference raises: {reference['error'][0]}: {reference['message']}"
    elif "error" not in reference:
        yield f"only ours raises: {ours['message']}\n{ours['trace']}"
    else:
        missing = uncaught(reference["error"], ours["error"])
        if missing:
            yield f"ours is no {', '.join(missing)}\n{reference['trace']}\n{ours['trace']}"


def uncaught(reference: list[str], ours: list[str]) -> list[str]:
    """The catchable classes of the reference's error that ours does not belong to."""
    wanted = [name for name in reference if name in CATCHABLE]
    if reference[0] == SCHEMA_ERROR:
        wanted = ["ValidationException"]
    return [name for name in wanted if name not in ours]


def _differing_findings(reference: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    """Paths that only one validation reports, apart from those that the case marks."""
    if "passed" not in reference or "passed" not in ours:
        return
    theirs = {name for name, text in reference["errors"].items() if not not_needed(name, text)}
    expected, found = theirs | set(ours["finds"]), set(ours["errors"])
    for name in sorted(expected - found):
        yield f"errors: ours does not report {name}"
    for name in sorted(found - expected):
        yield f"errors: only ours reports {name}: {ours['errors'][name]}"
    if ours["passed"] != (not found):
        yield "passed: does not agree with the errors"


def not_needed(path: str, message: str) -> bool:
    """Whether the reference asks for what a local run does not need: a compute, an environment,
    or the type of a nested pipeline's parameter, which ours take from what is given.
    """
    return path.rpartition(".")[2] in ("compute", "environment") or message == UNTYPED


def _differing(path: str, reference: Any, ours: Any) -> Iterator[str]:
    if isinstance(reference, dict) and isinstance(ours, dict):
        if "raised" in reference and "raised" in ours:
            for name in uncaught(reference["raised"], ours["raised"]):
                yield f"{path}: ours is no {name}: {ours}"
            return
        for name in [*reference, *(n for n in ours if n not in reference)]:
            inner = f"{path}.{name}" if path else name
            yield from _differing(inner, reference.get(name, GONE), ours.get(name, GONE))
        if path.endswith("jobs") and list(reference) != list(ours):
            yield f"{path}: the order is {list(ours)} and should be {list(reference)}"
    elif isinstance(reference, list) and isinstance(ours, list) and len(reference) == len(ours):
        for place, (one, other) in enumerate(zip(reference, ours, strict=True)):
            yield from _differing(f"{path}.{place}", one, other)
    elif type(reference) is not type(ours) or reference != ours:
        yield f"{path}: reference {_shown(reference)}, ours {_shown(ours)}"


def _shown(value: Any) -> str:
    return "nothing" if value is GONE else json.dumps(value)[:500]


# --- the rules -----------------------------------------------------------------------------------


def empty_is_absent(path: Path, value: Any) -> Any:
    """Empty mappings and nulls inside a mapping say the same as nothing. Declared ports, and
    values of a plain answer, keep theirs.
    """
    if path and (value is None or value == {}) and path[-1] in _SECTIONS:
        return GONE
    return value


def local_paths(path: Path, value: Any) -> Any:
    """The reference puts ``azureml:`` before local paths and URLs, which it cannot load again, and
    leaves relative paths relative; ours are absolute, so that the text loads from anywhere.
    """
    if not path or path[-1] not in ("path", "code") or not isinstance(value, str):
        return value
    rest = value.removeprefix(LOCAL)
    if rest.startswith(("http:", "https:", "wasbs:", "abfss:")):
        return rest
    if value.startswith(("azureml://", "${{")):
        return value
    if rest.startswith("file://"):
        return rest
    if rest.startswith((".", "/", SCRATCH, "file:")) or "/" in rest or rest == value:
        rest = rest.removeprefix("file:")
        known = rest.startswith((SCRATCH, "/"))
        return os.path.normpath(rest if known else os.path.join(SCRATCH, rest))
    return value


def unset_size(path: Path, value: Any) -> Any:
    """The reference writes the size 0 for one that was not set."""
    return GONE if path and path[-1] == "mini_batch_size" and value == "0" else value


def size_with_unit(path: Path, value: Any) -> Any:
    """The reference prints a size that was set on a step as it was typed, and loads it as the
    number that it means; ours print that number.
    """
    if path[-1:] != ("mini_batch_size",) or not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value)
    return str(int(found[1]) * 1024 ** _UNITS[found[2].lower()]) if found else value


def anonymous_component(path: Path, value: Any) -> Any:
    """The reference gives a component without a name one of its own, with the version 1."""
    if isinstance(value, dict) and value.get("name") == "azureml_anonymous":
        return {n: item for n, item in value.items() if n not in ("name", "version")}
    return value


def anonymous_environment(path: Path, value: Any) -> Any:
    """The version of an anonymous environment is a hash of its content; the two SDKs hash
    differently, and nothing reads it.
    """
    if isinstance(value, dict) and value.get("name") == "CliV2AnonymousEnvironment":
        return {n: item for n, item in value.items() if n != "version"}
    return value


def declared_literals(path: Path, value: Any) -> Any:
    """The reference writes the default and the range of a declared literal as text; ours keep
    their type.
    """
    declared = len(path) >= 3 and path[-3] == "inputs" and path[-1] in ("default", "min", "max")
    return str(value) if declared and isinstance(value, bool | int | float) else value


def declared_truths(path: Path, value: Any) -> Any:
    """``optional`` is the text 'True' in the reference's print of a declaration."""
    if len(path) >= 3 and path[-3] == "inputs" and path[-1] == "optional" and value == "True":
        return True
    return value


def job_truths(path: Path, value: Any) -> Any:
    """The reference prints a true or false input of a job as 1 or 0; ours print true or false."""
    given = len(path) >= 2 and path[-2] == "inputs"
    return int(value) if given and isinstance(value, bool) else value


def bound_output(path: Path, value: Any) -> Any:
    """The reference prints a bound output with a mode as uri_folder whatever its type is; ours
    print the real type.
    """
    if not isinstance(value, dict) or not str(value.get("path", "")).startswith(_PARENT_OUTPUT):
        return value
    return {name: item for name, item in value.items() if name != "type"}


def bare_declaration(path: Path, value: Any) -> Any:
    """The reference prints the declaration of an input that a step was not given as if it were
    data without a path.
    """
    if not is_step(value) or not isinstance(value.get("inputs"), dict):
        return value
    inputs = value["inputs"].items()
    given = {n: item for n, item in inputs if not is_bare(item)}
    return (
        {**value, "inputs": given} if given else {n: v for n, v in value.items() if n != "inputs"}
    )


def is_bare(value: Any) -> bool:
    """Whether ``value`` has a type and no path."""
    return isinstance(value, dict) and "type" in value and "path" not in value


def repeated_type(path: Path, value: Any) -> Any:
    """A step's output that repeats the type of its component's declaration says nothing new; the
    two SDKs do so at different occasions.
    """
    if not is_step(value) or not isinstance(value["component"], dict):
        return value
    declared, found = value["component"].get("outputs", {}), {}
    for name, item in value.get("outputs", {}).items():
        kind = declared.get(name, {}).get("type")
        if isinstance(item, dict) and item.get("type") == kind and "path" not in item:
            item = {n: part for n, part in item.items() if n != "type"}
        if item:
            found[name] = item
    rest = {n: item for n, item in value.items() if n != "outputs"}
    return {**rest, "outputs": found} if found else rest


def untyped_parameter(path: Path, value: Any) -> Any:
    """The reference leaves out a nested pipeline's parameter that has no type and no default from
    the declarations; ours print it as {}, because the text could not be loaded without it.
    """
    declared = path[-3:-1] == ("component", "inputs")
    return GONE if declared and value == {} else value


def lost_labels(path: Path, value: Any) -> Any:
    """The reference never prints the display name and description of a step, nor the compute of a
    step that is a pipeline; ours keep them in the text.
    """
    if not is_step(value):
        return value
    pipeline = value.get("type") == "pipeline"
    lost = ("display_name", "description", *(("compute",) if pipeline else ()))
    return {name: item for name, item in value.items() if name not in lost}


def is_step(value: Any) -> bool:
    """Whether ``value`` is the print of a step, with its component."""
    return isinstance(value, dict) and "component" in value and "type" in value


_SIZE = re.compile(r"(\d+)([kmg]b)", re.IGNORECASE)
_UNITS = {"kb": 1, "mb": 2, "gb": 3}

_SECTIONS = frozenset(
    {
        *("inputs", "outputs", "tags", "properties", "settings", "environment_variables"),
        *("resources", "limits", "jobs", "comment", "description", "display_name", "identity"),
    }
)

RULES: tuple[Rule, ...] = (
    local_paths,
    unset_size,
    size_with_unit,
    anonymous_component,
    anonymous_environment,
    declared_literals,
    declared_truths,
    job_truths,
    bound_output,
    untyped_parameter,
    bare_declaration,
    repeated_type,
    lost_labels,
    empty_is_absent,
)
