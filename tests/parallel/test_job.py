"""``ParallelJob``: a plain holder."""

from __future__ import annotations

import pytest

from parallelsdk.exceptions import ValidationException
from parallelsdk.parallel import ParallelJob, RunFunction


def test_it_keeps_what_it_is_given() -> None:
    job = ParallelJob(name="j", mini_batch_size="3", task=RunFunction(entry_script="s.py"))
    assert job.mini_batch_size == "3"
    printed = job._to_dict()
    assert printed["type"] == "parallel" and printed["task"]["entry_script"] == "s.py"


def test_what_was_not_given_reads_none() -> None:
    job = ParallelJob()
    assert [job.mini_batch_size, job.retry_settings, job.resources, job.name] == [None] * 4


@pytest.mark.parametrize(
    ("fields", "missing"),
    [({}, "name"), ({"name": "j"}, "compute"), ({"name": "j", "compute": "c"}, "task")],
)
def test_validation_names_what_is_missing(fields: dict[str, str], missing: str) -> None:
    with pytest.raises(ValidationException, match=missing):
        ParallelJob(**fields)._validate()
