"""The order of steps, and cycles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parallelsdk.planning.graph import find_cycle, order


def test_steps_without_bindings_keep_the_order_in_which_they_were_written() -> None:
    assert order({"c": [], "a": [], "b": []}) == ["c", "a", "b"]


def test_a_step_comes_after_what_it_needs() -> None:
    assert order({"score": ["prepare"], "view": ["score"], "prepare": []}) == [
        "prepare",
        "score",
        "view",
    ]


@given(st.lists(st.sets(st.integers(0, 30)), max_size=30))
def test_every_order_respects_every_need(needs: list[set[int]]) -> None:
    after = {str(i): [str(n) for n in wanted if n < i] for i, wanted in enumerate(needs)}
    shuffled = dict(reversed(after.items()))
    ordered = order(shuffled)
    assert sorted(ordered) == sorted(after)
    assert all(ordered.index(need) < ordered.index(step) for step in after for need in after[step])


def test_a_graph_that_can_run_has_no_cycle() -> None:
    assert find_cycle({"a": [], "b": ["a"], "c": ["a", "b"]}) is None


def test_a_cycle_is_named_in_full_in_the_direction_of_the_data() -> None:
    after = {"free": [], "a": ["c"], "b": ["a"], "c": ["b"], "behind": ["c"]}
    assert find_cycle(after) == ["a", "b", "c", "a"]


def test_a_step_that_needs_itself_is_a_cycle() -> None:
    assert find_cycle({"a": ["a"]}) == ["a", "a"]


def test_a_step_behind_a_cycle_is_not_named_as_part_of_it() -> None:
    cycle = find_cycle({"behind": ["a"], "a": ["b"], "b": ["a"]})
    assert cycle is not None
    assert set(cycle) == {"a", "b"}
