"""Names of steps: what was set, else the variable that holds the node, else the component."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from parallelsdk._warning import warn_caller
from parallelsdk.entities._node import Node
from parallelsdk.exceptions import UserErrorException
from parallelsdk.rules.identifiers import STEP

_ANONYMOUS = "azureml_anonymous"  # Azure's name for a component without one


def name_steps(nodes: Sequence[Node], variables: Mapping[str, object]) -> dict[str, Node]:
    """Give every node its name; the steps in the order in which they were created.

    Raises UserErrorException when two nodes claim one name, or a name is no identifier in lower
    case.
    """
    held = _held_names(nodes, variables)
    names = {id(node): _claimed(node, held[id(node)]) for node in nodes if id(node) in held}
    _refuse_duplicates(list(names.values()))
    siblings = {
        node.component.name or _ANONYMOUS: names[id(node)] for node in nodes if id(node) in names
    }
    taken = set(names.values())
    for node in nodes:
        if id(node) not in names:
            names[id(node)] = _free_name(node, siblings, taken)
            taken.add(names[id(node)])
    for node in nodes:
        node.name = names[id(node)]
    return {names[id(node)]: node for node in nodes}


def _held_names(nodes: Sequence[Node], variables: Mapping[str, object]) -> dict[int, str]:
    mine = {id(node) for node in nodes}
    return {id(v): name for name, v in variables.items() if id(v) in mine and name != "_"}


def _claimed(node: Node, variable: str) -> str:
    name = _lowered(_text(node.name)) if node.name else variable
    if not STEP.fullmatch(name):
        raise UserErrorException(
            f"Invalid node name {name!r}: use lower-case letters, digits and '_', "
            "beginning with a letter"
        )
    return name


def _refuse_duplicates(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UserErrorException(
                f"Duplicate node name {name!r}: two steps claim it; set node.name on one of them"
            )


def _free_name(node: Node, siblings: Mapping[str, str], taken: set[str]) -> str:
    component = node.component.name or _ANONYMOUS
    if node.name:
        base, count = _identifier(_lowered(_text(node.name))), 0
    elif component in siblings:
        base, count = _identifier(siblings[component]), 1
    else:
        base, count = _identifier(component), 0
    name = f"{base}_{count}" if count else base
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise UserErrorException(f"The name of a step must be a text, found {name!r:.80}")
    return name


def _lowered(name: str) -> str:
    lowered = name.lower()
    if name != lowered:
        taken = lowered if STEP.fullmatch(lowered) else _identifier(lowered)
        warn_caller(f"The step name {name!r} is taken as {taken!r}")
    return lowered


def _identifier(name: str) -> str:
    """What is left of ``name`` in a name made up for a step; the "n" is Azure's."""
    found = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "_"
    return found if STEP.fullmatch(found) else "n" + found
