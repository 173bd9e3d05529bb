"""The same code gives the same jobs, steps, values and errors with the reference and with ours."""

from __future__ import annotations

import ast

import pytest

from tests.parity.compare import differences
from tests.parity.conftest import CASES, Results

# Cases that differ on purpose, each with its reason; docs/azure-parity.md tells users.
DELIBERATE: dict[str, str] = {
    "reinstantiation.case_a_batch_threshold_changed_on_the_function": (
        "the reference drops the new threshold without a word, which lets more mini-batches fail "
        "than the user allowed"
    ),
    "decorator.case_one_output_returned_twice": (
        "the reference accepts it and then writes only one of the two outputs; here it is an error"
    ),
    "surface.case_prints_that_load_again": (
        "the reference cannot load what it prints of pipelines inside pipelines and of commands"
    ),
    "yaml_errors.case_fields_are_missing_that_a_local_run_does_not_need": (
        "an environment, a component's name and the only type of a task are not needed here, and "
        "the export puts placeholders in their place"
    ),
    "yaml_errors.case_modes_of_tables_on_folders": (
        "Python may set these modes on any input, with the reference too, and what is dumped has "
        "to load again"
    ),
    "yaml_errors.case_numbers_where_a_text_is_wanted": (
        "a number in a YAML file is taken as the text that was meant"
    ),
}
MOST_DELIBERATE = 10
LEAST_CASES = 150


def case_names() -> list[str]:
    """The names of all cases, read from the files without importing them."""
    return [
        f"{file.stem}.{item.name}"
        for file in CASES
        for item in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(item, ast.FunctionDef) and item.name.startswith("case_")
    ]


@pytest.mark.timeout(900)  # the first run installs the reference
@pytest.mark.parametrize("name", case_names())
def test_a_case_gives_the_same_as_the_reference(
    name: str, reference: Results, ours: Results
) -> None:
    file = name.partition(".")[0]
    found = differences(*(side.get(name) or side[file] for side in (reference, ours)))

    if name in DELIBERATE:
        assert found, f"{name} is equal; take it off the list"
    else:
        assert not found, "\n".join(found)


def test_there_are_enough_cases_and_few_deliberate_differences() -> None:
    names = case_names()

    assert len(names) == len(set(names)) >= LEAST_CASES
    assert set(DELIBERATE) <= set(names)
    assert len(DELIBERATE) <= MOST_DELIBERATE
