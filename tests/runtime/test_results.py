"""The merge: every mini-batch once, in order, complete or absent."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from parallelsdk.data.rows import format_heading, format_rows
from parallelsdk.exceptions import DataException, JobException
from parallelsdk.runtime.results import Merged, merge, segment_files, withdraw
from parallelsdk.worker.segment import Segment, SegmentWriter


def _segment(folder: Path, name: str, *frames: tuple[int, int, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.seg"
    writer = SegmentWriter(str(path))
    for mini_batch, attempt, payload in frames:
        writer.commit(mini_batch, attempt=attempt, items=1, returned=1, payload=payload)
    writer.close()
    return path


def _merge(folder: Path, expected: int | None = None) -> Merged:
    """Merge the segments in ``s``, whose mini-batches are counted here unless that is said."""
    if expected is None:
        expected = len(_mini_batches(folder / "s"))
    return merge(
        folder / "s", folder / "out", expected=expected, unfinished=folder / "unfinished" / "merged"
    )


def _mini_batches(segments: Path) -> set[int]:
    found = set()
    for path in segment_files(segments):
        with Segment(path) as segment:
            found |= {frame.mini_batch for frame in segment.frames()}
    return found


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    """A limit on open files as a shell may have it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_rows_stand_in_the_order_of_their_mini_batches(tmp_path: Path) -> None:
    _segment(tmp_path / "s", "0", (3, 1, b"three\n"), (0, 1, b"zero\n"))
    _segment(tmp_path / "s", "1", (2, 1, b""), (1, 2, b"one\n"))
    merged = _merge(tmp_path)
    assert (tmp_path / "out").read_bytes() == b"zero\none\nthree\n"
    assert (merged.mini_batches, merged.items, merged.size) == (4, 4, 15)


def test_of_two_frames_of_one_mini_batch_the_earlier_attempt_counts(tmp_path: Path) -> None:
    _segment(tmp_path / "s", "0", (0, 2, b"second\n"))
    _segment(tmp_path / "s", "1", (0, 1, b"first\n"))
    _merge(tmp_path)
    assert (tmp_path / "out").read_bytes() == b"first\n"


def test_a_torn_frame_leaves_no_row(tmp_path: Path) -> None:
    path = _segment(tmp_path / "s", "0", (0, 1, b"whole\n"), (1, 1, b"torn\n"))
    os.truncate(path, path.stat().st_size - 2)
    assert _merge(tmp_path).mini_batches == 1
    assert (tmp_path / "out").read_bytes() == b"whole\n"


