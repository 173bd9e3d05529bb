"""Dataclasses as JSON: the same comes back, and another release's fields break nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest

from parallelsdk._codec import StoredPath, decode, encode


@dataclass(frozen=True, slots=True)
class Leaf:
    size: int
    name: str = "leaf"


@dataclass(frozen=True, slots=True)
class Square:
    side: int
    kind: Literal["square"] = "square"


@dataclass(frozen=True, slots=True)
class Circle:
    radius: int
    kind: Literal["circle"] = "circle"


@dataclass(frozen=True, slots=True)
class Tree:
    shape: Square | Circle
    words: tuple[str | Leaf, ...] = ()
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    path: StoredPath | None = None
    options: Mapping[str, int] = field(default_factory=dict)
    best: Leaf | None = None


WHOLE = Tree(
    Circle(3), ("a", Leaf(1)), {"x": Leaf(2, "two")}, "/home/file", {"a": 1}, Leaf(5, "five")
)


def stored(value: object = WHOLE) -> dict:
    return json.loads(json.dumps(encode(value)))


def test_what_is_written_is_read_back() -> None:
    assert decode(Tree, stored()) == WHOLE
    assert decode(Tree, stored(Tree(Square(1)))) == Tree(Square(1))


def test_a_path_is_stored_and_found_as_its_owner_says_wherever_it_stands() -> None:
    kept = encode(WHOLE, lambda path: path.replace("/home", "HOME"))
    assert kept["path"] == "HOME/file"
    assert decode(Tree, kept, lambda path: path.replace("HOME", "/new")).path == "/new/file"
    assert decode(Tree, encode(Tree(Square(1)), str.upper), str.upper).path is None


def test_an_unknown_key_is_passed_over_at_any_depth() -> None:
    newer = stored() | {"dreams": [1, 2]}
    newer["shape"]["colour"] = "red"
    newer["leaves"]["x"]["veins"] = {"deep": True}
    assert decode(Tree, newer) == WHOLE


def test_a_missing_key_takes_the_default_of_its_field() -> None:
    older = {"shape": {"kind": "square", "side": 1}, "best": {"size": 4}}
    assert decode(Tree, older) == Tree(Square(1), best=Leaf(4))


def test_a_union_is_told_apart_by_its_kind_and_not_by_its_keys() -> None:
    shape = {"kind": "circle", "radius": 2, "side": 7}
    assert decode(Tree, {"shape": shape}).shape == Circle(2)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "Tree: 'shape' is missing"),
        ({"shape": {"kind": "square"}}, "shape: 'side' is missing"),
        ({"shape": {"kind": "star"}}, "shape: nothing of the kind 'star' is known here"),
        (
            {"shape": {"kind": "square", "side": 1}, "leaves": {"x": {}}},
            r"leaves.x: 'size' is missing",
        ),
        ({"shape": {"kind": "square", "side": 1}, "words": 3}, "words: a list is expected"),
        ([1], "Tree: an object is expected"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(values: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        decode(Tree, values)
