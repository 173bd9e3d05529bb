"""All tables that both readers read: written once, the same on every machine.

What a feature is worth is written by hand, in ``tables_of_*.py``; ``random_tables.py`` mixes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.mltable_parity.building import Table
from tests.mltable_parity.deliberate import DIFFERENT
from tests.mltable_parity.random_tables import random_tables
from tests.mltable_parity.tables_of_cells import inference_tables
from tests.mltable_parity.tables_of_formats import format_tables
from tests.mltable_parity.tables_of_paths import path_tables
from tests.mltable_parity.tables_of_steps import step_tables
from tests.mltable_parity.tables_of_text import text_tables


@dataclass(frozen=True, slots=True)
class Case:
    """One table: its folder, and why the readers differ when they do so on purpose."""

    name: str
    folder: Path
    differs: str | None = None


def all_tables() -> list[Table]:
    """Every table, not written yet. Raises ValueError when two have one name."""
    tables = [replace(table, differs=DIFFERENT.get(table.name)) for table in _tables()]
    names = [table.name for table in tables]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two tables have one name: {sorted(twice)}")
    if unknown := set(DIFFERENT).difference(names):
        raise ValueError(f"there are no tables {sorted(unknown)}; take them off the list")
    return tables


def write_tables(folder: Path) -> list[Case]:
    """Write all tables, each to a folder of its own below ``folder``."""
    cases = []
    for table in all_tables():
        table.write(folder / table.name)
        cases.append(Case(table.name, folder / table.name, table.differs))
    return cases


def _tables() -> Iterator[Table]:
    yield from text_tables()
    yield from inference_tables()
    yield from format_tables()
    yield from path_tables()
    yield from step_tables()
    yield from random_tables()
