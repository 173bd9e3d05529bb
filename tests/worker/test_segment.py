"""Segments: a whole frame counts, a torn one does not."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallelsdk.worker.segment import HEADER_LENGTH, Segment, SegmentWriter


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
    whole = sum(HEADER_LENGTH + len(payload) for payload in payloads[: len(found)])
    assert whole <= cut
    if len(found) < len(payloads):
        assert whole + HEADER_LENGTH + len(payloads[len(found)]) > cut


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


def test_attempts_counts_and_headings_have_room(tmp_path: Path) -> None:
    writer = SegmentWriter(str(tmp_path / "s"))
    heading = b"x" * 70_000
    writer.commit(
        2**40, attempt=70_000, items=2**33, returned=2**34, payload=heading + b"row", heading=70_000
    )
    writer.close()
    with Segment(tmp_path / "s") as segment:
        [frame] = segment.frames()
        assert segment.frame_at(frame.start) == frame
        assert (frame.mini_batch, frame.attempt) == (2**40, 70_000)
        assert (frame.items, frame.returned, frame.heading) == (2**33, 2**34, 70_000)


def _narrow(mini_batch: int, payload: bytes) -> bytes:
    """A frame as the first release wrote it."""
    header = struct.pack("<IHQHIIHQ", 0x31425350, 38, mini_batch, 1, 2, 1, 1, len(payload))
    return header + struct.pack("<I", zlib.crc32(payload, zlib.crc32(header))) + payload


def test_frames_of_the_first_release_are_read_beside_new_ones(tmp_path: Path) -> None:
    _write(tmp_path / "s", [b"new"])
    new = (tmp_path / "s").read_bytes()
    # A payload that looks like the header of a frame, at the place where one could stand.
    puzzle = new[:HEADER_LENGTH][: HEADER_LENGTH - 38]
    old = [_narrow(0, b"old"), _narrow(1, puzzle), _narrow(2, b"old, too")]
    (tmp_path / "s").write_bytes(b"".join(old) + new)
    with Segment(tmp_path / "s") as segment:
        frames = list(segment.frames())
        assert [bytes(segment.payload(frame)) for frame in frames] == [
            *(b"old", puzzle, b"old, too", b"new")
        ]
        assert [segment.frame_at(frame.start) for frame in frames] == frames
        assert b"".join(segment.record(frame) for frame in frames) == b"".join(old) + new
        assert (frames[0].attempt, frames[0].items, frames[0].heading) == (1, 2, 1)


def test_nothing_is_committed_to_a_file_that_has_taken_the_place_of_the_segment(
    tmp_path: Path,
) -> None:
    """User code may close all descriptors that it does not know, and open files of its own."""
    writer = SegmentWriter(str(tmp_path / "s"))
    writer.commit(0, attempt=1, items=1, returned=1, payload=b"row")
    os.close(writer._fd)
    with (tmp_path / "users").open("wb") as file:
        assert file.fileno() == writer._fd
        with pytest.raises(OSError, match="closed by user code"):
            writer.commit(1, attempt=1, items=1, returned=1, payload=b"row")
    assert (tmp_path / "users").read_bytes() == b""
    assert _read(tmp_path / "s") == [(0, b"row")]
