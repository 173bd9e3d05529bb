"""The board: what was noted last is read, whatever happened to the writer."""

from __future__ import annotations

import time
from pathlib import Path

from parallelsdk.worker.board import NOTHING_SEEN, BoardLine, Phase, create_board, open_board


def test_lines_do_not_disturb_each_other(tmp_path: Path) -> None:
    create_board(tmp_path / "board", 3)
    lines = [BoardLine(open_board(tmp_path / "board"), slot) for slot in range(3)]
    lines[1].write(Phase.RUN, 5_000_000_000, mini_batch=7, attempt=2, items=11)
    seen = BoardLine(open_board(tmp_path / "board"), 1).read()
    assert (seen.phase, seen.mini_batch, seen.attempt, seen.since, seen.items) == (
        Phase.RUN,
        7,
        2,
        5.0,
        11,
    )
    assert lines[0].read() == lines[2].read() == NOTHING_SEEN


def test_the_newest_note_wins(tmp_path: Path) -> None:
    create_board(tmp_path / "board", 1)
    line = BoardLine(open_board(tmp_path / "board"), 0)
    for mini_batch in range(5):
        line.write(Phase.LOAD, time.monotonic_ns(), mini_batch)
        assert line.read().mini_batch == mini_batch


def test_a_half_written_note_leaves_the_one_before_readable(tmp_path: Path) -> None:
    path = tmp_path / "board"
    create_board(path, 1)
    line = BoardLine(open_board(path), 0)
    line.write(Phase.LOAD, 1, 3)  # the odd half
    line.write(Phase.RUN, 2, 3)  # the even half
    data = bytearray(path.read_bytes())
    data[20] ^= 0xFF  # inside the even half, as if its writer had been killed in it
    path.write_bytes(bytes(data))
    seen = BoardLine(open_board(path), 0).read()
    assert (seen.phase, seen.mini_batch) == (Phase.LOAD, 3)


def test_a_cleared_line_knows_nothing_of_the_worker_before(tmp_path: Path) -> None:
    create_board(tmp_path / "board", 1)
    line = BoardLine(open_board(tmp_path / "board"), 0)
    line.write(Phase.RUN, 1, 3)
    line.clear()
    assert line.read() == NOTHING_SEEN
    assert not line.read().in_hand


def test_the_newest_note_wins_after_any_number_of_them(tmp_path: Path) -> None:
    create_board(tmp_path / "board", 1)
    line = BoardLine(open_board(tmp_path / "board"), 0)
    line._number = 2**32 - 3
    for mini_batch in range(6):
        line.write(Phase.RUN, 1, mini_batch, attempt=70_000, items=2**33)
        seen = line.read()
        assert (seen.mini_batch, seen.attempt, seen.items) == (mini_batch, 70_000, 2**33)
