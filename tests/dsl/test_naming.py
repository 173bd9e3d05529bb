"""The names of steps."""

from __future__ import annotations

from typing import Any

import pytest

from parallelsdk import command
from parallelsdk.dsl import pipeline
from parallelsdk.entities import CommandComponent
from parallelsdk.exceptions import UserErrorException
from parallelsdk.parallel import RunFunction, parallel_run_function


def part(name: str | None = None) -> CommandComponent:
    return CommandComponent(name=name, command="echo")


def named(name: str | None) -> Any:
    return parallel_run_function(name=name, task=RunFunction(entry_script="entry.py"))


def names_of(function: Any) -> list[str]:
    return list(pipeline(function)().jobs)


def test_a_variable_names_its_step() -> None:
    def job() -> None:
        first = part("a")()  # noqa: F841
        second = part("b")()  # noqa: F841

    assert names_of(job) == ["first", "second"]


def test_an_explicit_name_wins_over_the_variable() -> None:
    def job() -> None:
        variable = named("explicit")()  # noqa: F841

    assert names_of(job) == ["explicit"]


def test_the_name_of_a_command_function_stays_with_it() -> None:
    echo = command(name="explicit", command="echo")

    def job() -> None:
        first, second = echo(), echo()  # noqa: F841

    assert names_of(job) == ["first", "second"]


def test_a_loop_over_one_variable_gives_the_last_node_the_plain_name() -> None:
    def job() -> None:
        for _ in range(3):
            step = part("echo")()  # noqa: F841

    assert names_of(job) == ["step_1", "step_2", "step"]


def test_nodes_without_a_variable_are_named_after_their_component() -> None:
    def job() -> None:
        kept = [part("Big-Name")() for _ in range(2)]  # noqa: F841
        part()()
        part()()

    assert names_of(job) == [
        "big_name",
        "big_name_1",
        "azureml_anonymous",
        "azureml_anonymous_1",
    ]


def test_the_last_of_several_variables_wins_and_an_underscore_is_none() -> None:
    def job() -> None:
        _ = part("a")()
        first = part("b")()
        second = first  # noqa: F841

    assert names_of(job) == ["a", "second"]


def test_a_named_function_used_twice_is_a_duplicate_only_in_variables() -> None:
    same = named("same")

    def held() -> None:
        one, two = same(), same()  # noqa: F841

    def renamed() -> None:
        one, two = same(), same()  # noqa: F841
        two.name = "other"

    def anonymous() -> None:
        same()
        same()

    with pytest.raises(UserErrorException, match="Duplicate node name 'same'"):
        names_of(held)
    assert names_of(renamed) == ["same", "other"]
    assert names_of(anonymous) == ["same", "same_1"]


def test_a_mixed_case_name_is_lowered_with_a_warning() -> None:
    def job() -> None:
        step = part("a")()
        step.name = "MixedCase"

    with pytest.warns(UserWarning, match="MixedCase"):
        assert names_of(job) == ["mixedcase"]


def test_names_that_no_reference_could_carry() -> None:
    def upper() -> None:
        Step = part("a")()  # noqa: F841

    def dashed() -> None:
        step = named("a-b")()  # noqa: F841

    def dashed_anonymous() -> None:
        named("a-b")()

    for function in (upper, dashed):
        with pytest.raises(UserErrorException, match="Invalid node name"):
            names_of(function)
    assert names_of(dashed_anonymous) == ["a_b"]


def test_an_anonymous_step_is_counted_after_the_sibling_made_last() -> None:
    def job() -> None:
        later = earlier = None  # the order of the variables does not count
        earlier = part("a")()  # noqa: F841
        part("a")()
        later = part("a")()  # noqa: F841

    assert names_of(job) == ["earlier", "later_1", "later"]


def test_components_without_a_name_are_siblings_too() -> None:
    def job() -> None:
        held = part()()  # noqa: F841
        part()()

    assert names_of(job) == ["held", "held_1"]


def test_a_generated_name_never_takes_a_claimed_one() -> None:
    def job() -> None:
        part("a")()
        a = part("b")()  # noqa: F841
        a_1 = part("c")()  # noqa: F841
        part("a")()

    assert names_of(job) == ["a_2", "a", "a_1", "a_3"]


def test_names_are_settled_when_the_function_ends() -> None:
    texts = []
    maker = command(command="echo", outputs={"out": None})

    def job() -> None:
        step = maker()
        texts.extend([str(step.outputs.out), step.outputs.out])

    names_of(job)
    assert texts[0] == "${{parent.jobs.None.outputs.out}}"
    assert str(texts[1]) == "${{parent.jobs.step.outputs.out}}"
