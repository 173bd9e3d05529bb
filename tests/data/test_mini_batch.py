"""The file of mini-batches: what was written is found again by id, whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.mini_batch_writer import MiniBatchWriter
from parallelsdk.exceptions import DataException

SOURCES = st.lists(
    st.tuples(
        st.binary(min_size=1, max_size=20).map(lambda name: b"/" + name.replace(b"\0", b"")),
        st.integers(0, 2**60),
        st.integers(-1, 2**60),
    ),
    max_size=4,
)
KEYS = st.none() | st.dictionaries(st.text(max_size=3), st.text("ab\udcff", max_size=3))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(SOURCES, KEYS), max_size=8), block=st.integers(1, 5))
def test_every_description_is_found_again_by_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[object, object]], block: int
) -> None:
    monkeypatch.setattr("parallelsdk.data.mini_batch_writer._BLOCK_MINI_BATCHES", block)
    path = str(tmp_path / "m.arrow")
    with MiniBatchWriter(path) as writer:
        for sources, keys in rows:
            writer.add(sources, len(sources), keys)  # type: ignore[arg-type]
    with MiniBatchTable(path) as table:
        assert table.count == writer.count == len(rows)
        assert table.total_items() == writer.items == sum(len(row[0]) for row in rows)  # type: ignore[arg-type]
        first = 0
        for number in reversed(range(table.count)):
            sources, keys = rows[number]
            loaded = table.load(number)
            assert loaded.value == [os.fsdecode(path) for path, _, _ in sources]  # type: ignore[attr-defined]
            assert loaded.items == table.items(number) == len(sources)  # type: ignore[arg-type]
            assert loaded.partition_key_value == keys
            first = sum(len(row[0]) for row in rows[:number])  # type: ignore[arg-type]
            assert loaded.row_index_lower_bound == first
            json.dumps(table.detail(number))


def test_an_id_that_does_not_exist_is_an_index_error(tmp_path: Path) -> None:
    with MiniBatchWriter(str(tmp_path / "m")) as writer:
        writer.add([(b"/a", 0, -1)], 1)
    with MiniBatchTable(str(tmp_path / "m")) as table:
        for number in (-1, 1):
            with pytest.raises(IndexError, match="there are 1"):
                table.load(number)


def test_uncounted_items_are_told_as_unknown(tmp_path: Path) -> None:
    with MiniBatchWriter(str(tmp_path / "m")) as writer:
        writer.add([(b"/a", 0, -1)], 1)
        writer.add([(b"/b", 5, 9)])
    with MiniBatchTable(str(tmp_path / "m")) as table:
        assert (table.items(1), table.total_items(), table.size(1), table.size(0)) == (-1, -1, 4, 0)
        assert table.names(1) == ["/b (bytes 5 to 9)"]


def test_a_failed_writer_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_text("before")
    with pytest.raises(RuntimeError, match="halfway"), MiniBatchWriter(str(path)) as writer:
        writer.add([(b"/a", 0, -1)], 1)
        raise RuntimeError("halfway")
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["m"]


@pytest.mark.parametrize("damage", [b"", b"ARROW1\0\0 torn"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "m"
    path.write_bytes(damage)
    with pytest.raises(DataException, match="m is damaged"):
        MiniBatchTable(str(path))


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        MiniBatchTable(str(tmp_path / "m"))


def test_a_million_mini_batches_do_not_become_objects(tmp_path: Path) -> None:
    """Planned and read in a process of its own: memory grows by far less than they are."""
    code = """
import resource, sys
from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.mini_batch_writer import MiniBatchWriter
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with MiniBatchWriter(sys.argv[1]) as writer:
    for number in range(200_000):
        writer.add([(b"/some/where/%d" % number, 0, -1)], 1)
with MiniBatchTable(sys.argv[1]) as table:
    for number in (199_999, 0):
        assert table.load(number).value == [f"/some/where/{number}"]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "m")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < 24 * 1024, "KiB; the objects alone would be 50 MB"
