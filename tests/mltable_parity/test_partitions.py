"""Our mini-batches of a table are the official reader's partitions that have rows."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.mltable_parity.deliberate import CUT_DIFFERENTLY
from tests.mltable_parity.results import Results, cut_with, differences
from tests.mltable_parity.tables_to_cut import (
    KEYS,
    SIZES,
    WIDE,
    tables_to_cut,
    write_examples,
)

KILOBYTES_10 = 10 * 1024
EXAMPLE_SIZES = (512, KILOBYTES_10)
SIZED = {
    "iris": EXAMPLE_SIZES,
    "sales": EXAMPLE_SIZES,
    **{table.name: (KILOBYTES_10,) if table.name == WIDE else SIZES for table in tables_to_cut()},
}


def write_all(folder: Path, root: Path) -> None:
    """Write all tables, and ``sizes.json``, which says how they are cut."""
    write_examples(folder, root)
    for table in tables_to_cut():
        table.write(folder / table.name)
    cuts: dict[str, Any] = {name: {"sizes": sizes, "keys": []} for name, sizes in SIZED.items()}
    cuts["list"] = {"sizes": [], "keys": []}
    cuts["keys"] = {"sizes": [], "keys": list(KEYS)}
    (folder / "sizes.json").write_text(json.dumps(cuts), encoding="utf-8")


@pytest.fixture(scope="session")
def reference_cuts(shared_folder: Path, root: Path) -> Results:
    """The partitions of the reference."""
    return cut_with("mltable", shared_folder, root, write_all)


@pytest.fixture(scope="session")
def our_cuts(shared_folder: Path, root: Path) -> Results:
    """Our mini-batches."""
    return cut_with("parallelsdk", shared_folder, root, write_all)


@pytest.mark.timeout(900)  # the first run installs the reference
@pytest.mark.parametrize("name", SIZED)
def test_a_table_is_cut_where_the_reference_cuts_it(
    name: str, reference_cuts: Results, our_cuts: Results
) -> None:
    found = []
    for side in (reference_cuts, our_cuts):
        assert "sizes" in side[name], side[name]
    for size in map(str, SIZED[name]):
        theirs = [part for part in reference_cuts[name]["sizes"][size] if part["rows"]]
        ours = [part for part in our_cuts[name]["sizes"][size] if part["rows"]]
        rows = [[part["rows"] for part in parts] for parts in (theirs, ours)]
        if rows[0] != rows[1]:
            found.append(f"rows at {size} bytes: reference {rows[0]}; ours {rows[1]}")
            continue
        for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            found += [f"{size} bytes, {number}: {text}" for text in differences(one, other)]

    if name in CUT_DIFFERENTLY:
        assert found, f"{name} is equal; take it off the list"
    else:
        assert not found, "\n".join(found)


@pytest.mark.timeout(900)
def test_rows_of_a_kilobyte_are_cut_at_ten_kilobytes_as_the_specification_says(
    reference_cuts: Results,
) -> None:
    rows = [part["rows"] for part in reference_cuts[WIDE]["sizes"][str(KILOBYTES_10)]]

    assert rows == [9, 9, 9, 9, 9, 9, 9, 9, 1]


@pytest.mark.timeout(900)
def test_a_list_of_files_gives_the_same_files_in_the_same_order(
    reference_cuts: Results, our_cuts: Results
) -> None:
    theirs = reference_cuts["list"]["whole"]["values"]["Path"]

    assert [path for batch in our_cuts["list"]["list"] for path in batch] == theirs
    assert len(theirs) > 1


@pytest.mark.timeout(900)
def test_a_mini_batch_of_keys_has_the_rows_that_the_reference_has_for_them(
    reference_cuts: Results, our_cuts: Results
) -> None:
    whole = reference_cuts["keys"]["whole"]
    theirs: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in zip(*(whole["values"][name] for name in whole["names"]), strict=True):
        named = dict(zip(whole["names"], row, strict=True))
        theirs[tuple(str(named[key]) for key in KEYS)].append(row)

    ours = {}
    for values, frame in our_cuts["keys"]["keys"]:
        assert frame["names"] == whole["names"]
        rows = zip(*(frame["values"][name] for name in frame["names"]), strict=True)
        ours[tuple(values[key] for key in KEYS)] = list(rows)

    assert ours == theirs
    assert len(ours) > 30
