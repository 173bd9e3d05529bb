"""The rules of the comparison let pass what they say, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parity.compare import differences


def result(value: Any, **errors: str) -> dict[str, Any]:
    """The result of a case."""
    return {"value": value, "passed": not errors, "errors": errors, "finds": []}


def step(**fields: Any) -> dict[str, Any]:
    """A job of one step."""
    component = {"type": "parallel", "inputs": {"n": {"type": "integer", "default": "3"}}}
    return {"jobs": {"a": {"type": "parallel", "component": component, **fields}}}


@pytest.mark.parametrize(
    ("reference", "ours"),
    [
        (step(mini_batch_size="0"), step()),
        (step(mini_batch_size="5MB"), step(mini_batch_size="5242880")),
        (step(inputs={"d": {"path": "azureml:./x"}}), step(inputs={"d": {"path": "<folder>/x"}})),
        (step(inputs={"d": {"type": "uri_folder"}}), step()),
        (step(), step(display_name="shown")),
        ({"inputs": {"n": 1}}, {"inputs": {"n": True}}),
    ],
)
def test_what_a_rule_names_counts_as_equal(reference: Any, ours: Any) -> None:
    assert not differences(result(reference), result(ours))


@pytest.mark.parametrize(
    ("reference", "ours"),
    [
        (step(mini_batch_size="1"), step()),
        (step(mini_batch_size="5kb"), step(mini_batch_size="5242880")),
        (step(mini_batch_size="1"), step(mini_batch_size=1)),
        (step(inputs={"d": {"path": "azureml:./x"}}), step(inputs={"d": {"path": "<folder>/y"}})),
        (step(inputs={"d": {"path": "azureml:x:1"}}), step(inputs={"d": {"path": "<folder>/x"}})),
        (step(inputs={"d": {"type": "a", "path": "x"}}), step(inputs={"d": {"path": "x"}})),
        (step(inputs={"d": {"mode": "download"}}), step()),
        (step(), step(error_threshold=3)),
        (step(compute="a"), step()),
        ({"inputs": {"n": 0}}, {"inputs": {"n": True}}),
        ({"jobs": {"a": 1, "b": 2}}, {"jobs": {"b": 2, "a": 1}}),
        ([1, 2], [1]),
        ({"name": "x"}, {}),
    ],
)
def test_everything_else_differs(reference: Any, ours: Any) -> None:
    assert differences(result(reference), result(ours))


def test_an_error_has_to_be_caught_by_the_same_clauses() -> None:
    reference = {"error": ["UnexpectedKeywordError", "KeywordError", "MlException", "AzureError"]}
    reference |= {"message": "", "trace": ""}
    equal = {**reference, "error": ["UnexpectedKeywordError", "KeywordError", "MlException"]}
    other = {**reference, "error": ["KeywordError", "MlException"]}

    assert not differences(reference, equal)
    assert differences(reference, other)
    assert differences(reference, result(3)) and differences(result(3), equal)


def test_findings_are_compared_by_their_paths() -> None:
    needless = {"jobs.a.compute": "Compute not set"}

    assert not differences(result(1, **needless), result(1))
    assert not differences(result(1, x="said so"), result(1, x="said otherwise"))
    assert differences(result(1, x="missing"), result(1))
    assert differences(result(1), result(1, x="missing"))
    assert not differences(result(1), {**result(1, x="missing"), "finds": ["x"]})
