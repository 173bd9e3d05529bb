"""What an unknown name may have meant, and where it belongs."""

from __future__ import annotations

import pytest

from parallelsdk.constants import JobType
from parallelsdk.rules import vocabulary
from parallelsdk.rules.names import ANY, Names, did_you_mean
from parallelsdk.rules.settings import ARGUMENTS

PLACE = Names(frozenset({"mini_batch_size", "task"}), {"entry_script": "task.entry_script"})


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("task", None),
        ("mini_batch_sze", "means nothing here; did you mean 'mini_batch_size'?"),
        ("Mini-Batch-Size", "means nothing here; did you mean 'mini_batch_size'?"),
        ("entry_script", "means nothing here; it belongs to task.entry_script"),
        (
            "entry_scrpt",
            "means nothing here; did you mean 'entry_script', which belongs to task.entry_script?",
        ),
        ("zzz", "means nothing here; known are mini_batch_size, task"),
    ],
)
def test_a_name_is_known_or_its_fault_is_told(name: str, told: str | None) -> None:
    assert PLACE.fault(name) == told


def test_of_many_names_none_is_listed() -> None:
    many = Names(frozenset(f"name_{number}" for number in range(20)))
    assert many.fault("zzz") == "means nothing here; remove it"
    assert ANY.fault("zzz") is None


def test_a_near_miss_is_offered_and_few_names_are_listed() -> None:
    assert did_you_mean("input_dat", ["input_data", "model"]) == "; did you mean 'input_data'?"
    assert did_you_mean("zzz", ["input_data", "model"]) == "; known are input_data, model"
    assert did_you_mean("zzz", []) == "; there are none"


def test_a_beginning_is_a_near_miss_where_it_begins_one_name_alone() -> None:
    known = ["parent_job_name", "list_view_type"]
    assert did_you_mean("parent", known) == "; did you mean 'parent_job_name'?"
    assert "known are" in did_you_mean("parent", [*known, "parent_name_of_a_job"])


def test_every_setting_that_is_an_argument_is_known_to_belong_there() -> None:
    parallel = vocabulary.STEPS[JobType.PARALLEL]
    for knob in ARGUMENTS.values():
        told = parallel.fault(knob.name)
        assert told is None or told.endswith(f"task.program_arguments, as {knob.flag}")
