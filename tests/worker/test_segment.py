"""Segments: a whole frame counts, a torn one does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallelsdk.worker.segment import Segment, SegmentWriter


def _write(path: Path, payloads: list[bytes]) -> None:
    writer = SegmentWriter(str(path))
    for mini_batch, payload in enumerate(payloads):
        writer.commit(mini_batch, attempt=1, items=2, returned=1, payload=payload)
    writer.close()


def _read(path: Path) -> list[tuple[int, bytes]]:
    with Segment(path) as segment:
        return [(frame.mini_batch, bytes(segment.payload(frame))) for frame in segment.frames()]


def test_commits_come_back_with_their_counts(tmp_path: Path) -> None:
    _write(tmp_path / "s", [b"a\n", b"", b"c" * 100_000])
    assert _read(tmp_path / "s") == [(0, b"a\n"), (1, b""), (2, b"c" * 100_000)]
    with Segment(tmp_path / "s") as segment:
        frame = next(segment.frames())
        assert (frame.attempt, frame.items, frame.returned) == (1, 2, 1)


def test_an_empty_segment_has_no_frames(tmp_path: Path) -> None:
    _write(tmp_path / "s", [])
    assert _read(tmp_path / "s") == []


@settings(max_examples=60, deadline=None)
@given(payloads=st.lists(st.binary(max_size=50), max_size=6), data=st.data())
def test_wherever_the_file_is_cut_only_whole_frames_are_read(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("segment") / "s"
    _write(path, payloads)
    size = path.stat().st_size
    cut = data.draw(st.integers(0, size))
    os.truncate(path, cut)
    found = _read(path)
    assert found == list(enumerate(payloads))[: len(found)]
    whole = sum(38 + len(payload) for payload in payloads[: len(found)])
    assert whole <= cut
    if len(found) < len(payloads):
        assert whole + 38 + len(payloads[len(found)]) > cut


def test_a_flipped_bit_ends_the_segment(tmp_path: Path) -> None:
    _write(tmp_path / "s", [b"first", b"second", b"third"])
    data = bytearray((tmp_path / "s").read_bytes())
    data[data.index(b"second")] ^= 1
    (tmp_path / "s").write_bytes(bytes(data))
    assert _read(tmp_path / "s") == [(0, b"first")]


def test_a_segment_is_never_written_by_two_lives(tmp_path: Path) -> None:
    _write(tmp_path / "s", [b"x"])
    with pytest.raises(FileExistsError):
        SegmentWriter(str(tmp_path / "s"))
