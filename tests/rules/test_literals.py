"""One rule for literals: what a value counts as, wherever it is written."""

from __future__ import annotations

import math
from typing import Any

import pytest

from parallelsdk.rules import literals


@pytest.mark.parametrize(
    ("kind", "value", "counts_as"),
    [
        # As the reference parses a default.
        ("integer", "1e3", 1000),
        ("integer", "3.0", 3),
        ("integer", 3.0, 3),
        ("integer", " 3 ", 3),
        ("integer", "1_000", 1000),
        ("integer", 10**20, 10**20),
        ("integer", "100000000000000000001", 10**20 + 1),
        ("number", "1e3", 1000.0),
        ("number", True, 1.0),
        ("number", 3, 3.0),
        ("boolean", "True", True),
        ("boolean", "fALSE", False),
        ("string", 3.5, "3.5"),
        ("string", True, "True"),
        ("uri_file", object, object),
    ],
)
def test_a_value_counts_as_what_it_spells(kind: str, value: Any, counts_as: Any) -> None:
    found = literals.parse(value, kind)
    assert found == counts_as and type(found) is type(counts_as)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 3.5),
        ("integer", True),
        ("integer", "True"),
        ("integer", "0x3"),
        ("integer", ""),
        ("integer", math.nan),
        ("integer", math.inf),
        ("number", "abc"),
        ("number", 10**400),
        ("boolean", "True "),
        ("boolean", 1),
        ("boolean", "yes"),
    ],
)
def test_what_a_type_does_not_take_is_told(kind: str, value: Any) -> None:
    takes = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
    with pytest.raises(ValueError, match="; the input takes") as caught:
        literals.parse(value, kind)
    assert str(caught.value) == f"is {value!r}; the input takes {takes[kind]}"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "is 0; the least that the input takes is 1"),
        ("10", "is '10'; the most that the input takes is 9.0"),
        (5, None),
        ("nan", None),
    ],
)
def test_bounds_hold_for_numbers_and_for_texts_that_spell_them(
    value: Any, told: str | None
) -> None:
    assert literals.fault(value, "number", least="1", most=9.0) == told


def test_choices_are_compared_as_texts() -> None:
    assert literals.fault(3, "integer", choices=["1", "3"]) is None
    assert literals.fault("c", "string", choices=["a", "b"]) == (
        "is 'c'; the input takes one of a, b"
    )
