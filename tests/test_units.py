"""Human sizes, times and counts."""

from __future__ import annotations

import copy
import json

import pytest

from parallelsdk._units import (
    ByteSize,
    counted,
    first_line,
    format_bytes,
    format_seconds,
    mini_batches,
    parse_mini_batch_size,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", 1),
        ("100", 100),
        (7, 7),
        ("0", 0),
        ("10kb", 10_240),
        ("10KB", 10_240),
        ("100 kb", 102_400),
        (" 3 Mb ", 3 * 1024**2),
        ("2gb", 2 * 1024**3),
    ],
)
def test_a_size_is_a_count_or_a_binary_multiple(value: str | int, expected: int) -> None:
    assert parse_mini_batch_size(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "10 bananas",
        "",
        "-1",
        -1,
        "1.5mb",
        "10kbkb",
        "3tb",
        "10b",
        "kb",
        "\u0661\u0660",
        "9" * 5000,
        True,
        None,
        2.0,
    ],
)
def test_anything_else_is_refused_with_what_was_found(value: object) -> None:
    with pytest.raises(ValueError, match="is no size; write a whole number"):
        parse_mini_batch_size(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (1536, "1.5 KB"),
        (1024**2 - 1, "1 MB"),
        (5 * 1024**3, "5 GB"),
        (3 * 1024**4, "3 TB"),
    ],
)
def test_bytes_are_printed_in_binary_units(count: int, text: str) -> None:
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.25, "0.25 s"),
        (12.34, "12.3 s"),
        (59.99, "1 min 0 s"),
        (185, "3 min 5 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_times_are_printed_in_two_units_at_most(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize("value", [10**18, 10**40, "1" + "0" * 18])
def test_a_size_that_no_machine_could_count_is_none(value: str | int) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_mini_batch_size(value)
    assert parse_mini_batch_size("9" * 18 + "gb") == 10**18


def test_counts_agree_with_their_words() -> None:
    assert (counted(1, "item"), counted(0, "item")) == ("1 item", "0 items")
    assert (mini_batches(1), mini_batches(2)) == ("1 mini-batch", "2 mini-batches")


@pytest.mark.parametrize(
    ("text", "line"), [("", ""), ("one", "one"), ("\n one\n", "one"), ("one\ntwo", "one ...")]
)
def test_a_first_line_says_that_there_is_more(text: str, line: str) -> None:
    assert first_line(text) == line


@pytest.mark.parametrize("text", ["1kb", "3mb", "1025kb", "2gb", "0kb"])
def test_a_size_knows_its_unit(text: str) -> None:
    size = parse_mini_batch_size(text)
    assert isinstance(size, ByteSize)
    assert parse_mini_batch_size(size.written) == size == int(size)
    assert isinstance(parse_mini_batch_size(size.written), ByteSize)
    assert json.loads(json.dumps(size)) == copy.deepcopy(size) == size
    assert not isinstance(parse_mini_batch_size("1024"), ByteSize)
