"""Tables of the tools of today give the same with the official reader, or what they meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches
from tests.mltable_parity.building import Table
from tests.mltable_parity.results import Results, differences, read_with
from tests.mltable_parity.tables_of_writers import DIFFERENT, writer_tables

TABLES = list(writer_tables())
LEAST = 60


def _write(folder: Path) -> None:
    for table in TABLES:
        table.write(folder / table.name)


@pytest.fixture(scope="session")
def theirs(root: Path, shared_folder: Path) -> Results:
    """What the reference makes of the tables."""
    return read_with("mltable", shared_folder, root, _write, of="writers")


@pytest.fixture(scope="session")
def mine(root: Path, shared_folder: Path) -> Results:
    """What parallelsdk makes of them."""
    return read_with("parallelsdk", shared_folder, root, _write, of="writers")


@pytest.mark.timeout(900)  # the first run installs the reference
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_gives_the_same_or_what_was_meant(
    table: Table, theirs: Results, mine: Results
) -> None:
    found = differences(theirs[table.name], mine[table.name], unordered=table.unordered)
    if table.name in DIFFERENT:
        assert found, f"{table.name} is equal; take differs= away"
    else:
        assert not found, "\n".join([*found, table.mltable])


def test_there_are_enough_tables() -> None:
    assert len(TABLES) >= LEAST
    assert len({table.name for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_cut_small_every_column_has_one_dtype(table: Table, mine: Results, tmp_path: Path) -> None:
    if "error" in mine[table.name] or not mine[table.name]["rows"]:
        return
    folder = tmp_path / "table"
    table.write(folder)
    split = Split(rows=1, dtype_backend="numpy_nullable")
    plan_mini_batches(MajorInput(str(folder), "mltable"), split, str(tmp_path / "m"))
    dtypes: dict[str, set[str]] = {}
    rows = 0
    with MiniBatchTable(str(tmp_path / "m")) as mini_batches:
        for number in range(mini_batches.count):
            frame = mini_batches.load(number).value
            rows += len(frame)
            for name, dtype in frame.dtypes.items():
                dtypes.setdefault(str(name), set()).add(str(dtype))
    assert rows == mine[table.name]["rows"]
    several = {name: found for name, found in dtypes.items() if len(found) > 1}
    assert not several
