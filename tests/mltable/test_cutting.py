"""The splitting law: every row in exactly one piece, in order, whatever the size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parallelsdk.mltable._cutting import Piece, cut_file
from parallelsdk.storage.reader import ByteReader

CONTENT = st.binary(max_size=60).map(lambda data: bytes(b"\n\r,ab\n"[byte % 6] for byte in data))


def cut(path: Path, start: int, size: int | None) -> list[Piece]:
    with ByteReader(os.fspath(path)) as reader:
        return list(cut_file(reader, start, size, reader.size))


def expected_pieces(content: bytes, start: int, size: int) -> list[list[int]]:
    """The first bytes of the rows of each piece, by the rule as it is written down."""
    pieces: dict[int, list[int]] = {}
    place = start
    for line in _lines(content[start:]):
        if line not in (b"\n", b"\r\n"):
            pieces.setdefault(max(0, -(-place // size) - 1), []).append(place)
        place += len(line)
    return [pieces[number] for number in sorted(pieces)]


def _lines(content: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in content.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=CONTENT, size=st.integers(1, 70), start=st.integers(0, 3), window=st.integers(2, 9))
@example(content=b"aaaa\nb\nc\n", size=5, start=0, window=2)
def test_a_row_belongs_to_the_piece_in_which_its_first_byte_lies(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    size: int,
    start: int,
    window: int,
) -> None:
    monkeypatch.setattr("parallelsdk.mltable._cutting._WINDOW", window)
    path = tmp_path / "f"
    path.write_bytes(content)
    # A file's rows begin where a line begins: at its first byte, or after a header.
    start = 0 if start == 0 else content.find(b"\n") + 1
    pieces = cut(path, start, size)
    found = []
    for _, first, last in pieces:
        place, rows = first, []
        for line in _lines(content[first:last]):
            if line not in (b"\n", b"\r\n"):
                rows.append(place)
            place += len(line)
        found.append(rows)
    assert found == expected_pieces(content, start, size)


def test_without_a_size_a_file_is_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"h\n\n1\n2\n\n")
    assert cut(path, 2, None) == [(str(path), 3, 8)]
    path.write_bytes(b"h\n\r\n\n")
    assert cut(path, 2, None) == []


def test_a_file_gives_as_many_pieces_as_its_bytes_say(tmp_path: Path) -> None:
    """84,032 bytes and 74 rows at 10 kB gave the official reader nine pieces, too."""
    header, row = b"a,b\n", b"x" * 1135 + b"\n"
    content = header + row * 73 + b"y" * (84_032 - 4 - 73 * 1136 - 1) + b"\n"
    path = tmp_path / "f"
    path.write_bytes(content)
    assert len(content) == 84_032
    pieces = cut(path, len(header), 10_240)
    assert [content[first:last].count(b"\n") for _, first, last in pieces] == [
        *[10, 9, 9, 9, 9, 9, 9, 9],
        1,
    ]


def test_cutting_a_large_file_reads_a_little_around_each_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"0123456\n" * 1_000_000)
    asked: list[int] = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda *args: asked.append(args[1]) or pread(*args))
    pieces = cut(path, 0, 1_000_000)
    assert len(pieces) == 8
    assert len(asked) <= 2 * len(pieces) + 2
    assert sum(asked) < 100_000
