"""The table of settings is what the page says, and what is checked."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from parallelsdk.planning.plan import RunSettings
from parallelsdk.rules.settings import SETTINGS, page, whole_number

DECIDED_ELSEWHERE = {"instance_count", "max_concurrency_per_instance", "append_row_to"}


def test_the_reference_page_holds_the_table(root: Path) -> None:
    text = (root / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert "\n".join(page()) in text, "write what parallelsdk.rules.settings.page() gives"


def test_every_setting_of_a_plan_is_in_the_table() -> None:
    derived = {"origins", "size_has_unit"}  # how the others were written
    planned = {field.name for field in dataclasses.fields(RunSettings)} - derived
    assert planned == SETTINGS.keys() - DECIDED_ELSEWHERE


def test_every_setting_can_be_written_somewhere_and_takes_its_default() -> None:
    for setting in SETTINGS.values():
        assert setting.attribute or setting.is_argument
        if setting.default is not None:
            assert setting.read(setting.default) == setting.default
            assert setting.read(str(setting.default)) == setting.default


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), ("3", 3), (" +3 ", 3), (3.0, 3), ("-1", -1)]
    + [(value, None) for value in (True, 3.5, "3.0", "1e3", "0x3", "", None, "9" * 19, "\u0663")],
)
def test_what_counts_as_a_whole_number(value: Any, number: int | None) -> None:
    assert whole_number(value) == number
