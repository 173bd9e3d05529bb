"""The order of the steps: what must come first, and what can never come at all.

Pure functions over names, so that every rule on graphs can be tested with a dictionary.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping


def order(after: Mapping[str, Iterable[str]]) -> list[str]:
    """The steps in an order in which they can run one after another.

    ``after`` maps each step to the steps that it needs. Among steps that could come next, the one
    written first is taken, so a pipeline without bindings keeps its order. Names that are no step
    are ignored, and so are steps of a cycle: ask :func:`find_cycle` first.
    """
    position = {step: index for index, step in enumerate(after)}
    names = list(after)
    needs = {step: {need for need in wanted if need in after} for step, wanted in after.items()}
    users: dict[str, list[str]] = {step: [] for step in after}
    for step, wanted in needs.items():
        for need in wanted:
            users[need].append(step)
    ready = [position[step] for step, wanted in needs.items() if not wanted]
    ordered: list[str] = []
    while ready:
        step = names[heapq.heappop(ready)]
        ordered.append(step)
        for user in users[step]:
            needs[user].discard(step)
            if not needs[user]:
                heapq.heappush(ready, position[user])
    return ordered


def find_cycle(after: Mapping[str, Iterable[str]]) -> list[str] | None:
    """The steps of a cycle in the direction of the data, the first one repeated at the end.

    None when every step can run. With several cycles, one of them.
    """
    stuck = set(after) - set(order(after))
    if not stuck:
        return None
    step = next(name for name in after if name in stuck)
    seen: dict[str, None] = {}
    while step not in seen:
        seen[step] = None
        step = next(need for need in after[step] if need in stuck)
    path = list(seen)
    cycle = [*path[path.index(step) :], step]
    return cycle[::-1]
