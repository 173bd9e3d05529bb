"""The same tables give the same frames and errors with the official reader and with ours."""

from __future__ import annotations

import pytest

from tests.mltable_parity.building import Table
from tests.mltable_parity.results import Results, differences
from tests.mltable_parity.tables import all_tables

TABLES = all_tables()
LEAST_CASES = 200
MOST_DIFFERENT = 0.02  # of all cases
MOST_ERRORS = 0.15  # of all cases, with the reference: a suite of errors compares nothing


@pytest.mark.timeout(900)  # the first run installs the reference
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_gives_the_same_as_with_the_reference(
    table: Table, reference: Results, ours: Results
) -> None:
    found = differences(reference[table.name], ours[table.name], unordered=table.unordered)

    if table.differs:
        assert found, f"{table.name} is equal; take differs= away"
    else:
        assert not found, "\n".join([*found, table.mltable])


def test_there_are_enough_tables_and_few_deliberate_differences() -> None:
    different = [table for table in TABLES if table.differs]

    assert len(TABLES) >= LEAST_CASES
    assert len(different) <= MOST_DIFFERENT * len(TABLES)


@pytest.mark.timeout(900)
def test_most_tables_can_be_read_with_the_reference(reference: Results) -> None:
    errors = [name for name, result in reference.items() if "error" in result]

    assert set(reference) == {table.name for table in TABLES}
    assert len(errors) <= MOST_ERRORS * len(TABLES)
    assert [name for name in errors if reference[name]["error"] in ("Crash", "Hang")] == []