def test_a_merge_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _segment(tmp_path / "s", "0", (0, 1, b"new\n"))
    (tmp_path / "out").write_bytes(b"old\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("parallelsdk.storage.transfer.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        _merge(tmp_path)
    assert (tmp_path / "out").read_bytes() == b"old\n"


def test_column_names_stand_once_at_the_top(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    for name, mini_batch in (("0", 1), ("1", 0), ("2", 2)):
        writer = SegmentWriter(str(tmp_path / "s" / f"{name}.seg"))
        payload = b"a b\n" + f"row{mini_batch}\n".encode()
        writer.commit(mini_batch, attempt=1, items=1, returned=1, payload=payload, heading=4)
        writer.close()
    _merge(tmp_path)
    assert (tmp_path / "out").read_bytes() == b"a b\nrow0\nrow1\nrow2\n"


@pytest.mark.usefixtures("few_descriptors")
def test_more_worker_lives_than_open_files_are_allowed_are_merged(tmp_path: Path) -> None:
    for life in range(600):
        frames = [(life + 600 * turn, 1, b"%d\n" % (life + 600 * turn)) for turn in range(3)]
        _segment(tmp_path / "s", f"{life:04}", *frames)
    assert _merge(tmp_path).mini_batches == 1800
    assert (tmp_path / "out").read_text().split() == [str(number) for number in range(1800)]
    withdraw(tmp_path / "s", range(0, 1800, 2), unfinished=tmp_path / "segment")
    assert _merge(tmp_path).mini_batches == 900
    assert (tmp_path / "out").read_text().split() == [str(number) for number in range(1, 1800, 2)]


@pytest.mark.parametrize("expected", [1, 3])
def test_another_number_of_mini_batches_than_was_counted_leaves_the_output_as_it_was(
    tmp_path: Path, expected: int
) -> None:
    _segment(tmp_path / "s", "0", (0, 1, b"zero\n"), (1, 1, b"one\n"))
    (tmp_path / "out").write_bytes(b"old\n")
    with pytest.raises(JobException, match=f"{expected} mini-batches .* but 2 are in"):
        _merge(tmp_path, expected)
    assert (tmp_path / "out").read_bytes() == b"old\n"
    assert sorted(os.listdir(tmp_path)) == ["out", "s"]


def test_nothing_unfinished_lies_beside_the_output_while_it_is_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _segment(tmp_path / "s", "0", (0, 1, b"zero\n"))
    target = tmp_path / "folder" / "out"
    seen: list[list[str]] = []
    real = os.fsync

    def look(handle: int) -> None:
        seen.append(os.listdir(target.parent))
        real(handle)

    monkeypatch.setattr("parallelsdk.storage.transfer.os.fsync", look)
    merge(tmp_path / "s", target, expected=1, unfinished=tmp_path / "unfinished" / "merged")
    assert seen == [[], ["out"]]
    assert os.listdir(tmp_path / "unfinished") == []


def _frames(folder: Path, *frames: pd.DataFrame) -> None:
    """Each of them as what one mini-batch returned, with the names of its columns."""
    folder.mkdir()
    writer = SegmentWriter(str(folder / "0.seg"))
    for number, frame in enumerate(frames):
        names, rows = format_heading(frame), format_rows(frame)
        writer.commit(
            number, attempt=1, items=1, returned=1, payload=names + rows, heading=len(names)
        )
    writer.close()


def test_under_one_line_of_names_columns_stand_by_their_names(tmp_path: Path) -> None:
    cells = {"a": [1, 2], "b c": ["x y", 'say "hi"'], "d": [None, "two\nlines\udcff"]}
    first = pd.DataFrame(cells, dtype=object)
    _frames(tmp_path / "s", first, first[["d", "a", "b c"]], first[["b c", "d", "a"]])
    _merge(tmp_path)
    assert (tmp_path / "out").read_bytes() == format_heading(first) + format_rows(first) * 3


@pytest.mark.parametrize(
    "other",
    [
        pd.DataFrame({"a": [1]}),
        pd.DataFrame({"a": [1], "b": [2], "c": [3]}),
        pd.DataFrame({"a": [1], "z": [2]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
    ],
)
def test_other_columns_under_one_line_of_names_are_an_error(
    tmp_path: Path, other: pd.DataFrame
) -> None:
    (tmp_path / "out").write_bytes(b"old\n")
    first = pd.DataFrame({"a": [1], "b": [2]})
    _frames(tmp_path / "s", first, first[["b", "a"]], other)
    with pytest.raises(DataException, match=r"Mini-batch 2 returned .*, and mini-batch 0 .* a, b"):
        _merge(tmp_path)
    assert (tmp_path / "out").read_bytes() == b"old\n"


def test_names_of_several_levels_are_told_apart_by_all_of_them(tmp_path: Path) -> None:
    first = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("b", "y")]))
    other = pd.DataFrame([[3, 4]], columns=pd.MultiIndex.from_tuples([("a", "q"), ("b", "r")]))
    _frames(tmp_path / "s", first, first[[("b", "y"), ("a", "x")]])
    _merge(tmp_path)
    assert (tmp_path / "out").read_text() == "a b\nx y\n1 2\n1 2\n"
    (tmp_path / "two").mkdir()
    _frames(tmp_path / "two" / "s", first, other)
    with pytest.raises(DataException, match=r"columns a/q, b/r, and .* a/x, b/y"):
        _merge(tmp_path / "two")


def test_a_frame_without_rows_misplaces_none(tmp_path: Path) -> None:
    full = pd.DataFrame({"a": [1], "b": [2]})
    _frames(tmp_path / "s", pd.DataFrame(), pd.DataFrame({"z": []}), full, pd.DataFrame(), full)
    _merge(tmp_path)
    assert (tmp_path / "out").read_text() == "a b\n1 2\n1 2\n"
    (tmp_path / "none").mkdir()
    _frames(tmp_path / "none" / "s", pd.DataFrame(), full.iloc[:0], pd.DataFrame({"z": []}))
    _merge(tmp_path / "none")
    assert (tmp_path / "none" / "out").read_text() == "a b\n"
