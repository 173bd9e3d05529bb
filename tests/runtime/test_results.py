"""The merge: every mini-batch once, in order, complete or absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.runtime.results import merge
from parallelsdk.worker.segment import SegmentWriter


def _segment(folder: Path, name: str, *frames: tuple[int, int, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.seg"
    writer = SegmentWriter(str(path))
    for mini_batch, attempt, payload in frames:
        writer.commit(mini_batch, attempt=attempt, items=1, returned=1, payload=payload)
    writer.close()
    return path


def test_rows_stand_in_the_order_of_their_mini_batches(tmp_path: Path) -> None:
    _segment(tmp_path / "s", "0", (3, 1, b"three\n"), (0, 1, b"zero\n"))
    _segment(tmp_path / "s", "1", (2, 1, b""), (1, 2, b"one\n"))
    merged = merge(tmp_path / "s", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"zero\none\nthree\n"
    assert (merged.mini_batches, merged.items, merged.size) == (4, 4, 15)


def test_of_two_frames_of_one_mini_batch_the_earlier_attempt_counts(tmp_path: Path) -> None:
    _segment(tmp_path / "s", "0", (0, 2, b"second\n"))
    _segment(tmp_path / "s", "1", (0, 1, b"first\n"))
    merge(tmp_path / "s", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"first\n"


def test_a_torn_frame_leaves_no_row(tmp_path: Path) -> None:
    path = _segment(tmp_path / "s", "0", (0, 1, b"whole\n"), (1, 1, b"torn\n"))
    os.truncate(path, path.stat().st_size - 2)
    assert merge(tmp_path / "s", tmp_path / "out").mini_batches == 1
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
        merge(tmp_path / "s", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"old\n"


def test_column_names_stand_once_at_the_top(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    for name, mini_batch in (("0", 1), ("1", 0), ("2", 2)):
        writer = SegmentWriter(str(tmp_path / "s" / f"{name}.seg"))
        payload = b"a b\n" + f"row{mini_batch}\n".encode()
        writer.commit(mini_batch, attempt=1, items=1, returned=1, payload=payload, heading=4)
        writer.close()
    merge(tmp_path / "s", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"a b\nrow0\nrow1\nrow2\n"
